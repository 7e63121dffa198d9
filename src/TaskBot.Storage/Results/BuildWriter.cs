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
    const int MostPagesTogether = 128;

    /// <summary>Batches that may wait to be written.</summary>
    const int MostWaiting = 4;

    const string DataVersion = "PRAGMA data_version";

    readonly ResultBlobs blobs = new(ResultBlobs.FolderOf(path));
    readonly ResultPageWriter page = new();
    readonly ArrayBufferWriter<byte> journal = new(256);

    /// <summary>Of the results in the pages of this transaction: the numbers of the keys, and at the same place the page of each.</summary>
    readonly List<long> numbers = [], pagesOf = [];

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
        page.Dispose();
        connection.Dispose();
    }

    void Write(BuildBatch batch)
    {
        try
        {
            Begin();
            foreach (var used in batch.UsedPages) ResultPages.Use(connection, used, Now);
            foreach (var used in batch.UsedRows) ResultRow.Use(connection, used.Value, Now);
            for (var i = 0; i < batch.Results; i++)
            {
                var result = batch.ResultAt(i);
                if (SqliteResultCache.AreSmall(result.KeyText.Length, result.Outputs)) page.Add(result);
                else WriteLarge(result.ToOutputs());
                if (page.Count == ResultPages.MostInPage) WritePage();
            }

            WritePage();
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

    void WriteLarge(NodeOutputs result) => ResultRow.Store(connection, result.Key, ResultRow.Pack(result, blobs), Now);

    void WritePage()
    {
        if (page.Count == 0) return;
        var id = ResultPages.Store(connection, page.Results, Now);
        for (var i = 0; i < page.Count; i++)
        {
            numbers.Add(page.Places[i]);
            pagesOf.Add(id);
        }

        page.Clear();
        pages++;
    }

    void WriteRecords(BuildBatch batch)
    {
        if (batch.Records == 0) return;
        journal.ResetWrittenCount();
        JournalPage.Write(batch, journal);
        JournalPages.Append(connection, batch.RecordAt(0).Run, journal.WrittenSpan);
    }

    /// <summary>In the order in which they stand, as the tree of places is larger than what is at hand of it.</summary>
    void WritePlaces()
    {
        if (numbers.Count > 1) CollectionsMarshal.AsSpan(numbers).Sort(CollectionsMarshal.AsSpan(pagesOf));
        for (var i = 0; i < numbers.Count; i++) ResultPages.Place(connection, numbers[i], pagesOf[i]);
        numbers.Clear();
        pagesOf.Clear();
    }

    void Commit()
    {
        if (!isInTransaction) return;
        try
        {
            WritePlaces();
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
