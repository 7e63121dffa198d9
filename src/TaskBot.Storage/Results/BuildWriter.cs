using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using TaskBot.Engine.Results;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>
/// Writes the batches of a build in their order, one transaction after another. The first full batch starts a thread, so that packing and writing go
/// on beside the build; what never fills one is written when it is committed. For one caller.
/// </summary>
sealed class BuildWriter(PreparedStatements connection, string path, TimeProvider time) : IDisposable
{
    /// <summary>
    /// A transaction writes as many pages as a quarter of those before it, between these: a kill costs little of what was done, the tree of places, all
    /// over which new ones go, is not written again and again as it grows, and what is not committed yet takes little memory.
    /// </summary>
    const int FewestPagesTogether = 32;
    const int MostPagesTogether = 64;

    /// <summary>Batches that may wait to be written.</summary>
    const int MostWaiting = 4;

    const string DataVersion = "PRAGMA data_version";

    readonly ResultBlobs blobs = new(ResultBlobs.FolderOf(path));
    readonly List<NodeOutputs> small = new(ResultPages.MostInPage);
    readonly ArrayBufferWriter<byte> buffer = new(256);

    /// <summary>Another one once another connection has written.</summary>
    readonly long version = connection.ReadNumber(DataVersion);
    Apart? apart;
    volatile int committed;
    int written, pages, pagesBefore;
    bool isInTransaction;

    /// <summary>True once a thread of its own uses the connection.</summary>
    public bool IsApart => apart is not null;

    /// <summary>How many batches are durable.</summary>
    public int Committed => committed;

    /// <summary>False where others wrote to the database between the transactions.</summary>
    public bool WasAlone { get; private set; } = true;

    /// <summary>Takes a batch over; waits while too many wait to be written.</summary>
    /// <exception cref="DatabaseException">A batch could not be written: this one or one before.</exception>
    public void Add(BuildBatch batch) => (apart ??= new(this)).Add(batch, commit: false);

    /// <summary>Takes the last batch over; all that was added is durable when it returns.</summary>
    /// <inheritdoc cref="Add" path="/exception"/>
    public void Commit(BuildBatch batch)
    {
        if (apart is not null)
        {
            apart.Add(batch, commit: true);
        }
        else
        {
            Write(batch);
            Commit();
        }
    }

    /// <summary>What was not committed is gone.</summary>
    public void Dispose()
    {
        apart?.Dispose();
        connection.Dispose();
    }

    void Write(BuildBatch batch)
    {
        try
        {
            Begin();
            foreach (var page in batch.UsedPages) ResultPages.Use(connection, page, Now);
            foreach (var key in batch.UsedRows) ResultRow.Use(connection, key.Value, Now);
            foreach (var result in batch.Results)
            {
                if (!SqliteResultCache.IsSmall(result)) ResultRow.Store(connection, result.Key, ResultRow.Pack(result, blobs), Now);
                else small.Add(result);
                if (small.Count == ResultPages.MostInPage) WriteSmall();
            }

            WriteSmall();
            WriteRecords(batch);
            written++;
            if (pages >= Math.Clamp(pagesBefore / 4, FewestPagesTogether, MostPagesTogether)) Commit();
        }
        catch (SqliteException exception)
        {
            throw DatabaseException.From(exception, path);
        }
    }

    void Begin()
    {
        if (isInTransaction) return;
        connection.Prepare("BEGIN IMMEDIATE").Run();
        isInTransaction = true;
        WasAlone &= connection.ReadNumber(DataVersion) == version;
    }

    void WriteSmall()
    {
        if (small.Count == 0) return;
        buffer.ResetWrittenCount();
        ResultPages.Store(connection, ResultPage.Pack(CollectionsMarshal.AsSpan(small), buffer), Now);
        small.Clear();
        pages++;
    }

    void WriteRecords(BuildBatch batch)
    {
        if (batch.Records.Count == 0) return;
        buffer.ResetWrittenCount();
        JournalPage.Write(batch.Records, buffer);
        JournalPages.Append(connection, batch.Records[0].RunId, buffer.WrittenSpan);
    }

    void Commit()
    {
        if (!isInTransaction) return;
        try
        {
            connection.Prepare("COMMIT").Run();
        }
        catch (SqliteException exception)
        {
            throw DatabaseException.From(exception, path);
        }

        (isInTransaction, pagesBefore, pages) = (false, pagesBefore + pages, 0);
        committed = written;
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The thread. After a failure it takes what comes and writes none of it, so that nobody waits for it in vain.</summary>
    sealed class Apart : IDisposable
    {
        readonly BuildWriter writer;
        readonly BlockingCollection<(BuildBatch Batch, TaskCompletionSource? Committed)> waiting = new(MostWaiting);
        readonly Thread thread;
        volatile Exception? failure;
        volatile bool isGivenUp;

        public Apart(BuildWriter writer)
        {
            this.writer = writer;
            thread = new(Work) { IsBackground = true, Name = "build writer" };
            thread.Start();
        }

        /// <param name="commit">Whether to wait until the batch and all before it are durable.</param>
        public void Add(BuildBatch batch, bool commit)
        {
            var committed = commit ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            waiting.Add((batch, committed));
            committed?.Task.GetAwaiter().GetResult();
            if (failure is { } known) ExceptionDispatchInfo.Throw(known);
        }

        public void Dispose()
        {
            isGivenUp = true;
            waiting.CompleteAdding();
            thread.Join();
            waiting.Dispose();
        }

        void Work()
        {
            foreach (var (batch, committed) in waiting.GetConsumingEnumerable())
            {
                try
                {
                    if (failure is not null || isGivenUp) continue;
                    writer.Write(batch);
                    if (committed is not null) writer.Commit();
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
                finally
                {
                    committed?.SetResult();
                }
            }
        }
    }
}
