using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using TaskBot.Bot.Schedules;

namespace TaskBot.Storage.Schedules;

/// <summary>What starts by the clock, in SQLite.</summary>
public sealed class SqliteScheduleStore(SqliteDatabase database) : IScheduleStore
{
    public async ValueTask SetAsync(string repository, IReadOnlyDictionary<string, DateTimeOffset> entries, CancellationToken cancellationToken)
    {
        var rows = entries.Select(entry => new Row(repository, entry.Key, entry.Value.ToUnixTimeMilliseconds())).ToList();
        await database.WriteAsync(
            connection => connection.Execute(Sql.RemoveOthers, new Kept(repository, JsonSerializer.Serialize(entries.Keys))) + connection.Execute(Sql.Add, rows), cancellationToken);
    }

    public async ValueTask<ImmutableArray<ScheduledStart>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(Sql.ListDue, new { now = now.ToUnixTimeMilliseconds(), limit }).AsList(), cancellationToken);
        return [.. rows.Select(row => new ScheduledStart(row.Repository, row.Entry, DateTimeOffset.FromUnixTimeMilliseconds(row.DueAt)))];
    }

    public async ValueTask<ImmutableArray<string>> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        [.. await database.ReadAsync(connection => connection.Query<string>(Sql.ListRepositories).AsList(), cancellationToken)];

    public async ValueTask MoveAsync(ScheduledStart start, DateTimeOffset next, CancellationToken cancellationToken)
    {
        var move = new { start.Repository, start.Entry, From = start.DueAt.ToUnixTimeMilliseconds(), To = next.ToUnixTimeMilliseconds() };
        await database.WriteAsync(connection => connection.Execute(Sql.Move, move), cancellationToken);
    }

    sealed record Row(string Repository, string Entry, long DueAt);

    sealed record Kept(string Repository, string Entries);

    static class Sql
    {
        public const string RemoveOthers = "DELETE FROM scheduled_start WHERE repository = @Repository AND entry NOT IN (SELECT value FROM json_each(@Entries))";

        public const string Add = """
            INSERT INTO scheduled_start (repository, entry, due_at) VALUES (@Repository, @Entry, @DueAt) ON CONFLICT (repository, entry) DO NOTHING
            """;

        public const string ListDue =
            "SELECT repository AS Repository, entry AS Entry, due_at AS DueAt FROM scheduled_start WHERE due_at <= @now ORDER BY due_at LIMIT @limit";

        public const string ListRepositories = "SELECT DISTINCT repository FROM scheduled_start";

        public const string Move = "UPDATE scheduled_start SET due_at = @To WHERE repository = @Repository AND entry = @Entry AND due_at = @From";
    }
}
