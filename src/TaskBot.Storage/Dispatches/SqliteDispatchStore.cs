using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using TaskBot.Bot.Dispatches;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Dispatches;

/// <summary>Work that was given to jobs, in SQLite: the record as JSON, beside columns for what is asked, and the sealed result as it came.</summary>
public sealed class SqliteDispatchStore(SqliteDatabase database) : IDispatchStore
{
    public async ValueTask AddAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        var row = Columns.Of(dispatch with { Version = 1 }, previousVersion: 0, result: null);
        await database.WriteAsync(connection => connection.Execute(Sql.Add, row), cancellationToken);
    }

    public async ValueTask<Dispatch?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await QueryAsync(Sql.Find, new Identity(id), cancellationToken)).FirstOrDefault();

    public async ValueTask<Dispatch?> FindByActionsRunAsync(string repository, long actionsRun, CancellationToken cancellationToken) =>
        (await QueryAsync(Sql.FindByActionsRun, new ActionsRunOf(repository, actionsRun), cancellationToken)).FirstOrDefault();

    public ValueTask<ImmutableArray<Dispatch>> ListAsync(RunId run, CancellationToken cancellationToken) => QueryAsync(Sql.List, new RunOf(run.Value), cancellationToken);

    public ValueTask<ImmutableArray<Dispatch>> ListOpenAsync(int limit, CancellationToken cancellationToken) => QueryAsync(Sql.ListOpen, new Paging(limit), cancellationToken);

    public async ValueTask<Dispatch?> SaveAsync(Dispatch dispatch, ReadOnlyMemory<byte>? result, CancellationToken cancellationToken)
    {
        var record = dispatch with { Version = dispatch.Version + 1 };
        var row = Columns.Of(record, dispatch.Version, result?.ToArray());
        return await database.WriteAsync(connection => connection.Execute(Sql.Save, row) > 0, cancellationToken) ? record : null;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> FindResultAsync(string id, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => connection.ExecuteScalar<byte[]?>(Sql.FindResult, new Identity(id)), cancellationToken) is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);

    async ValueTask<ImmutableArray<Dispatch>> QueryAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(sql, parameters).AsList(), cancellationToken);
        return [.. rows.Select(Read)];
    }

    Dispatch Read(Row row)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Record, DispatchJsonContext.Default.Dispatch)! with { Version = row.Version };
        }
        catch (JsonException exception)
        {
            throw new DatabaseException(DatabaseFailure.Corrupt, database.Path, $"has a damaged record of dispatch {row.Id}.", exception);
        }
    }

    sealed record Columns(string Id, string Run, string Repository, string State, long? ActionsRun, long Version, long PreviousVersion, string Record, byte[]? Result)
    {
        public static Columns Of(Dispatch dispatch, long previousVersion, byte[]? result) => new(
            dispatch.Id, dispatch.RunId.Value, dispatch.Repository, dispatch.State.ToString(), dispatch.ActionsRun, dispatch.Version, previousVersion,
            JsonSerializer.Serialize(dispatch, DispatchJsonContext.Default.Dispatch), result);
    }

    sealed record Identity(string Id);

    sealed record RunOf(string Run);

    sealed record ActionsRunOf(string Repository, long ActionsRun);

    sealed record Paging(int Limit);

    sealed record Row
    {
        public string Id { get; init; } = "";

        public long Version { get; init; }

        public string Record { get; init; } = "";
    }

    static class Sql
    {
        const string Select = "SELECT id AS Id, version AS Version, record AS Record FROM dispatch";

        public const string Add = """
            INSERT INTO dispatch (id, run, repository, state, actions_run, version, record) VALUES (@Id, @Run, @Repository, @State, @ActionsRun, @Version, @Record)
            ON CONFLICT (id) DO NOTHING
            """;

        public const string Find = $"{Select} WHERE id = @Id";

        public const string FindByActionsRun = $"{Select} WHERE repository = @Repository AND actions_run = @ActionsRun ORDER BY seq DESC LIMIT 1";

        public const string List = $"{Select} WHERE run = @Run ORDER BY seq";

        public const string ListOpen = $"{Select} WHERE state IN ('Requested', 'Dispatched', 'Claimed', 'Running') ORDER BY seq LIMIT @Limit";

        public const string Save = """
            UPDATE dispatch SET state = @State, actions_run = @ActionsRun, version = @Version, record = @Record, result = coalesce(@Result, result)
            WHERE id = @Id AND version = @PreviousVersion
            """;

        public const string FindResult = "SELECT result FROM dispatch WHERE id = @Id";
    }
}
