using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskBot.Storage.Sqlite;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Storage.Search;

/// <summary>
/// Indexes of trees in SQLite: segments in pieces of a megabyte, each written in a transaction of its own, then the index that names them,
/// so that an index is there only when all of it is. Of each repository the last few indexes are kept, and the segments that they name.
/// </summary>
public sealed partial class SqliteSearchStore(SqliteDatabase database, TimeProvider time, ILogger<SqliteSearchStore> logger) : ISearchStore
{
    const int PieceBytes = 1024 * 1024;
    const int KeptARepository = 8;

    public async Task<StoredIndex?> FindAsync(string repository, TreeId tree, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<string>(Sql.Nearest, new Identity(repository, tree.Value)) is { } near
                ? connection.Query<Part>(Sql.Parts, new Identity(repository, near)).ToList()
                : [],
            cancellationToken);
        return rows.Count == 0 ? null : new StoredIndex(new TreeId(rows[0].Tree), [.. rows.Select(row => (row.Segment, (ReadOnlyMemory<byte>)row.Alive))]);
    }

    public async Task<byte[]?> ReadSegmentAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var pieces = await database.ReadAsync(connection => connection.Query<byte[]>(Sql.Pieces, new SegmentId(id)).ToList(), cancellationToken);
            var bytes = new byte[pieces.Sum(piece => piece.Length)];
            var at = 0;
            foreach (var piece in pieces)
            {
                piece.CopyTo(bytes, at);
                at += piece.Length;
            }
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) == id)
                return bytes;
            Log.SegmentUnusable(logger, id, exception: null);
        }
        catch (DatabaseException exception) when (exception.Failure == DatabaseFailure.Corrupt)
        {
            Log.SegmentUnusable(logger, id, exception);
        }
        return null;
    }

    public async Task SaveAsync(string repository, StoredIndex index, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken)
    {
        foreach (var (id, bytes) in segments)
        {
            var size = await database.ReadAsync(connection => connection.ExecuteScalar<long>(Sql.Size, new SegmentId(id)), cancellationToken);
            if (size == bytes.Length)
                continue;
            for (var piece = 0; piece * PieceBytes < bytes.Length; piece++)
            {
                var row = new Piece(id, piece, bytes.Slice(piece * PieceBytes, Math.Min(PieceBytes, bytes.Length - (piece * PieceBytes))).ToArray());
                await database.WriteAsync(connection => connection.Execute(Sql.AddPiece, row), cancellationToken);
            }
        }
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(connection => Save(connection, repository, index, now), cancellationToken);
    }

    public async Task<StoredHistory?> FindHistoryAsync(string repository, CancellationToken cancellationToken)
    {
        var json = await database.ReadAsync(connection => connection.QuerySingleOrDefault<string>(Sql.History, new RepositoryName(repository)), cancellationToken);
        return json is null || JsonSerializer.Deserialize(json, SearchJson.Default.HistoryRow) is not { } row ? null
            : new StoredHistory(row.Format, new CommitId(row.Head), row.Changes);
    }

    public async Task SaveHistoryAsync(string repository, StoredHistory history, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(new HistoryRow(history.Format, history.Head.Value, history.Changes), SearchJson.Default.HistoryRow);
        await database.WriteAsync(connection => connection.Execute(Sql.SaveHistory, new NewHistory(repository, json)), cancellationToken);
    }

    static int Save(SqliteConnection connection, string repository, StoredIndex index, long now)
    {
        var identity = new Identity(repository, index.Tree.Value);
        connection.Execute(Sql.Forget, identity);
        connection.Execute(Sql.AddIndex, new Used(repository, index.Tree.Value, now));
        connection.Execute(Sql.AddPart, index.Parts.Select((part, position) => new NewPart(repository, index.Tree.Value, position, part.Segment, part.Alive.ToArray())));
        connection.Execute(Sql.ForgetOld, new Keeping(repository, KeptARepository));
        return connection.Execute(Sql.DropSegments);
    }

    sealed record Identity(string Repository, string Tree);

    sealed record SegmentId(string Id);

    sealed record Piece(string Id, int Number, byte[] Bytes);

    sealed record Used(string Repository, string Tree, long At);

    sealed record NewPart(string Repository, string Tree, int Position, string Segment, byte[] Alive);

    sealed record Keeping(string Repository, int Kept);

    sealed record RepositoryName(string Repository);

    sealed record NewHistory(string Repository, string History);

    sealed record Part
    {
        public string Tree { get; init; } = "";

        public string Segment { get; init; } = "";

        public byte[] Alive { get; init; } = [];
    }

    static class Sql
    {
        public const string Nearest = "SELECT tree FROM search_index WHERE repository = @Repository ORDER BY tree = @Tree DESC, used_at DESC LIMIT 1";

        public const string Parts = """
            SELECT tree AS Tree, segment AS Segment, CAST(alive AS BLOB) AS Alive FROM search_index_part
            WHERE repository = @Repository AND tree = @Tree ORDER BY position
            """;

        public const string Pieces = "SELECT CAST(bytes AS BLOB) FROM search_segment WHERE id = @Id ORDER BY piece";

        public const string Size = "SELECT coalesce(sum(length(bytes)), 0) FROM search_segment WHERE id = @Id";

        public const string AddPiece = """
            INSERT INTO search_segment (id, piece, bytes) VALUES (@Id, @Number, @Bytes) ON CONFLICT (id, piece) DO UPDATE SET bytes = excluded.bytes
            """;

        public const string Forget = "DELETE FROM search_index WHERE repository = @Repository AND tree = @Tree";

        public const string AddIndex = "INSERT INTO search_index (repository, tree, used_at) VALUES (@Repository, @Tree, @At)";

        public const string AddPart = """
            INSERT INTO search_index_part (repository, tree, position, segment, alive) VALUES (@Repository, @Tree, @Position, @Segment, @Alive)
            """;

        public const string ForgetOld = """
            DELETE FROM search_index WHERE repository = @Repository
            AND tree NOT IN (SELECT tree FROM search_index WHERE repository = @Repository ORDER BY used_at DESC, tree LIMIT @Kept)
            """;

        public const string History = "SELECT history FROM search_history WHERE repository = @Repository";

        public const string SaveHistory = """
            INSERT INTO search_history (repository, history) VALUES (@Repository, @History) ON CONFLICT (repository) DO UPDATE SET history = excluded.history
            """;

        public const string DropSegments = "DELETE FROM search_segment WHERE id NOT IN (SELECT segment FROM search_index_part)";
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The search segment {Id} is gone or damaged; its tree is read again")]
        public static partial void SegmentUnusable(ILogger logger, string id, Exception? exception);
    }
}

/// <summary>A history as it stands in its row.</summary>
sealed record HistoryRow(int Format, string Head, IReadOnlyList<PastChange> Changes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HistoryRow))]
sealed partial class SearchJson : JsonSerializerContext;
