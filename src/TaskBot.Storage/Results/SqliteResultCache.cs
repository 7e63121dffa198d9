using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>
/// Results in SQLite: one row of JSON each, packed from 64 kB on and then, in a file beside the database, checked by its digest on every read.
/// When a result was last used is noted in memory and written with the next store, prune or dispose; losing it to a crash costs an entry
/// its place in the queue at most.
/// </summary>
public sealed partial class SqliteResultCache(SqliteDatabase database, TimeProvider time, ILogger<SqliteResultCache> logger)
    : IResultCache, IAsyncDisposable
{
    const int PackFrom = 64 * 1024;
    const int PruneBatch = 500;

    /// <summary>Uses closer together than this are one use, unless a run began in between.</summary>
    static readonly TimeSpan UseGrain = TimeSpan.FromHours(1);

    readonly ConcurrentDictionary<string, long> uses = new(StringComparer.Ordinal);
    readonly ResultBlobs? blobs = database.IsInMemory ? null : new(ResultBlobs.FolderOf(database.Path));

    /// <summary>Since when the youngest of the living runs holds what it uses; nothing before that needs to be noted at once.</summary>
    long heldSince;

    public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) => (await FindAsync([key], cancellationToken))[0];

    public async ValueTask<NodeOutputs?[]> FindAsync(IReadOnlyList<NodeKey> keys, CancellationToken cancellationToken)
    {
        Row?[] rows;
        try
        {
            rows = await database.ReadAsync(connection => Read(connection, keys), cancellationToken);
        }
        catch (DatabaseException exception) when (exception.Failure == DatabaseFailure.Corrupt)
        {
            foreach (var key in keys) Log.ResultDamaged(logger, key, exception);
            return new NodeOutputs?[keys.Count];
        }

        var now = Now;
        var found = new NodeOutputs?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] is not { } row || (found[i] = Unpack(keys[i], row)) is null) continue;
            if (now - row.UsedAt >= (long)UseGrain.TotalMilliseconds || row.UsedAt < heldSince) uses[keys[i].Value] = now;
        }

        if (heldSince > 0 && !uses.IsEmpty) await WriteUsesAsync(cancellationToken);
        return found;
    }

    public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken) => StoreAsync([result], cancellationToken);

    public async ValueTask StoreAsync(IReadOnlyList<NodeOutputs> results, CancellationToken cancellationToken)
    {
        var now = Now;
        var entries = results.Select(Pack).ToList();
        var used = TakeUses();
        await database.WriteAsync(
            connection =>
            {
                var store = connection.Prepare(Sql.Store);
                foreach (var entry in entries)
                {
                    store.Bind(1, entry.Key);
                    store.Bind(2, entry.Blob is null ? entry.Payload : []);
                    store.Bind(3, entry.IsPacked ? 1 : 0);
                    store.Bind(4, entry.Payload.Length);
                    store.Bind(5, entry.Digest);
                    store.Bind(6, entry.StoredAt);
                    store.Bind(7, now);
                    store.Bind(8, entry.Blob);
                    store.Step();
                    store.Reset();
                }

                return WriteUses(connection, used);
            },
            cancellationToken);
    }

    public async ValueTask<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        var since = Now;
        var id = await database.WriteAsync(
            connection => connection.ExecuteScalar<long>(Sql.Hold, new Holder(database.OwnerId, since)), cancellationToken);
        Interlocked.Exchange(ref heldSince, since);
        return new ResultHold(database, id);
    }

    /// <summary>How many results there are, and how many bytes they take.</summary>
    public Task<(long Count, long Bytes)> MeasureAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingle<(long, long)>(Sql.Measure), cancellationToken);

    /// <summary>
    /// Removes what was not used for longest until all that is kept fits; gives the number of results removed. What a living run has stored
    /// or used stays, though it be too much.
    /// </summary>
    public async ValueTask<int> PruneAsync(long limitBytes, CancellationToken cancellationToken)
    {
        await WriteUsesAsync(cancellationToken);
        var total = 0;
        int removed;
        do
        {
            var gone = await database.WriteAsync(connection => RemoveOldest(connection, limitBytes), cancellationToken);
            foreach (var blob in gone.Blobs) blobs!.Remove(blob);
            total += removed = gone.Count;
        }
        while (removed == PruneBatch);
        return total;
    }

    /// <summary>Writes all results to a stream, the ones last used first, for another machine to read; gives how many.</summary>
    public async Task<int> ExportAsync(Stream stream, CancellationToken cancellationToken)
    {
        await WriteUsesAsync(cancellationToken);
        return await new ResultArchive(this, database).WriteAsync(stream, cancellationToken);
    }

    /// <summary>Adds the results of a stream that are not here yet, up to a size; gives how many. What is damaged there is left out.</summary>
    /// <exception cref="InvalidDataException">It is no export of results.</exception>
    public Task<int> ImportAsync(Stream stream, long limitBytes, CancellationToken cancellationToken) =>
        new ResultArchive(this, database).ReadAsync(stream, limitBytes, cancellationToken);

    /// <summary>
    /// A text that is another one once anything in the database of that path, or beside it, was written: while it stays the same no result
    /// was removed, replaced or damaged. Looks at the files from outside; meant for a time when nobody has them open.
    /// </summary>
    public static string StampOf(string databasePath)
    {
        var database = new FileInfo(databasePath);
        if (!database.Exists) return "";
        var header = new byte[100];
        using (var file = new FileStream(databasePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            header = header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)];
        var log = new FileInfo($"{databasePath}-wal");
        return $"{database.Length} {database.LastWriteTimeUtc.Ticks} {Convert.ToHexStringLower(SHA256.HashData(header))} "
            + $"{(log.Exists ? log.Length : 0)} {(log.Exists ? log.LastWriteTimeUtc.Ticks : 0)} {ResultBlobs.StampOf(databasePath)}";
    }

    public async ValueTask DisposeAsync() => await WriteUsesAsync(CancellationToken.None);

    internal ResultBlobs? Blobs => blobs;

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    async ValueTask WriteUsesAsync(CancellationToken cancellationToken)
    {
        if (TakeUses() is { Count: > 0 } used) await database.WriteAsync(connection => WriteUses(connection, used), cancellationToken);
    }

    List<Use> TakeUses()
    {
        var taken = new List<Use>();
        if (uses.IsEmpty) return taken;
        foreach (var key in uses.Keys)
            if (uses.TryRemove(key, out var at)) taken.Add(new Use(key, at));
        return taken;
    }

    static int WriteUses(PreparedConnection connection, List<Use> used)
    {
        var use = connection.Prepare(Sql.Use);
        foreach (var (key, at) in used)
        {
            use.Bind(1, at);
            use.Bind(2, key);
            use.Step();
            use.Reset();
        }

        return used.Count;
    }

    static Row?[] Read(PreparedConnection connection, IReadOnlyList<NodeKey> keys)
    {
        var find = connection.Prepare(Sql.Find);
        var rows = new Row?[keys.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            find.Bind(1, keys[i].Value);
            if (find.Step()) rows[i] = new(find.Bytes(0), find.Number(1) != 0, find.Text(2) ?? "", find.Number(3), find.Number(4), find.Text(5));
            find.Reset();
        }

        return rows;
    }

    Entry Pack(NodeOutputs result)
    {
        var bytes = ResultPayload.Write(result);
        var isPacked = bytes.Length >= PackFrom;
        var payload = isPacked ? Packed.Pack(bytes) : bytes;
        var storedAt = result.StoredAt.ToUnixTimeMilliseconds();
        return new(result.Key.Value, payload, isPacked, Digest(result.Key, storedAt, payload), storedAt, isPacked ? blobs?.Write(payload) : null);
    }

    /// <summary>The result; null, and a warning, where it is damaged.</summary>
    NodeOutputs? Unpack(NodeKey key, Row row)
    {
        var payload = row.Blob is null ? row.Payload : blobs?.Read(row.Blob);
        if (payload is null || row.Digest != Digest(key, row.StoredAt, payload))
        {
            Log.ResultDamaged(logger, key, exception: null);
            return null;
        }

        try
        {
            return ResultPayload.Read(key, row.IsPacked ? Packed.Unpack(payload) : payload, DateTimeOffset.FromUnixTimeMilliseconds(row.StoredAt));
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException)
        {
            Log.ResultDamaged(logger, key, exception);
            return null;
        }
    }

    static (int Count, List<string> Blobs) RemoveOldest(PreparedConnection connection, long limitBytes)
    {
        var excess = connection.ExecuteScalar<long>(Sql.Size) - limitBytes;
        if (excess <= 0) return (0, []);
        var oldest = connection.Query<Oldest>(Sql.ListOldest, new Paging(PruneBatch))
            .TakeWhile(row => (excess -= row.SizeBytes) + row.SizeBytes > 0)
            .ToList();
        connection.Execute(Sql.Remove, oldest);
        var unused = oldest.Select(row => row.Blob).OfType<string>().Distinct(StringComparer.Ordinal)
            .Where(blob => connection.ExecuteScalar<long>(Sql.CountBlob, new BlobName(blob)) == 0).ToList();
        return (oldest.Count, unused);
    }

    internal static string Digest(NodeKey key, long storedAt, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{key} {storedAt}\n"));
        hash.AppendData(payload);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    sealed record Entry(string Key, byte[] Payload, bool IsPacked, string Digest, long StoredAt, string? Blob);

    sealed record Row(byte[] Payload, bool IsPacked, string Digest, long StoredAt, long UsedAt, string? Blob);

    sealed record Use(string Key, long At);

    sealed record Holder(string Owner, long Since);

    sealed record Paging(int Limit);

    sealed record BlobName(string Blob);

    sealed record Oldest
    {
        public string Key { get; init; } = "";

        public long SizeBytes { get; init; }

        public string? Blob { get; init; }
    }

    static class Sql
    {
        public const string Find = "SELECT CAST(payload AS BLOB), is_packed, digest, stored_at, used_at, blob FROM result WHERE key = ?1";

        public const string Store = """
            INSERT INTO result (key, payload, is_packed, size_bytes, digest, stored_at, used_at, blob) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (key) DO UPDATE SET
              payload = excluded.payload, is_packed = excluded.is_packed, size_bytes = excluded.size_bytes, digest = excluded.digest,
              stored_at = excluded.stored_at, used_at = excluded.used_at, blob = excluded.blob
            """;

        public const string Use = "UPDATE result SET used_at = ?1 WHERE key = ?2 AND used_at < ?1";

        public const string Hold = "INSERT INTO result_hold (held_by, since) VALUES (@Owner, @Since) RETURNING id";

        public const string Measure = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM result";

        public const string Size = "SELECT coalesce(sum(size_bytes), 0) FROM result";

        public const string ListOldest = """
            SELECT key AS Key, size_bytes AS SizeBytes, blob AS Blob FROM result
            WHERE used_at < (SELECT coalesce(min(since), 9223372036854775807) FROM result_hold) ORDER BY used_at LIMIT @Limit
            """;

        public const string Remove = "DELETE FROM result WHERE key = @Key";

        public const string CountBlob = "SELECT count(*) FROM result WHERE blob = @Blob";
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The stored result {Key} is damaged and counts as missing")]
        public static partial void ResultDamaged(ILogger logger, NodeKey key, Exception? exception);
    }
}
