using Dapper;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Storage.Scheduling;

/// <summary>How long nodes took, in SQLite: the newest five of each node of a repository.</summary>
public sealed class SqliteDurationStore(SqliteDatabase database) : IDurationStore
{
    public async ValueTask<IReadOnlyList<NodeDuration>> ReadAsync(string repository, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => connection.Query<Row>(Sql.Read, new Owner(repository)).AsList(), cancellationToken);
        return [.. rows.Select(row => new NodeDuration(NodePath.Parse(row.Node), row.Type, TimeSpan.FromMilliseconds(row.Milliseconds)))];
    }

    public async ValueTask AddAsync(string repository, IReadOnlyList<NodeDuration> durations, CancellationToken cancellationToken)
    {
        var rows = durations.Select(duration => new NewRow(repository, duration.Node.ToString(), duration.Type, (long)duration.Elapsed.TotalMilliseconds)).ToList();
        await database.WriteAsync(
            connection =>
            {
                connection.Execute(Sql.Add, rows);
                return connection.Execute(Sql.Forget, rows);
            },
            cancellationToken);
    }

    sealed record Owner(string Repository);

    sealed record NewRow(string Repository, string Node, string Type, long Milliseconds);

    sealed record Row
    {
        public string Node { get; init; } = "";

        public string Type { get; init; } = "";

        public long Milliseconds { get; init; }
    }

    static class Sql
    {
        public const string Read = "SELECT node AS Node, type AS Type, milliseconds AS Milliseconds FROM duration WHERE repository = @Repository ORDER BY seq";

        public const string Add = "INSERT INTO duration (repository, node, type, milliseconds) VALUES (@Repository, @Node, @Type, @Milliseconds)";

        public const string Forget = """
            DELETE FROM duration WHERE repository = @Repository AND node = @Node AND type = @Type AND seq <= (
              SELECT seq FROM duration WHERE repository = @Repository AND node = @Node AND type = @Type ORDER BY seq DESC LIMIT 1 OFFSET 5)
            """;
    }
}
