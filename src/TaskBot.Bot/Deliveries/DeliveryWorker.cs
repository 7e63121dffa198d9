using System.Collections.Immutable;
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

    /// <summary>How many are taken at a time: enough that taking and settling them costs little beside handling, few enough for one lease.</summary>
    const int Batch = 32;

    static readonly Func<ILogger, string, IDisposable?> DeliveryScope = LoggerMessage.DefineScope<string>("delivery {Delivery}");

    static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>The settling of what was handled last. Awaited after the next claim, so that both share a transaction.</summary>
    Task settling = Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var mayBeMore = deliveries.WaitAsync(stoppingToken);
                var claimed = await deliveries.ClaimAsync(Batch, Lease, stoppingToken);
                await settling;
                if (claimed.IsEmpty) await mayBeMore;
                else await HandleAsync(claimed, stoppingToken);
            }
        }
        finally
        {
            await settling;
        }
    }

    async Task HandleAsync(ImmutableArray<Delivery> claimed, CancellationToken cancellationToken)
    {
        var handled = new List<string>(claimed.Length);
        try
        {
            foreach (var delivery in claimed)
                if (await IsHandledAsync(delivery, cancellationToken)) handled.Add(delivery.Id);
        }
        finally
        {
            // Also when this process stops, or one cannot be put off: what was handled is not handled again.
            if (handled.Count > 0) settling = deliveries.CompleteAsync(handled, CancellationToken.None).AsTask();
        }
    }

    /// <summary>False where it failed, and was put off or given up.</summary>
    async Task<bool> IsHandledAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        using var scope = DeliveryScope(logger, delivery.Id);
        try
        {
            await dispatcher.HandleAsync(delivery, cancellationToken);
            RunMetrics.DeliveryEnded(delivery.EventName, "handled");
            return true;
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
            RunMetrics.DeliveryEnded(delivery.EventName, delay is null ? "given_up" : "retried");
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} ({EventName}) failed at try {Tries}; next try after {Delay}")]
    static partial void LogFailed(ILogger logger, Exception exception, string delivery, string eventName, int tries, TimeSpan? delay);
}
