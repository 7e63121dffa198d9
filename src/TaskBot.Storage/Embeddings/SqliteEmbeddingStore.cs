using System.Collections.Immutable;
using Dapper;
using TaskBot.Models.Embeddings;

namespace TaskBot.Storage.Embeddings;

/// <summary>Vectors in SQLite: those that were used last, to the hour.</summary>
/// <param name="most">How many to keep; one of 1,536 numbers takes 6 KiB.</param>
public sealed class SqliteEmbeddingStore(SqliteDatabase database, TimeProvider time, int most) : IEmbeddingStore
{
    const int Most = 10_000;

    /// <summary>Those that were used are not written again each time.</summary>
    const long UseMilliseconds = 60 * 60 * 1000;

    public SqliteEmbeddingStore(SqliteDatabase database, TimeProvider time)
        : this(database, time, Most)
    {
    }

    public async ValueTask<ImmutableArray<byte[]?>> FindAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(connection => keys.Select(key => connection.QuerySingleOrDefault<Row>(Sql.Find, new KeyOf(key))).ToList(), cancellationToken);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var used = keys.Where((_, at) => rows[at] is { } row && row.UsedAt <= now - UseMilliseconds).Select(key => new Use(key, now)).ToList();
        if (used.Count > 0) await database.WriteAsync(connection => connection.Execute(Sql.Use, used), cancellationToken);
        return [.. rows.Select(row => row?.Vector)];
    }

    public async ValueTask AddAsync(IReadOnlyList<KeyValuePair<string, byte[]>> vectors, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var rows = vectors.Select(vector => new NewRow(vector.Key, vector.Value, now)).ToList();
        await database.WriteAsync(connection => connection.Execute(Sql.Add, rows) + connection.Execute(Sql.Forget, new Keeping(most)), cancellationToken);
    }

    sealed record KeyOf(string Key);

    sealed record Use(string Key, long At);

    sealed record NewRow(string Key, byte[] Vector, long At);

    sealed record Keeping(int Kept);

    sealed record Row
    {
        public byte[] Vector { get; init; } = [];

        public long UsedAt { get; init; }
    }

    static class Sql
    {
        public const string Find = "SELECT CAST(vector AS BLOB) AS Vector, used_at AS UsedAt FROM embedding WHERE key = @Key";

        public const string Use = "UPDATE embedding SET used_at = @At WHERE key = @Key";

        public const string Add = "INSERT INTO embedding (key, vector, used_at) VALUES (@Key, @Vector, @At) ON CONFLICT (key) DO NOTHING";

        public const string Forget = "DELETE FROM embedding WHERE id IN (SELECT id FROM embedding ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET @Kept)";
    }
}
