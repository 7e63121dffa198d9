using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// The one connection that writes. Writes wait in one bounded queue; all that wait when a transaction can begin share it, so that they
/// share its one flush to disk. Each is told of its end after the commit, and one that fails takes back only its own changes: as that is rare, it is
/// found out by running all of them once more, each with a savepoint, which would else cost every write what a small write costs.
/// </summary>
sealed class SqliteWriter : IAsyncDisposable
{
    const int QueueLength = 4096;
    const int LongestBatch = 512;

    readonly PreparedConnection connection;
    readonly string path;
    readonly Task worker;
    readonly Channel<PendingWrite> queue = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    public SqliteWriter(PreparedConnection connection, string path)
    {
        this.connection = connection;
        this.path = path;
        worker = Task.Run(WorkAsync);
    }

    /// <summary>
    /// Runs a write in a transaction; committed when the task completes. A caller who cancels before the write begins cancels it; after
    /// that it ends as if nobody had asked.
    /// </summary>
    /// <param name="write">May be run twice, where another write that shares its transaction fails; what it did first is then taken back in the database.</param>
    /// <exception cref="DatabaseException">Nothing of it was written.</exception>
    public async Task<T> WriteAsync<T>(Func<PreparedConnection, T> write, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite<T>(write, cancellationToken);
        try
        {
            await queue.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException exception)
        {
            throw new ObjectDisposedException("The database was closed.", exception);
        }

        return await pending.Task;
    }

    /// <summary>Ends after all that was accepted is written.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await worker;
        await connection.DisposeAsync();
    }

    async Task WorkAsync()
    {
        var batch = new List<PendingWrite>(LongestBatch);
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < LongestBatch && queue.Reader.TryRead(out var pending))
                if (!pending.IsCancelled()) batch.Add(pending);
            if (batch.Count > 0) WriteTogether(batch);
            batch.Clear();
        }
    }

    /// <summary>The queue's worker: whatever goes wrong ends in the task of the caller that it concerns, and the next batch is tried.</summary>
    void WriteTogether(List<PendingWrite> batch)
    {
        try
        {
            if (!AreWritten(batch)) WriteOneByOne(batch);
            connection.Statements.Prepare(Sql.Commit).Run();
            foreach (var pending in batch) pending.End(error: null);
        }
        catch (Exception exception)
        {
            try
            {
                Rollback();
            }
            finally
            {
                foreach (var pending in batch) pending.End(Explain(exception));
            }
        }
    }

    /// <summary>False where one failed: then none of them is written.</summary>
    bool AreWritten(List<PendingWrite> batch)
    {
        connection.Statements.Prepare(Sql.Begin).Run();
        try
        {
            foreach (var pending in batch) pending.Run(connection);
            return true;
        }
        catch (Exception)
        {
            // Which one it was, and what it says, is seen when it is run by itself.
            Rollback();
            return false;
        }
    }

    void WriteOneByOne(List<PendingWrite> batch)
    {
        connection.Statements.Prepare(Sql.Begin).Run();
        foreach (var pending in batch) WriteOne(pending);
    }

    void Rollback()
    {
        if (connection.Statements.IsInTransaction) connection.Statements.Prepare(Sql.Rollback).Run();
    }

    void WriteOne(PendingWrite pending)
    {
        connection.Statements.Prepare(Sql.Save).Run();
        try
        {
            pending.Run(connection);
        }
        catch (Exception exception)
        {
            // After some errors, such as a full disk, SQLite has rolled back the whole transaction by itself, the writes of others included.
            if (!connection.Statements.IsInTransaction) throw;
            connection.Statements.Prepare(Sql.Undo).Run();
            pending.Refuse(Explain(exception));
        }

        connection.Statements.Prepare(Sql.Release).Run();
    }

    Exception Explain(Exception exception) => exception is SqliteException sqlite ? DatabaseException.From(sqlite, path) : exception;

    abstract class PendingWrite
    {
        public abstract bool IsCancelled();

        public abstract void Run(PreparedConnection connection);

        /// <summary>Its changes were taken back; its caller is told when the batch ends.</summary>
        public abstract void Refuse(Exception error);

        public abstract void End(Exception? error);
    }

    sealed class PendingWrite<T>(Func<PreparedConnection, T> write, CancellationToken cancellationToken) : PendingWrite
    {
        readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T? result;
        Exception? refusal;

        public Task<T> Task => completion.Task;

        public override bool IsCancelled() => cancellationToken.IsCancellationRequested && completion.TrySetCanceled(cancellationToken);

        public override void Run(PreparedConnection connection) => result = write(connection);

        public override void Refuse(Exception error) => refusal = error;

        public override void End(Exception? error)
        {
            if ((refusal ?? error) is { } exception) completion.TrySetException(exception);
            else completion.TrySetResult(result!);
        }
    }

    static class Sql
    {
        public const string Begin = "BEGIN IMMEDIATE";

        public const string Commit = "COMMIT";

        public const string Rollback = "ROLLBACK";

        public const string Save = "SAVEPOINT one_write";

        public const string Release = "RELEASE one_write";

        public const string Undo = "ROLLBACK TO one_write";
    }
}
