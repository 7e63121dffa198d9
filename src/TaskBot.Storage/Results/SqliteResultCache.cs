using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Values;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>
/// Results in SQLite: one row of JSON each, packed from 64 kB on and then, in a file beside the database, checked by its digest on every read. Small
/// results that are stored together share a row, a <see cref="ResultPage"/>, and are used and removed together.
/// When a result was last used is noted in memory and written with the next store, prune or dispose; losing it to a crash costs an entry
/// its place in the queue at most.
/// </summary>
public sealed partial class SqliteResultCache(SqliteDatabase database, TimeProvider time, ILogger<SqliteResultCache> logger)
    : IResultCache, IAsyncDisposable
{
    const int PruneBatch = 500;

    /// <summary>Fewer results than these have a row each.</summary>
    const int FewestInPage = 32;

    /// <summary>A result whose texts are longer than this has a row of its own, so that what is small is found without reading what is large.</summary>
    const int LongestInPage = 2048;

    /// <summary>Uses closer together than this are one use, unless a run began in between.</summary>
    internal const long UseGrainInMilliseconds = 3_600_000;

    readonly ConcurrentDictionary<string, long> uses = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<long, long> pageUses = new();
    readonly ResultBlobs? blobs = database.IsInMemory ? null : new(ResultBlobs.FolderOf(database.Path));

    /// <summary>Since when the youngest of the living runs holds what it uses; nothing before that needs to be noted at once.</summary>
    long heldSince;

    public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) => (await FindAsync([key], cancellationToken))[0];

    public async ValueTask<NodeOutputs?[]> FindAsync(IReadOnlyList<NodeKey> keys, CancellationToken cancellationToken)
    {
        (ResultRow?[] Rows, Dictionary<long, Page> Pages) read;
        try
        {
            read = await database.ReadAsync(connection => Read(connection, keys), cancellationToken);
        }
        catch (DatabaseException exception) when (exception.Failure == DatabaseFailure.Corrupt)
        {
            foreach (var key in keys) Log.ResultDamaged(logger, key, exception);
            return new NodeOutputs?[keys.Count];
        }

        var now = Now;
        var found = new NodeOutputs?[keys.Count];
        foreach (var (id, page) in read.Pages)
        {
            Unpack(page, keys, found);
            if (IsUse(page.Row.UsedAt)) pageUses[id] = now;
        }

        for (var i = 0; i < found.Length; i++)
        {
            if (found[i] is not null || read.Rows[i] is not { } row || (found[i] = Unpack(keys[i], row)) is null) continue;
            if (IsUse(row.UsedAt)) uses[keys[i].Value] = now;
        }

        if (heldSince > 0 && !(uses.IsEmpty && pageUses.IsEmpty)) await WriteUsesAsync(cancellationToken);
        return found;

        bool IsUse(long usedAt) => now - usedAt >= UseGrainInMilliseconds || usedAt < heldSince;
    }

    public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken) => StoreAsync([result], cancellationToken);

    public async ValueTask StoreAsync(IReadOnlyList<NodeOutputs> results, CancellationToken cancellationToken)
    {
        var now = Now;
        var (single, pages) = Divide(results);
        var rows = single.ConvertAll(result => (result.Key, ResultRow.Pack(result, blobs)));
        var used = TakeUses();
        await database.WriteAsync(
            connection =>
            {
                foreach (var page in pages) page.Store(connection.Statements, now);
                foreach (var (key, row) in rows) ResultRow.Store(connection.Statements, key, row, now);
                return WriteUses(connection, used);
            },
            cancellationToken);
    }

    public async ValueTask<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        var since = Now;
        var id = await database.WriteAsync(
            connection =>
            {
                var hold = connection.Statements.Prepare(Sql.Hold);
                hold.Bind(1, database.OwnerId);
                hold.Bind(2, since);
                hold.Run();
                return connection.Statements.LastId;
            },
            cancellationToken);
        Interlocked.Exchange(ref heldSince, since);
        return new ResultHold(database, id);
    }

    public async ValueTask PinAsync(RunId run, IReadOnlySet<NodeKey> results, CancellationToken cancellationToken)
    {
        // Most runs never had a pin, and one that has the same as before changes nothing.
        var before = await database.ReadAsync(connection => connection.Query<string>(Sql.ListPins, new Pin(run.Value, "", Place: null)).AsList(), cancellationToken);
        if (results.SetEquals(before.Select(key => new NodeKey(key)))) return;
        var pins = results.Select(key => new Pin(run.Value, key.Value, Sha256Digest.TryParse(key, out var digest) ? ResultPage.NumberOf(digest) : null)).ToList();
        await database.WriteAsync(connection => connection.Execute(Sql.RemovePins, new Pin(run.Value, "", Place: null)) + connection.Execute(Sql.AddPin, pins), cancellationToken);
    }

    /// <summary>How many results there are, and how many bytes they take.</summary>
    public Task<(long Count, long Bytes)> MeasureAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingle<(long, long)>(Sql.Measure), cancellationToken);

    /// <summary>
    /// Removes what was not used for longest until all that is kept fits; gives the number of results removed. What a living run has stored
    /// or used, and what a pin of a run refers to, stays, though it be too much.
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
            total += gone.Count;
            removed = gone.Rows;
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
        var used = TakeUses();
        if (used.Results.Count + used.Pages.Count > 0) await database.WriteAsync(connection => WriteUses(connection, used), cancellationToken);
    }

    Uses TakeUses() => new(Take(uses), Take(pageUses));

    static List<(TKey, long)> Take<TKey>(ConcurrentDictionary<TKey, long> uses)
        where TKey : notnull
    {
        var taken = new List<(TKey, long)>();
        if (uses.IsEmpty) return taken;
        foreach (var key in uses.Keys)
            if (uses.TryRemove(key, out var at)) taken.Add((key, at));
        return taken;
    }

    static int WriteUses(PreparedConnection connection, Uses used)
    {
        foreach (var (key, at) in used.Results) ResultRow.Use(connection.Statements, key, at);

        foreach (var (id, at) in used.Pages) ResultPages.Use(connection.Statements, id, at);

        return used.Results.Count + used.Pages.Count;
    }

    /// <summary>The rows of keys, each at its place, and the pages in which others are.</summary>
    static (ResultRow?[] Rows, Dictionary<long, Page> Pages) Read(PreparedConnection connection, IReadOnlyList<NodeKey> keys)
    {
        var rows = new ResultRow?[keys.Count];
        var pages = new Dictionary<long, Page>();
        for (var i = 0; i < rows.Length; i++)
        {
            if (Sha256Digest.TryParse(keys[i], out var digest) && ResultPages.Locate(connection.Statements, ResultPage.NumberOf(digest)) is { } id)
            {
                if (!pages.TryGetValue(id, out var page) && ResultPages.Read(connection.Statements, id) is { } read) pages.Add(id, page = new(read, []));
                page?.Sought.Add(i);
            }

            // Also for what is in a page: where that is damaged, an older row is as good.
            rows[i] = ResultRow.Find(connection.Statements, keys[i]);
        }

        return (rows, pages);
    }

    /// <summary>What shares pages, and what has a row each.</summary>
    static (List<NodeOutputs> Single, List<PackedPage> Pages) Divide(IReadOnlyList<NodeOutputs> results)
    {
        var (single, small) = (new List<NodeOutputs>(), new List<NodeOutputs>());
        foreach (var result in results) (IsSmall(result) ? small : single).Add(result);
        if (small.Count >= FewestInPage) return (single, Pack(small));
        single.AddRange(small);
        return (single, []);
    }

    static List<PackedPage> Pack(List<NodeOutputs> small)
    {
        var pages = new List<PackedPage>();
        using var writer = new ResultPageWriter();
        foreach (var some in small.Chunk(ResultPages.MostInPage))
        {
            foreach (var result in some) writer.Add(result);
            pages.Add(new(writer.Results.ToArray(), [.. writer.Places]));
            writer.Clear();
        }

        return pages;
    }

    /// <summary>True for what may share a page.</summary>
    static bool IsSmall(NodeOutputs result) =>
        Sha256Digest.TryParse(result.Key, out _) && result.Layer is null && result.Reads.IsEmpty && AreSmall(result.KeyText.Length, result.Outputs);

    /// <summary>True for the key's text and outputs of what may share a page.</summary>
    internal static bool AreSmall(int keyTextLength, ImmutableSortedDictionary<string, NodeValue> outputs)
    {
        if (keyTextLength > LongestInPage) return false;
        foreach (var (_, value) in outputs)
            if (value.Content is not (TaskValue.Truth or TaskValue.Integer or TaskValue.Real or TaskValue.Null or TaskValue.Text { Value.Length: <= LongestInPage })) return false;
        return true;
    }

    /// <summary>Puts the results that are sought in a page at their places; damage is a warning for each.</summary>
    void Unpack(Page page, IReadOnlyList<NodeKey> keys, NodeOutputs?[] found)
    {
        if (page.Row.IsWhole)
        {
            var sought = page.Sought.ToLookup(i => keys[i].Value, StringComparer.Ordinal);
            foreach (var entry in ResultPage.Read(page.Row.Results))
                foreach (var i in sought[entry.Key.ToString()]) found[i] = entry.ToResult();
        }

        foreach (var i in page.Sought)
            if (found[i] is null) Log.ResultDamaged(logger, keys[i], exception: null);
    }

    /// <summary>The result; null, and a warning, where it is damaged.</summary>
    NodeOutputs? Unpack(NodeKey key, ResultRow row)
    {
        var result = row.ToResult(key, blobs, out var damage);
        if (result is null) Log.ResultDamaged(logger, key, damage);
        return result;
    }

    static (int Rows, int Count, List<string> Blobs) RemoveOldest(PreparedConnection connection, long limitBytes)
    {
        var excess = connection.ExecuteScalar<long>(Sql.Size) - limitBytes;
        if (excess <= 0) return (0, 0, []);
        var oldest = connection.Query<Oldest>(Sql.ListOldest, new Paging(PruneBatch))
            .TakeWhile(row => (excess -= row.SizeBytes) + row.SizeBytes > 0)
            .ToList();
        var single = oldest.Where(row => row.Page == 0).ToList();
        connection.Execute(Sql.Remove, single);
        var unused = single.Select(row => row.Blob).OfType<string>().Distinct(StringComparer.Ordinal)
            .Where(blob => connection.ExecuteScalar<long>(Sql.CountBlob, new BlobName(blob)) == 0).ToList();
        return (oldest.Count, single.Count + oldest.Where(row => row.Page != 0).Sum(row => ResultPages.Remove(connection.Statements, row.Page)), unused);
    }

    /// <summary>When results, by key, and pages were last used.</summary>
    sealed record Uses(List<(string Key, long At)> Results, List<(long Id, long At)> Pages);

    /// <summary>A page that is to be stored.</summary>
    /// <param name="Places">The number of each key.</param>
    sealed record PackedPage(byte[] Results, long[] Places)
    {
        public void Store(PreparedStatements connection, long now)
        {
            var page = ResultPages.Store(connection, Results, now);
            foreach (var number in Places) ResultPages.Place(connection, number, page);
        }
    }

    /// <param name="Sought">Which of the keys that are looked for are in it.</param>
    sealed record Page(ResultPages.Row Row, List<int> Sought);

    /// <param name="Place">The key as pages have it; null for one that no page can have.</param>
    sealed record Pin(string Run, string Key, long? Place);

    sealed record Paging(int Limit);

    sealed record BlobName(string Blob);

    sealed record Oldest
    {
        public string Key { get; init; } = "";

        public long SizeBytes { get; init; }

        public string? Blob { get; init; }

        /// <summary>0 for a result that has its own row.</summary>
        public long Page { get; init; }
    }

    static class Sql
    {
        public const string Hold = "INSERT INTO result_hold (held_by, since) VALUES (?1, ?2)";

        public const string ListPins = "SELECT key FROM result_pin WHERE run_id = @Run";

        public const string RemovePins = "DELETE FROM result_pin WHERE run_id = @Run";

        public const string AddPin = "INSERT INTO result_pin (run_id, key, place) VALUES (@Run, @Key, @Place)";

        public const string Measure = $"SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM result_place), ({Size})";

        public const string Size =
            "SELECT (SELECT coalesce(sum(size_bytes), 0) FROM result) + (SELECT coalesce(sum(size_bytes), 0) FROM result_page)";

        public const string ListOldest = """
            SELECT Key, SizeBytes, Blob, Page FROM (
              SELECT key AS Key, size_bytes AS SizeBytes, blob AS Blob, 0 AS Page, used_at FROM result WHERE key NOT IN (SELECT key FROM result_pin)
              UNION ALL SELECT '', size_bytes, NULL, id, used_at FROM result_page
              WHERE id NOT IN (SELECT page FROM result_place JOIN result_pin ON result_pin.place = result_place.key))
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
