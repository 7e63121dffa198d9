using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Results;

namespace TaskBot.Storage.Sqlite;

/// <summary>Removes once an hour what need not be kept: old deliveries, and results above their limit.</summary>
sealed partial class DatabasePruning(
    SqliteDeliveryStore deliveries, SqliteResultCache results, IOptions<DatabaseOptions> options, TimeProvider time,
    ILogger<DatabasePruning> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        do
        {
            try
            {
                var (oldDeliveries, oldResults) =
                    (await deliveries.PruneAsync(stoppingToken), await results.PruneAsync(options.Value.ResultLimitBytes, stoppingToken));
                if (oldDeliveries + oldResults > 0) Log.Pruned(logger, oldDeliveries, oldResults);
            }
            catch (DatabaseException exception)
            {
                Log.PruningFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Pruned {Deliveries} deliveries and {Results} results")]
        public static partial void Pruned(ILogger logger, int deliveries, int results);

        [LoggerMessage(2, LogLevel.Error, "Pruning the database failed; it is tried again in an hour")]
        public static partial void PruningFailed(ILogger logger, Exception exception);
    }
}
