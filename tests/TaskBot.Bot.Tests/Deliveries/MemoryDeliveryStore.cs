using TaskBot.Bot.Deliveries;

namespace TaskBot.Bot.Tests.Deliveries;

/// <summary>Deliveries in memory; one put off is due at once, its delay noted.</summary>
sealed class MemoryDeliveryStore : IDeliveryStore
{
    readonly LinkedList<Delivery> due = new();
    readonly Dictionary<string, int> claims = [];
    readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IList<string> Completed { get; } = new List<string>();

    public IList<(string Id, string Error, TimeSpan? Delay)> Abandoned { get; } = new List<(string, string, TimeSpan?)>();

    /// <summary>Completes when somebody asked for a delivery and there was none.</summary>
    public Task Drained => drained.Task;

    public ValueTask<DeliveryAdmission> AddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        due.AddLast(delivery);
        return new(DeliveryAdmission.Accepted);
    }

    public ValueTask<Delivery?> ClaimAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        if (due.First is not { Value: var first })
        {
            drained.TrySetResult();
            return new((Delivery?)null);
        }

        due.RemoveFirst();
        claims[first.Id] = claims.GetValueOrDefault(first.Id) + 1;
        held = first;
        return new(first);
    }

    Delivery? held;

    public ValueTask CompleteAsync(string deliveryId, CancellationToken cancellationToken)
    {
        Completed.Add(deliveryId);
        return ValueTask.CompletedTask;
    }

    public ValueTask AbandonAsync(string deliveryId, string error, TimeSpan? delay, CancellationToken cancellationToken)
    {
        Abandoned.Add((deliveryId, error, delay));
        if (delay is not null) due.AddLast(held!);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountTriesAsync(string deliveryId, CancellationToken cancellationToken) => new(claims[deliveryId]);

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
}
