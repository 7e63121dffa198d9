using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>
/// The results and the journal of a database as a build uses them: what it adds is written beside it, one transaction after another, and found here from
/// the moment it was added. Others read meanwhile, and write between the transactions. What was added and not committed is gone when it is disposed of, or
/// when the process dies.
/// </summary>
public sealed partial class SqliteBuildStore : IBuildStore, IDisposable
{
    readonly DatabaseOptions options;
    readonly string path;
    readonly PreparedStatements connection;
    readonly BuildWriter writer;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly ResultBlobs blobs;
    BuildBatch batch = new();

    /// <summary>Batches that may not be durable yet, oldest first, and their results, which no other connection sees before.</summary>
    readonly Queue<BuildBatch> handedOver = [];
    readonly Dictionary<string, NodeOutputs> unseen = new(StringComparer.Ordinal);
    int seen;

    /// <summary>
    /// What was added to a database without results, by the numbers of the keys: nothing else is looked for there. Null for one that had results. Results that
    /// others add meanwhile are not found then, which costs their work and nothing else.
    /// </summary>
    readonly HashSet<long>? added;

    /// <summary>Reads what is durable; the writer's own connection as long as that is used by this thread.</summary>
    PreparedStatements? reader;

    /// <summary>The page that was read last: what was stored together is mostly looked for together.</summary>
    (long Id, ResultPages.Row? Row, bool IsWhole) last;

    SqliteBuildStore(DatabaseOptions options, string path, PreparedStatements connection, TimeProvider time, ILogger logger)
    {
        (this.options, this.path, this.connection, this.time, this.logger) = (options, path, connection, time, logger);
        (writer, blobs) = (new(connection, path, time), new(ResultBlobs.FolderOf(path)));
        added = connection.ReadNumber("SELECT EXISTS (SELECT 1 FROM result_place) OR EXISTS (SELECT 1 FROM result)") == 0 ? [] : null;
    }

    /// <summary>Opens the database, making the file and its folder if need be, and brings it to the newest schema.</summary>
    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    public static SqliteBuildStore Open(DatabaseOptions options, TimeProvider time, ILogger<SqliteBuildStore> logger)
    {
        var file = Path.GetFullPath(options.Path);
        return new(options, file, SqliteDatabase.ConnectWriter(file, options.BusyTimeout, time.GetUtcNow()), time, logger);
    }

    /// <summary>False where others wrote to the database before some transaction began, and so may have removed what was found here before.</summary>
    public bool WasAlone => writer.WasAlone;

    public void Find(ReadOnlySpan<NodeKey> keys, Span<NodeOutputs?> found)
    {
        bool? hasRows = null;
        try
        {
            for (var i = 0; i < keys.Length; i++)
            {
                found[i] = unseen.GetValueOrDefault(keys[i].Value);
                if (found[i] is not null || (added is not null && !(ResultPage.TryNumber(keys[i], out var number) && added.Contains(number)))) continue;
                var from = writer.IsApart ? reader ??= SqliteDatabase.ConnectReader(path, options.BusyTimeout) : connection;
                hasRows ??= from.ReadNumber("SELECT EXISTS (SELECT 1 FROM result)") != 0;
                found[i] = FindInPage(from, keys[i]) ?? (hasRows.Value ? FindRow(from, keys[i]) : null);
            }
        }
        catch (SqliteException exception)
        {
            if (DatabaseException.From(exception, path) is { Failure: not DatabaseFailure.Corrupt } explained) throw explained;
            found.Clear();
            foreach (var key in keys) LogDamaged(key, exception);
        }
    }

    public void Add(NodeOutputs result)
    {
        batch.Results.Add(result);
        unseen[result.Key.Value] = result;
        if (added is not null && ResultPage.TryNumber(result.Key, out var number)) added.Add(number);
        HandOver();
    }

    public void Add(JournalRecord record)
    {
        batch.Records.Add(record);
        HandOver();
    }

    public void Commit()
    {
        writer.Commit(Next());
        Forget();
    }

    public void Dispose()
    {
        writer.Dispose();
        reader?.Dispose();
    }

    void HandOver()
    {
        if (!batch.IsFull) return;
        writer.Add(Next());
        Forget();
    }

    BuildBatch Next()
    {
        var full = batch;
        handedOver.Enqueue(full);
        batch = new();
        return full;
    }

    /// <summary>Lets go of what every connection sees by now.</summary>
    void Forget()
    {
        for (; seen < writer.Committed; seen++)
        {
            foreach (var result in handedOver.Dequeue().Results)
                if (unseen.TryGetValue(result.Key.Value, out var newest) && ReferenceEquals(newest, result)) unseen.Remove(result.Key.Value);
        }
    }

    NodeOutputs? FindInPage(PreparedStatements from, NodeKey key)
    {
        if (!ResultPage.TryNumber(key, out var number) || ResultPages.Locate(from, number) is not { } id) return null;
        if (last.Id != id)
        {
            var row = ResultPages.Read(from, id);
            last = (id, row, row?.IsWhole == true);
            if (row is not null && IsLongUnused(row.UsedAt)) batch.UsedPages.Add(id);
        }

        if (last.IsWhole)
        {
            foreach (var entry in ResultPage.Read(last.Row!.Results))
                if (entry.Number == number && entry.Key == key) return entry.ToResult(key);
        }

        LogDamaged(key, exception: null);
        return null;
    }

    NodeOutputs? FindRow(PreparedStatements from, NodeKey key)
    {
        if (ResultRow.Find(from, key) is not { } row) return null;
        if (row.ToResult(key, blobs, out var damage) is not { } result)
        {
            LogDamaged(key, damage);
            return null;
        }

        if (IsLongUnused(row.UsedAt)) batch.UsedRows.Add(key);
        return result;
    }

    bool IsLongUnused(long usedAt) => time.GetUtcNow().ToUnixTimeMilliseconds() - usedAt >= SqliteResultCache.UseGrainInMilliseconds;

    [LoggerMessage(1, LogLevel.Warning, "The stored result {Key} is damaged and counts as missing")]
    partial void LogDamaged(NodeKey key, Exception? exception);
}
