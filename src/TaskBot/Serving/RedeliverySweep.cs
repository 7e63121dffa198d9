using Microsoft.Extensions.Options;
using TaskBot.GitHub;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Client;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Serving;

/// <summary>
/// Asks GitHub to send again what did not come through: at start, and every few minutes. GitHub never tries again by itself, and keeps what it
/// sent for three days. Without an App there is no list to look at, and nothing is swept.
/// </summary>
sealed partial class RedeliverySweep(
    GitHubClientFactory clients, IOptions<GitHubOptions> options, SqliteSweepStore store, TimeProvider time, ILogger<RedeliverySweep> logger) : BackgroundService
{
    /// <summary>Attempts of one delivery; one that fails this often fails for a reason of its own.</summary>
    public const int MaximumAttempts = 8;

    const int MaximumListed = 20_000;
    const int MaximumRedelivered = 250;

    static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Kept = TimeSpan.FromDays(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.AppId is not { Length: > 0 }) return;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is GitHubApiException or DatabaseException)
            {
                LogFailed(logger, e, Interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Looks once; gives the number of deliveries that were asked for again.</summary>
    /// <exception cref="GitHubApiException">GitHub could not be asked; what was settled before stays settled.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var app = clients.ForApp().Apps;
        var oldest = time.GetUtcNow() - Kept;
        var from = await store.FindSettledUntilAsync(cancellationToken) is { } settled && settled > oldest ? settled : oldest;
        var attempts = new List<HookDelivery>();
        await foreach (var attempt in app.ListDeliveriesAsync(cancellationToken))
        {
            if (attempt.DeliveredAt < from || attempts.Count == MaximumListed) break;
            attempts.Add(attempt);
        }

        var open = new List<IGrouping<string, HookDelivery>>();
        foreach (var delivery in attempts.GroupBy(attempt => attempt.Guid, StringComparer.Ordinal))
            if (!delivery.Any(CameThrough) && !await store.IsKnownAsync(delivery.Key, cancellationToken)) open.Add(delivery);

        var asked = 0;
        var until = attempts.Count > 0 && attempts.Count < MaximumListed ? attempts[0].DeliveredAt : from;
        // Oldest first, as they would have come.
        foreach (var delivery in open.OrderBy(delivery => delivery.Min(attempt => attempt.DeliveredAt)))
        {
            if (delivery.Count() >= MaximumAttempts)
            {
                LogGaveUp(logger, delivery.Key, delivery.First().Event, delivery.Count());
                continue;
            }

            var first = delivery.Min(attempt => attempt.DeliveredAt);
            if (first < until) until = first;
            if (asked == MaximumRedelivered) break;
            await app.RedeliverAsync(delivery.First().Id, cancellationToken);
            asked++;
        }

        await store.SaveSettledUntilAsync(until, cancellationToken);
        if (asked > 0) LogAsked(logger, asked);
        return asked;
    }

    static bool CameThrough(HookDelivery attempt) => attempt.StatusCode is >= 200 and < 300;

    [LoggerMessage(Level = LogLevel.Information, Message = "Asked GitHub to send {Count} deliveries again")]
    static partial void LogAsked(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} ({EventName}) did not come through in {Attempts} attempts and is given up")]
    static partial void LogGaveUp(ILogger logger, string delivery, string eventName, int attempts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep for lost deliveries failed and is tried again in {Interval}")]
    static partial void LogFailed(ILogger logger, Exception exception, TimeSpan interval);
}
