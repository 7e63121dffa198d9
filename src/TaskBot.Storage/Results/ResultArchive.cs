using System.IO.Compression;
using System.Text;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>Results as one stream for another machine: gzip over a heading and, for each, its key, when it was stored, its payload and its digest.</summary>
sealed class ResultArchive(SqliteResultCache cache, SqliteDatabase database)
{
    const string Heading = "taskbot results 1";
    const int PageLength = 1000;
    const int LargestPayload = 1 << 30;

    public async Task<int> WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await using var writer = new BinaryWriter(gzip, Encoding.UTF8, leaveOpen: true);
        writer.Write(Heading);
        var count = 0;
        var keys = await database.ReadAsync(ListKeys, cancellationToken);
        foreach (var page in keys.Chunk(PageLength))
        {
            foreach (var result in await cache.FindAsync(page, cancellationToken))
            {
                // A damaged one was warned of, and has nothing to give to others.
                if (result is null) continue;
                var payload = ResultPayload.Write(result);
                var storedAt = result.StoredAt.ToUnixTimeMilliseconds();
                writer.Write(result.Key.Value);
                writer.Write(storedAt);
                writer.Write(ResultRow.DigestOf(result.Key, storedAt, payload));
                writer.Write(payload.Length);
                writer.Write(payload);
                count++;
            }
        }

        writer.Write("");
        return count;
    }

    public async Task<int> ReadAsync(Stream stream, long limitBytes, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
        using var reader = new BinaryReader(gzip, Encoding.UTF8, leaveOpen: true);
        var (_, room) = await cache.MeasureAsync(cancellationToken);
        room = limitBytes - room;
        var added = 0;
        var page = new List<NodeOutputs>(PageLength);
        try
        {
            if (reader.ReadString() != Heading) throw new InvalidDataException("It is no export of results of this version.");
            while (reader.ReadString() is { Length: > 0 } key)
            {
                if (Next(reader, new(key)) is { } next && (room -= next.Bytes) >= 0) page.Add(next.Result);
                if (page.Count == PageLength) added += await AddAsync(page, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidDataException("The export ends too early or is damaged.", exception);
        }

        return added + await AddAsync(page, cancellationToken);
    }

    static (NodeOutputs Result, int Bytes)? Next(BinaryReader reader, NodeKey key)
    {
        var storedAt = reader.ReadInt64();
        var digest = reader.ReadString();
        var length = reader.ReadInt32();
        if (length is < 0 or > LargestPayload) throw new InvalidDataException("The export is damaged.");
        var payload = reader.ReadBytes(length);
        if (payload.Length < length) throw new EndOfStreamException();
        if (ResultRow.DigestOf(key, storedAt, payload) != digest) return null;
        var result = ResultPayload.Read(key, payload, DateTimeOffset.FromUnixTimeMilliseconds(storedAt));

        // A key is the digest of its text: nothing can pass for the result of something else.
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(result.KeyText)).ToKey() == key ? (result, length) : null;
    }

    async Task<int> AddAsync(List<NodeOutputs> page, CancellationToken cancellationToken)
    {
        var there = await cache.FindAsync(page.ConvertAll(result => result.Key), cancellationToken);
        var missing = page.Where((_, index) => there[index] is null).ToList();
        page.Clear();
        if (missing.Count > 0) await cache.StoreAsync(missing, cancellationToken);
        return missing.Count;
    }

    /// <summary>All keys, those that were used last first; once each, though an older result of a key may still be in some page.</summary>
    static List<NodeKey> ListKeys(Sqlite.PreparedConnection connection)
    {
        var keys = new List<NodeKey>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var list = connection.Statements.Prepare(Sql.List);
        while (list.Step())
        {
            if (list.Text(0) is { } single) Add(new(single));
            else foreach (var entry in ResultPage.Read(list.Bytes(1))) Add(entry.Key.ToKey());
        }

        list.Reset();
        return keys;

        void Add(NodeKey key)
        {
            if (known.Add(key.Value)) keys.Add(key);
        }
    }

    static class Sql
    {
        public const string List = """
            SELECT key, NULL, used_at FROM result
            UNION ALL SELECT NULL, results, used_at FROM result_page
            ORDER BY 3 DESC
            """;
    }
}
