using System.Collections.Immutable;
using TaskBot.Bot.Deliveries;

namespace TaskBot.Bot.Tests.Deliveries;

/// <summary>Deliveries in memory; one put off is due at once, its delay noted.</summary>
sealed class MemoryDeliveryStore : IDeliveryStore
{
    readonly LinkedList<Delivery> due = new();
    readonly Dictionary<string, int> claims = [];
    readonly Dictionary<string, Delivery> held = [];
    readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Completed { get; } = [];

    public IList<(string Id, string Error, TimeSpan? Delay)> Abandoned { get; } = new List<(string, string, TimeSpan?)>();

    /// <summary>Completes when somebody asked for a delivery and there was none.</summary>
    public Task Drained => drained.Task;

    public ValueTask<DeliveryAdmission> AddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        due.AddLast(delivery);
        return new(DeliveryAdmission.Accepted);
    }

    public ValueTask<DeliveryAdmission> RememberAsync(Delivery delivery, CancellationToken cancellationToken) => new(DeliveryAdmission.Accepted);

    public ValueTask<ImmutableArray<Delivery>> ClaimAsync(int limit, TimeSpan lease, CancellationToken cancellationToken)
    {
        ImmutableArray<Delivery> claimed = [.. due.Take(limit)];
        if (claimed.IsEmpty) drained.TrySetResult();
        foreach (var delivery in claimed)
        {
            due.RemoveFirst();
            claims[delivery.Id] = claims.GetValueOrDefault(delivery.Id) + 1;
            held[delivery.Id] = delivery;
        }

        return new(claimed);
    }

    public ValueTask CompleteAsync(IReadOnlyCollection<string> deliveryIds, CancellationToken cancellationToken)
    {
        Completed.AddRange(deliveryIds);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountWaitingAsync(CancellationToken cancellationToken) => new(due.Count);

    public ValueTask AbandonAsync(string deliveryId, string error, TimeSpan? delay, CancellationToken cancellationToken)
    {
        Abandoned.Add((deliveryId, error, delay));
        if (delay is not null) due.AddLast(held[deliveryId]);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> CountTriesAsync(string deliveryId, CancellationToken cancellationToken) => new(claims[deliveryId]);

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
}
