using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Builds;
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

    /// <summary>Batches that may not be durable yet, oldest first, and where in them results are, by the numbers of the keys, as no other connection sees them before.</summary>
    readonly Queue<BuildBatch> handedOver = [];
    readonly Dictionary<long, (BuildBatch Batch, int Index)> unseen = [];

    /// <summary>Batches that can be used again.</summary>
    readonly Stack<BuildBatch> written = [];
    int seen;

    /// <summary>
    /// What was added to a database without results, by the numbers of the keys: nothing else is looked for there. Null for one that had results. Results that
    /// others add meanwhile are not found then, which costs their work and nothing else.
    /// </summary>
    readonly HashSet<long>? added;

    /// <summary>Reads what is durable; the writer's own connection as long as that is used by this thread.</summary>
    PreparedStatements? reader;

    /// <summary>Whether there are results with a row of their own; null where that is not known yet.</summary>
    bool? hasRows;

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

    public NodeOutputs? Find(Sha256Digest key)
    {
        var number = ResultPage.NumberOf(key);
        if (added?.Contains(number) == false) return null;
        if (unseen.TryGetValue(number, out var place) && place.Batch.KeyOf(place.Index) == key) return place.Batch.ResultAt(place.Index).ToOutputs();
        try
        {
            var from = writer.IsApart ? reader ??= SqliteDatabase.ConnectReader(path, options.BusyTimeout) : connection;
            hasRows ??= from.ReadNumber("SELECT EXISTS (SELECT 1 FROM result)") != 0;
            return FindInPage(from, key) ?? (hasRows.Value ? FindRow(from, key.ToKey()) : null);
        }
        catch (SqliteException exception)
        {
            if (DatabaseException.From(exception, path) is { Failure: not DatabaseFailure.Corrupt } explained) throw explained;
            LogDamaged(key.ToKey(), exception);
            return null;
        }
    }

    public void Add(BuiltResult result)
    {
        var number = ResultPage.NumberOf(result.Key);
        unseen[number] = (batch, batch.Results);
        added?.Add(number);
        batch.Add(result);
        HandOver();
    }

    public void Add(BuildRecord record)
    {
        batch.Add(record);
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
        batch = written.TryPop(out var free) ? free : new();
        return full;
    }

    /// <summary>Lets go of what every connection sees by now.</summary>
    void Forget()
    {
        for (; seen < writer.Committed; seen++)
        {
            var durable = handedOver.Dequeue();
            for (var i = 0; i < durable.Results; i++)
            {
                var number = ResultPage.NumberOf(durable.KeyOf(i));
                if (unseen.TryGetValue(number, out var newest) && newest.Batch == durable && newest.Index == i) unseen.Remove(number);
            }

            durable.Clear();
            written.Push(durable);
            hasRows = null;
        }
    }

    NodeOutputs? FindInPage(PreparedStatements from, Sha256Digest key)
    {
        if (ResultPages.Locate(from, ResultPage.NumberOf(key)) is not { } id) return null;
        if (last.Id != id)
        {
            var row = ResultPages.Read(from, id);
            last = (id, row, row?.IsWhole == true);
            if (row is not null && IsLongUnused(row.UsedAt)) batch.UsedPages.Add(id);
        }

        if (last.IsWhole)
        {
            foreach (var entry in ResultPage.Read(last.Row!.Results))
                if (entry.Key == key) return entry.ToResult();
        }

        LogDamaged(key.ToKey(), exception: null);
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
