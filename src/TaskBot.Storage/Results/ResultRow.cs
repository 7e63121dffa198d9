using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>A result that has a row of its own, as it is kept.</summary>
/// <param name="Blob">The file that holds the payload; null where the row does.</param>
sealed record ResultRow(byte[] Payload, bool IsPacked, string Digest, long StoredAt, long UsedAt, string? Blob)
{
    const int PackFrom = 64 * 1024;

    /// <param name="blobs">Where large payloads go; null to keep all in rows.</param>
    public static ResultRow Pack(NodeOutputs result, ResultBlobs? blobs)
    {
        var bytes = ResultPayload.Write(result);
        var isPacked = bytes.Length >= PackFrom;
        var payload = isPacked ? Packed.Pack(bytes) : bytes;
        var storedAt = result.StoredAt.ToUnixTimeMilliseconds();
        return new(payload, isPacked, DigestOf(result.Key, storedAt, payload), storedAt, UsedAt: storedAt, isPacked ? blobs?.Write(payload) : null);
    }

    /// <summary>From now on it is this row that counts, though a page has a result of that key.</summary>
    public static void Store(PreparedStatements connection, NodeKey key, ResultRow row, long now)
    {
        if (Sha256Digest.TryParse(key, out var digest)) ResultPages.Forget(connection, ResultPage.NumberOf(digest));
        var store = connection.Prepare(Sql.Store);
        store.Bind(1, key.Value);
        store.Bind(2, row.Blob is null ? row.Payload : []);
        store.Bind(3, row.IsPacked ? 1 : 0);
        store.Bind(4, row.Payload.Length);
        store.Bind(5, row.Digest);
        store.Bind(6, row.StoredAt);
        store.Bind(7, now);
        store.Bind(8, row.Blob);
        store.Run();
    }

    public static ResultRow? Find(PreparedStatements connection, NodeKey key)
    {
        var find = connection.Prepare(Sql.Find);
        find.Bind(1, key.Value);
        var row = find.Step() ? new ResultRow(find.Bytes(0), find.Number(1) != 0, find.Text(2) ?? "", find.Number(3), find.Number(4), find.Text(5)) : null;
        find.Reset();
        return row;
    }

    public static void Use(PreparedStatements connection, string key, long at)
    {
        var use = connection.Prepare(Sql.Use);
        use.Bind(1, at);
        use.Bind(2, key);
        use.Run();
    }

    /// <summary>The result; null where it is damaged.</summary>
    /// <param name="damage">What reading it said; null where its digest is another.</param>
    public NodeOutputs? ToResult(NodeKey key, ResultBlobs? blobs, out Exception? damage)
    {
        damage = null;
        var payload = Blob is null ? Payload : blobs?.Read(Blob);
        if (payload is null || Digest != DigestOf(key, StoredAt, payload)) return null;
        try
        {
            return ResultPayload.Read(key, IsPacked ? Packed.Unpack(payload) : payload, DateTimeOffset.FromUnixTimeMilliseconds(StoredAt));
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException)
        {
            damage = exception;
            return null;
        }
    }

    public static string DigestOf(NodeKey key, long storedAt, ReadOnlySpan<byte> payload)
    {
        // One call for the two parts: setting up a hash costs more than hashing a small result.
        var prefix = $"{key} {storedAt}\n";
        var length = Encoding.UTF8.GetByteCount(prefix);
        var bytes = ArrayPool<byte>.Shared.Rent(length + payload.Length);
        Encoding.UTF8.GetBytes(prefix, bytes);
        payload.CopyTo(bytes.AsSpan(length));
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length + payload.Length)));
        ArrayPool<byte>.Shared.Return(bytes);
        return digest;
    }

    static class Sql
    {
        public const string Store = """
            INSERT INTO result (key, payload, is_packed, size_bytes, digest, stored_at, used_at, blob) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (key) DO UPDATE SET
              payload = excluded.payload, is_packed = excluded.is_packed, size_bytes = excluded.size_bytes, digest = excluded.digest,
              stored_at = excluded.stored_at, used_at = excluded.used_at, blob = excluded.blob
            """;

        public const string Find = "SELECT CAST(payload AS BLOB), is_packed, digest, stored_at, used_at, blob FROM result WHERE key = ?1";

        public const string Use = "UPDATE result SET used_at = ?1 WHERE key = ?2 AND used_at < ?1";
    }
}
