using System.Globalization;
using System.Runtime.CompilerServices;
using Dapper;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Journal;

/// <summary>The journal in SQLite: one row a record.</summary>
public sealed class SqliteJournal(SqliteDatabase database) : IJournal
{
    const int PageLength = 1000;

    public async ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0) return;
        var rows = records.Select(Row.Of).ToList();
        await database.WriteAsync(connection => connection.Execute(Sql.Append, rows), cancellationToken);
    }

    public async IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Page by page, so that a slow reader holds no connection.
        var page = new Page(runId.Value, After: 0, PageLength);
        while (true)
        {
            var rows = await database.ReadAsync(connection => connection.Query<Row>(Sql.Read, page).AsList(), cancellationToken);
            foreach (var row in rows) yield return Read(row);
            if (rows.Count < PageLength) yield break;
            page = page with { After = rows[^1].Seq };
        }
    }

    public async ValueTask<NodeKey?> LastKeyAsync(RunId runId, NodePath node, CancellationToken cancellationToken)
    {
        var place = new Place(runId.Value, node.ToString());
        return await database.ReadAsync(connection => connection.ExecuteScalar<string?>(Sql.LastKey, place), cancellationToken) is { } key
            ? new NodeKey(key)
            : null;
    }

    JournalRecord Read(Row row) =>
        NodePath.TryParse(row.Node, out var node) && Enum.TryParse<NodeState>(row.State, out var state)
            ? new JournalRecord(new RunId(row.RunId), (int)row.Attempt, node, state, row.Key is null ? null : new NodeKey(row.Key), row.IsCached,
                row.Message, DateTimeOffset.FromUnixTimeMilliseconds(row.At))
            : throw new DatabaseException(DatabaseFailure.Corrupt, database.Path,
                $"has a damaged journal record ({row.Seq.ToString(CultureInfo.InvariantCulture)}) of run {row.RunId}.");

    sealed record Page(string RunId, long After, int Length);

    sealed record Place(string RunId, string Node);

    sealed record Row
    {
        public long Seq { get; init; }

        public string RunId { get; init; } = "";

        public long Attempt { get; init; }

        public string Node { get; init; } = "";

        public string State { get; init; } = "";

        public string? Key { get; init; }

        public bool IsCached { get; init; }

        public string? Message { get; init; }

        public long At { get; init; }

        public static Row Of(JournalRecord record) => new()
        {
            RunId = record.RunId.Value,
            Attempt = record.Attempt,
            Node = record.Node.ToString(),
            State = record.State.ToString(),
            Key = record.Key?.Value,
            IsCached = record.Cached,
            Message = record.Message,
            At = record.At.ToUnixTimeMilliseconds(),
        };
    }

    static class Sql
    {
        public const string Append = """
            INSERT INTO journal (run_id, attempt, node, state, key, is_cached, message, at)
            VALUES (@RunId, @Attempt, @Node, @State, @Key, @IsCached, @Message, @At)
            """;

        public const string Read = """
            SELECT seq AS Seq, run_id AS RunId, attempt AS Attempt, node AS Node, state AS State, key AS Key, is_cached AS IsCached,
              message AS Message, at AS At
            FROM journal WHERE run_id = @RunId AND seq > @After ORDER BY seq LIMIT @Length
            """;

        public const string LastKey =
            "SELECT key FROM journal WHERE run_id = @RunId AND node = @Node AND key IS NOT NULL ORDER BY seq DESC LIMIT 1";
    }
}
