using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Deliveries;

/// <summary>Hands stored deliveries to their handlers, in order, each until it was handled once or given up with its reason.</summary>
public sealed partial class DeliveryWorker(IDeliveryStore deliveries, EventDispatcher dispatcher, ILogger<DeliveryWorker> logger) : BackgroundService
{
    const int MaximumTries = 8;

    static readonly Func<ILogger, string, IDisposable?> DeliveryScope = LoggerMessage.DefineScope<string>("delivery {Delivery}");

    static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var mayBeMore = deliveries.WaitAsync(stoppingToken);
            if (await deliveries.ClaimAsync(Lease, stoppingToken) is { } delivery) await HandleAsync(delivery, stoppingToken);
            else await mayBeMore;
        }
    }

    async Task HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        using var scope = DeliveryScope(logger, delivery.Id);
        try
        {
            await dispatcher.HandleAsync(delivery, cancellationToken);
            await deliveries.CompleteAsync(delivery.Id, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            var tries = await deliveries.CountTriesAsync(delivery.Id, cancellationToken);
            // Whoever changed the run meanwhile decided on other facts: these are looked at again.
            TimeSpan? delay = tries < MaximumTries && (e is ForgeException or StaleRunException || TransientFailure.Is(e)) ? TransientFailure.WaitAfter(tries) : null;
            LogFailed(logger, e, delivery.Id, delivery.EventName, tries, delay);
            await deliveries.AbandonAsync(delivery.Id, e.Message, delay, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} ({EventName}) failed at try {Tries}; next try after {Delay}")]
    static partial void LogFailed(ILogger logger, Exception exception, string delivery, string eventName, int tries, TimeSpan? delay);
}
