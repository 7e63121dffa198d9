using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Results;
using TaskBot.Engine.Scheduling;
using TaskBot.Models.Embeddings;
using TaskBot.Models.Ledger;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Dispatches;
using TaskBot.Storage.Embeddings;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Learning;
using TaskBot.Storage.Ledger;
using TaskBot.Storage.Outbox;
using TaskBot.Storage.Results;
using TaskBot.Storage.Runs;
using TaskBot.Storage.Schedules;
using TaskBot.Storage.Scheduling;
using TaskBot.Storage.Search;
using TaskBot.Storage.Sqlite;
using TaskBot.Workspaces.Search;

namespace TaskBot.Storage;

/// <summary>Makes a host remember things.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// Adds the database of the section <c>Database</c> and every store over it, as singletons, and an hourly pruning. The database is
    /// opened when the first store is asked for, which fails with a <see cref="DatabaseException"/> that says what to do.
    /// </summary>
    public static IServiceCollection AddTaskBotStorage(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().BindConfiguration(DatabaseOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => SqliteDatabase.Open(
            provider.GetRequiredService<IOptions<DatabaseOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteDatabase>>()));
        services.AddSingleton<SqliteDeliveryStore>();
        services.AddSingleton<IDeliveryStore>(provider => provider.GetRequiredService<SqliteDeliveryStore>());
        services.AddSingleton<SqliteSweepStore>();
        services.AddSingleton<SqliteResultCache>();
        services.AddSingleton<IResultCache>(provider => provider.GetRequiredService<SqliteResultCache>());
        services.AddSingleton<IRunStore, SqliteRunStore>();
        services.AddSingleton<IDispatchStore, SqliteDispatchStore>();
        services.AddSingleton<IScheduleStore, SqliteScheduleStore>();
        services.AddSingleton<IOutboxStore, SqliteOutboxStore>();
        services.AddSingleton<IDurationStore, SqliteDurationStore>();
        services.AddSingleton<IJournal, SqliteJournal>();
        services.AddSingleton<ILedgerStore, SqliteLedgerStore>();
        services.AddSingleton<IEmbeddingStore, SqliteEmbeddingStore>();
        services.AddSingleton<ISearchStore, SqliteSearchStore>();
        services.AddSingleton<IPatternStore, SqlitePatternStore>();
        services.AddSingleton<IPreferenceStore, SqlitePreferenceStore>();
        services.AddHostedService<DatabasePruning>();
        return services;
    }
}
