using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>
/// The results and the journal of a database as a build uses them: one connection, one transaction after another, all on the build's thread. Others
/// read meanwhile, and write between its transactions. What was added and not committed is gone when it is disposed of, or when the process dies.
/// </summary>
public sealed partial class SqliteBuildStore : IBuildStore, IDisposable
{
    const int MostRecordsInPage = 512;

    /// <summary>
    /// A transaction writes as many pages as a quarter of those before it, between these: a kill costs little of what was done, and the tree of places,
    /// all over which new ones go, is not written again and again as it grows.
    /// </summary>
    const int FewestPagesTogether = 32;
    const int MostPagesTogether = 1024;

    readonly string path;
    readonly PreparedConnection connection;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly ResultBlobs blobs;
    readonly List<NodeOutputs> results = new(ResultPages.MostInPage);
    readonly Dictionary<string, NodeOutputs> unwritten = new(StringComparer.Ordinal);
    readonly List<JournalRecord> records = new(MostRecordsInPage);
    readonly ArrayBufferWriter<byte> buffer = new(256);

    /// <summary>The page that was read last: what was stored together is mostly looked for together.</summary>
    (long Id, ResultPages.Row? Row, bool IsWhole) last;
    int pages, committed;
    bool isInTransaction;

    /// <summary>True where some result has a row of its own, so that it is worth looking for one.</summary>
    bool hasRows;

    /// <summary>Another one once another connection has written.</summary>
    long? version;

    SqliteBuildStore(string path, PreparedConnection connection, TimeProvider time, ILogger logger) =>
        (this.path, this.connection, this.time, this.logger, blobs) = (path, connection, time, logger, new(ResultBlobs.FolderOf(path)));

    /// <summary>Opens the database, making the file and its folder if need be, and brings it to the newest schema.</summary>
    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    public static SqliteBuildStore Open(DatabaseOptions options, TimeProvider time, ILogger<SqliteBuildStore> logger)
    {
        var file = Path.GetFullPath(options.Path);
        return new(file, SqliteDatabase.ConnectWriter(file, options.BusyTimeout, time.GetUtcNow()), time, logger);
    }

    /// <summary>False where others wrote to the database between the transactions, and so may have removed what was found here before.</summary>
    public bool WasAlone { get; private set; } = true;

    public void Find(ReadOnlySpan<NodeKey> keys, Span<NodeOutputs?> found)
    {
        try
        {
            Begin();
            for (var i = 0; i < keys.Length; i++) found[i] = unwritten.GetValueOrDefault(keys[i].Value) ?? FindInPage(keys[i]) ?? FindRow(keys[i]);
        }
        catch (SqliteException exception) when (DatabaseException.From(exception, path) is var explained)
        {
            if (explained.Failure != DatabaseFailure.Corrupt) throw;
            found.Clear();
            foreach (var key in keys) LogDamaged(key, exception);
        }
    }

    public void Add(NodeOutputs result)
    {
        if (!SqliteResultCache.IsSmall(result))
        {
            var row = ResultRow.Pack(result, blobs);
            Write(() => ResultRow.Store(connection, result.Key, row, Now));
            hasRows = true;
            return;
        }

        results.Add(result);
        unwritten[result.Key.Value] = result;
        if (results.Count == ResultPages.MostInPage) Write(WriteResults);
    }

    public void Add(JournalRecord record)
    {
        records.Add(record);
        if (records.Count == MostRecordsInPage) Write(WriteRecords);
        if (pages >= Math.Clamp(committed / 4, FewestPagesTogether, MostPagesTogether)) Commit();
    }

    public void Commit() => Write(() =>
    {
        WriteRecords();
        connection.Prepare("COMMIT").Run();
        (isInTransaction, pages, committed) = (false, 0, committed + pages);
    });

    public void Dispose() => connection.Dispose();

    void Begin()
    {
        if (isInTransaction) return;
        connection.Prepare("BEGIN IMMEDIATE").Run();
        isInTransaction = true;
        var now = Read("PRAGMA data_version");
        WasAlone &= (version ??= now) == now;
        hasRows = Read("SELECT EXISTS (SELECT 1 FROM result)") != 0;
    }

    long Read(string sql)
    {
        var read = connection.Prepare(sql);
        read.Step();
        var number = read.Number(0);
        read.Reset();
        return number;
    }

    void Write(Action write)
    {
        try
        {
            Begin();
            write();
        }
        catch (SqliteException exception)
        {
            throw DatabaseException.From(exception, path);
        }
    }

    void WriteResults()
    {
        buffer.ResetWrittenCount();
        if (results.Count > 0) ResultPages.Store(connection, ResultPage.Pack(CollectionsMarshal.AsSpan(results), buffer), Now);
        results.Clear();
        unwritten.Clear();
        pages++;
    }

    /// <summary>With the results that they speak of.</summary>
    void WriteRecords()
    {
        WriteResults();
        if (records.Count == 0) return;
        buffer.ResetWrittenCount();
        JournalPage.Write(records, buffer);
        JournalPages.Append(connection, records[0].RunId, buffer.WrittenSpan);
        records.Clear();
    }

    NodeOutputs? FindInPage(NodeKey key)
    {
        if (!ResultPage.TryNumber(key, out var number) || ResultPages.Locate(connection, number) is not { } id) return null;
        if (last.Id != id)
        {
            var row = ResultPages.Read(connection, id);
            last = (id, row, row?.IsWhole == true);
            if (row is not null && Now - row.UsedAt >= SqliteResultCache.UseGrainInMilliseconds) ResultPages.Use(connection, id, Now);
        }

        if (last.IsWhole)
        {
            foreach (var entry in ResultPage.Read(last.Row!.Results))
                if (entry.Number == number && entry.Key == key) return entry.ToResult(key);
        }

        LogDamaged(key, exception: null);
        return null;
    }

    NodeOutputs? FindRow(NodeKey key)
    {
        if (!hasRows || ResultRow.Find(connection, key) is not { } row) return null;
        if (row.ToResult(key, blobs, out var damage) is not { } result)
        {
            LogDamaged(key, damage);
            return null;
        }

        if (Now - row.UsedAt >= SqliteResultCache.UseGrainInMilliseconds) ResultRow.Use(connection, key.Value, Now);
        return result;
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(1, LogLevel.Warning, "The stored result {Key} is damaged and counts as missing")]
    partial void LogDamaged(NodeKey key, Exception? exception);
}
