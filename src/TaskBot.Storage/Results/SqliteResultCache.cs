using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
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
/// Results in SQLite: one row of JSON each, packed from 64 kB on, checked by its digest on every read. When a result was last used is
/// noted in memory and written with the next store, prune or dispose; losing it to a crash costs an entry its place in the queue at most.
/// </summary>
public sealed partial class SqliteResultCache(SqliteDatabase database, TimeProvider time, ILogger<SqliteResultCache> logger)
    : IResultCache, IAsyncDisposable
{
    const int PackFrom = 64 * 1024;
    const int PruneBatch = 500;

    /// <summary>Uses closer together than this are one use.</summary>
    static readonly TimeSpan UseGrain = TimeSpan.FromHours(1);

    readonly ConcurrentDictionary<string, long> uses = new(StringComparer.Ordinal);

    public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken)
    {
        Row? row;
        try
        {
            row = await database.ReadAsync(connection => connection.QuerySingleOrDefault<Row>(Sql.Find, new Identity(key.Value)), cancellationToken);
        }
        catch (DatabaseException exception) when (exception.Failure == DatabaseFailure.Corrupt)
        {
            Log.ResultDamaged(logger, key, exception);
            return null;
        }

        if (row is null) return null;
        if (!TryRead(key, row, out var result)) return null;
        var now = Now;
        if (now - row.UsedAt >= (long)UseGrain.TotalMilliseconds) uses[key.Value] = now;
        return result;
    }

    public async ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
    {
        var bytes = ResultPayload.Write(result);
        var isPacked = bytes.Length >= PackFrom;
        var payload = isPacked ? Packed.Pack(bytes) : bytes;
        var storedAt = result.StoredAt.ToUnixTimeMilliseconds();
        var entry = new Entry(result.Key.Value, payload, isPacked, payload.Length, Digest(result.Key, storedAt, payload), storedAt, Now);
        var used = TakeUses();
        await database.WriteAsync(
            connection =>
            {
                connection.Execute(Sql.Store, entry);
                return connection.Execute(Sql.Use, used);
            },
            cancellationToken);
    }

    /// <summary>Removes what was not used for longest until all that is kept fits; gives the number of results removed.</summary>
    public async ValueTask<int> PruneAsync(long limitBytes, CancellationToken cancellationToken)
    {
        await WriteUsesAsync(cancellationToken);
        var total = 0;
        int removed;
        do
        {
            removed = await database.WriteAsync(
                connection =>
                {
                    var excess = connection.ExecuteScalar<long>(Sql.Size) - limitBytes;
                    if (excess <= 0) return 0;
                    var oldest = connection.Query<Oldest>(Sql.ListOldest, new Paging(PruneBatch))
                        .TakeWhile(row => (excess -= row.SizeBytes) + row.SizeBytes > 0)
                        .ToList();
                    return connection.Execute(Sql.Remove, oldest);
                },
                cancellationToken);
            total += removed;
        }
        while (removed == PruneBatch);
        return total;
    }

    public async ValueTask DisposeAsync() => await WriteUsesAsync(CancellationToken.None);

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    async ValueTask WriteUsesAsync(CancellationToken cancellationToken)
    {
        if (TakeUses() is { Count: > 0 } used) await database.WriteAsync(connection => connection.Execute(Sql.Use, used), cancellationToken);
    }

    List<Use> TakeUses()
    {
        var taken = new List<Use>();
        foreach (var key in uses.Keys)
            if (uses.TryRemove(key, out var at)) taken.Add(new Use(key, at));
        return taken;
    }

    bool TryRead(NodeKey key, Row row, [NotNullWhen(true)] out NodeOutputs? result)
    {
        result = null;
        if (row.Digest != Digest(key, row.StoredAt, row.Payload))
        {
            Log.ResultDamaged(logger, key, exception: null);
            return false;
        }

        try
        {
            result = ResultPayload.Read(key, row.IsPacked ? Packed.Unpack(row.Payload) : row.Payload, DateTimeOffset.FromUnixTimeMilliseconds(row.StoredAt));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException)
        {
            Log.ResultDamaged(logger, key, exception);
            return false;
        }
    }

    static string Digest(NodeKey key, long storedAt, byte[] payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{key} {storedAt}\n"));
        hash.AppendData(payload);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    sealed record Identity(string Key);

    sealed record Entry(string Key, byte[] Payload, bool IsPacked, long SizeBytes, string Digest, long StoredAt, long UsedAt);

    sealed record Use(string Key, long At);

    sealed record Paging(int Limit);

    sealed record Oldest
    {
        public string Key { get; init; } = "";

        public long SizeBytes { get; init; }
    }

    sealed record Row
    {
        public byte[] Payload { get; init; } = [];

        public bool IsPacked { get; init; }

        public string Digest { get; init; } = "";

        public long StoredAt { get; init; }

        public long UsedAt { get; init; }
    }

    static class Sql
    {
        public const string Find = """
            SELECT payload AS Payload, is_packed AS IsPacked, digest AS Digest, stored_at AS StoredAt, used_at AS UsedAt
            FROM result WHERE key = @Key
            """;

        public const string Store = """
            INSERT INTO result (key, payload, is_packed, size_bytes, digest, stored_at, used_at)
            VALUES (@Key, @Payload, @IsPacked, @SizeBytes, @Digest, @StoredAt, @UsedAt)
            ON CONFLICT (key) DO UPDATE SET
              payload = excluded.payload, is_packed = excluded.is_packed, size_bytes = excluded.size_bytes, digest = excluded.digest,
              stored_at = excluded.stored_at, used_at = excluded.used_at
            """;

        public const string Use = "UPDATE result SET used_at = @At WHERE key = @Key AND used_at < @At";

        public const string Size = "SELECT coalesce(sum(size_bytes), 0) FROM result";

        public const string ListOldest = "SELECT key AS Key, size_bytes AS SizeBytes FROM result ORDER BY used_at LIMIT @Limit";

        public const string Remove = "DELETE FROM result WHERE key = @Key";
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The stored result {Key} is damaged and counts as missing")]
        public static partial void ResultDamaged(ILogger logger, NodeKey key, Exception? exception);
    }
}
