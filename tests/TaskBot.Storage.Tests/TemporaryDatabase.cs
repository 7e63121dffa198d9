using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Outbox;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Outbox;
using TaskBot.Storage.Results;
using TaskBot.Storage.Runs;
using TaskBot.Storage.Schedules;

namespace TaskBot.Storage.Tests;

/// <summary>A database file in its own temporary folder, with its stores and a clock that stands until it is moved.</summary>
public sealed class TemporaryDatabase : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("taskbot-storage-").FullName;

    public TemporaryDatabase()
    {
        Options = new DatabaseOptions { ConnectionString = Path.Combine(folder, "taskbot.db") };
        Open();
    }

    public DatabaseOptions Options { get; }

    public ManualTime Time { get; } = new();

    public LogOf<SqliteResultCache> ResultLog { get; } = new();

    public LogOf<SqliteDatabase> DatabaseLog { get; } = new();

    public SqliteDatabase Database { get; private set; }

    public SqliteDeliveryStore Deliveries { get; private set; }

    public SqliteRunStore Runs { get; private set; }

    public SqliteScheduleStore Schedules { get; private set; }

    public SqliteOutboxStore Outbox { get; private set; }

    public SqliteJournal Journal { get; private set; }

    public SqliteResultCache Results { get; private set; }

    [MemberNotNull(nameof(Database), nameof(Deliveries), nameof(Runs), nameof(Schedules), nameof(Outbox), nameof(Journal), nameof(Results))]
    public void Open()
    {
        Database = OpenAnother();
        Deliveries = DeliveriesOf(Database);
        Runs = new SqliteRunStore(Database, Time);
        Schedules = new SqliteScheduleStore(Database);
        Outbox = new SqliteOutboxStore(Database, Time);
        Journal = new SqliteJournal(Database);
        Results = new SqliteResultCache(Database, Time, ResultLog);
    }

    /// <summary>Opens the same file once more, as another process would.</summary>
    public SqliteDatabase OpenAnother() => SqliteDatabase.Open(Options, Time, DatabaseLog);

    public SqliteDeliveryStore DeliveriesOf(SqliteDatabase other) =>
        new(other, Microsoft.Extensions.Options.Options.Create(Options), Time, NullLogger<SqliteDeliveryStore>.Instance);

    public async Task CloseAsync()
    {
        await Results.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        Open();
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

static class OutboxExtensions
{
    /// <summary>Intends an effect for as long as a test takes, and gives its result where it was confirmed before.</summary>
    public static async ValueTask<string?> IntendAsync(this IOutboxStore outbox, string key, CancellationToken cancellationToken) =>
        await outbox.IntendAsync(key, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5), cancellationToken) is EffectIntent.Confirmed confirmed ? confirmed.Result : null;
}
