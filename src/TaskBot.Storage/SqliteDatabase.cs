using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage;

/// <summary>
/// One open SQLite database: a file in write-ahead mode with <c>synchronous=FULL</c>, one connection that writes for everybody, and a few
/// that read beside it. What a write's task completed for survives the death of the process and of the machine. Safe for concurrent use.
/// </summary>
public sealed partial class SqliteDatabase : IAsyncDisposable
{
    const string InMemory = ":memory:";

    /// <summary>
    /// What a savepoint would take back is kept in memory, not in a file. Pages go from the log to the database when there are 32 MB of them: what is written and
    /// dropped again within that, as most bodies of deliveries are, mostly never gets there.
    /// </summary>
    const string WriterSettings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8192";

    const string ReaderSettings = "PRAGMA query_only = ON";

    readonly SqliteWriter writer;
    readonly SqliteOwner owner;
    readonly Channel<PreparedConnection>? readers;

    SqliteDatabase(string path, SqliteWriter writer, SqliteOwner owner, ImmutableArray<PreparedConnection> readConnections)
    {
        Path = path;
        this.writer = writer;
        this.owner = owner;
        if (readConnections.IsEmpty) return;
        readers = Channel.CreateBounded<PreparedConnection>(readConnections.Length);
        foreach (var connection in readConnections) readers.Writer.TryWrite(connection);
    }

    /// <summary>The full path of the file, or <c>:memory:</c>.</summary>
    public string Path { get; }

    internal bool IsInMemory => Path == InMemory;

    /// <summary>The native library in use.</summary>
    public SqliteLibrary Library => SqliteLibrary.Current;

    /// <summary>Names this process as the holder of deliveries and runs.</summary>
    internal string OwnerId => owner.Id;

    /// <summary>Opens the database, making the file and its folder if need be, and brings it to the newest schema.</summary>
    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    /// <exception cref="FormatException">The connection string is not one for SQLite.</exception>
    public static SqliteDatabase Open(DatabaseOptions options, TimeProvider time, ILogger<SqliteDatabase> logger) =>
        Open(options, SqliteMigration.All, time, logger);

    internal static SqliteDatabase Open(
        DatabaseOptions options, ImmutableArray<SqliteMigration> migrations, TimeProvider time, ILogger<SqliteDatabase> logger)
    {
        var library = SqliteLibrary.Current;
        var isInMemory = options.Path == InMemory;
        var path = isInMemory ? InMemory : System.IO.Path.GetFullPath(options.Path);
        var connections = new List<PreparedConnection>();
        SqliteOwner? self = null;
        try
        {
            if (!isInMemory) Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            var writeConnection = Connect(path, options.BusyTimeout, connections);
            writeConnection.Statements.Run(WriterSettings);
            SqliteMigrations.Apply(writeConnection.Statements, path, migrations, time.GetUtcNow());
            (self, var dead) = SqliteOwner.Register(writeConnection.Statements, isInMemory ? null : path, time.GetUtcNow());

            // A database in memory belongs to its one connection, so its reads take their turn among the writes.
            if (!isInMemory)
                for (var i = 0; i < Math.Clamp(Environment.ProcessorCount, 2, 4); i++)
                    Connect(path, options.BusyTimeout, connections).Statements.Run(ReaderSettings);
            Log.Opened(logger, path, library);
            if (dead > 0) Log.Freed(logger, dead);
            return new SqliteDatabase(path, new SqliteWriter(writeConnection, path), self, [.. connections.Skip(1)]);
        }
        catch (Exception exception)
        {
            self?.Dispose();
            foreach (var connection in connections) connection.Dispose();
            throw Explain(exception, path);
        }
    }

    /// <summary>A connection that writes by itself, for one thread, to a file that is made if need be and brought to the newest schema.</summary>
    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    internal static PreparedStatements ConnectWriter(string path, TimeSpan busyTimeout, DateTimeOffset now)
    {
        PreparedStatements? opened = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            opened = PreparedStatements.Open(path, busyTimeout);
            opened.Run(WriterSettings);
            if (SqliteMigrations.Version(opened, path) != SqliteMigration.Newest) SqliteMigrations.Apply(opened, path, SqliteMigration.All, now);
            return opened;
        }
        catch (Exception exception)
        {
            opened?.Dispose();
            throw Explain(exception, path);
        }
    }

    /// <summary>A connection that reads what is committed in a database that is open, for one thread.</summary>
    internal static PreparedStatements ConnectReader(string path, TimeSpan busyTimeout)
    {
        var connection = PreparedStatements.Open(path, busyTimeout);
        connection.Run(ReaderSettings);
        return connection;
    }

    /// <inheritdoc cref="SqliteWriter.WriteAsync{T}"/>
    internal Task<T> WriteAsync<T>(Func<PreparedConnection, T> write, CancellationToken cancellationToken) =>
        writer.WriteAsync(write, cancellationToken);

    /// <summary>Reads what is committed, beside whoever writes.</summary>
    internal async Task<T> ReadAsync<T>(Func<PreparedConnection, T> read, CancellationToken cancellationToken)
    {
        if (readers is null) return await writer.WriteAsync(read, cancellationToken);
        PreparedConnection connection;
        try
        {
            connection = await readers.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException exception)
        {
            throw new ObjectDisposedException("The database was closed.", exception);
        }

        try
        {
            return read(connection);
        }
        catch (SqliteException exception)
        {
            throw DatabaseException.From(exception, Path);
        }
        finally
        {
            if (!readers.Writer.TryWrite(connection)) await connection.DisposeAsync();
        }
    }

    /// <summary>Ends when all accepted writes are written; what this process held is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await writer.WriteAsync(connection => { owner.Leave(connection.Statements); return true; }, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            return; // A second call has nothing to do.
        }
        catch (DatabaseException)
        {
            // What it held is freed when its lock file is found free, or when the lease ends.
        }

        readers?.Writer.TryComplete();
        while (readers?.Reader.TryRead(out var connection) is true) await connection!.DisposeAsync();
        await writer.DisposeAsync();
        owner.Dispose();
    }

    static Exception Explain(Exception exception, string path) => exception switch
    {
        SqliteException sqlite => DatabaseException.From(sqlite, path),
        IOException or UnauthorizedAccessException => new DatabaseException(DatabaseFailure.CannotOpen, path, $"cannot be opened: {exception.Message}", exception),
        _ => exception,
    };

    static PreparedConnection Connect(string path, TimeSpan busyTimeout, List<PreparedConnection> connections)
    {
        // Once SQLite's own busy timeout is over, the driver would go on trying for its default of 30 seconds.
        var connection = new PreparedConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ConnectionString);
        connections.Add(connection);
        connection.Open();
        connection.Statements.Run($"PRAGMA busy_timeout = {busyTimeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)}");
        return connection;
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Opened the database {Path} with {Library}")]
        public static partial void Opened(ILogger logger, string path, SqliteLibrary library);

        [LoggerMessage(2, LogLevel.Information, "Freed what {Count} dead processes held in the database")]
        public static partial void Freed(ILogger logger, int count);
    }
}
