using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Outbox;
using TaskBot.Storage.Results;
using TaskBot.Storage.Runs;

namespace TaskBot.Storage.Tests;

/// <summary>A database file in its own temporary folder, with its stores and a clock that stands until it is moved.</summary>
public sealed class TemporaryDatabase : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("taskbot-storage-").FullName;
    SqliteDatabase? database;
    SqliteDeliveryStore? deliveries;
    SqliteRunStore? runs;
    SqliteResultCache? results;

    public TemporaryDatabase() => Options = new DatabaseOptions { ConnectionString = Path.Combine(folder, "taskbot.db") };

    public DatabaseOptions Options { get; }

    public ManualTime Time { get; } = new();

    public LogOf<SqliteResultCache> ResultLog { get; } = new();

    public SqliteDatabase Database => database ??= OpenAnother();

    public SqliteDeliveryStore Deliveries => deliveries ??= DeliveriesOf(Database);

    public SqliteRunStore Runs => runs ??= new SqliteRunStore(Database, Time);

    public SqliteOutboxStore Outbox => new(Database, Time);

    public SqliteJournal Journal => new(Database);

    public SqliteResultCache Results => results ??= new SqliteResultCache(Database, Time, ResultLog);

    /// <summary>Opens the same file once more, as another process would.</summary>
    public SqliteDatabase OpenAnother() => SqliteDatabase.Open(Options, Time, NullLogger<SqliteDatabase>.Instance);

    public SqliteDeliveryStore DeliveriesOf(SqliteDatabase other) =>
        new(other, Microsoft.Extensions.Options.Options.Create(Options), Time, NullLogger<SqliteDeliveryStore>.Instance);

    /// <summary>Closes it; the next use opens it again.</summary>
    public async Task CloseAsync()
    {
        if (results is not null) await results.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        (database, deliveries, runs, results) = (null, null, null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Keeps the messages that were logged.</summary>
public sealed class LogOf<T> : ILogger<T>
{
    readonly List<(LogLevel Level, string Message)> lines = [];

    public IReadOnlyList<(LogLevel Level, string Message)> Lines => lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Add((logLevel, formatter(state, exception)));
}
