using System.Collections.Immutable;

namespace TaskBot.Bot.Deliveries;

/// <summary>One webhook message whose signature was checked.</summary>
/// <param name="Id"><c>X-GitHub-Delivery</c>: the same for a redelivery.</param>
/// <param name="EventName"><c>X-GitHub-Event</c>, such as <c>issues</c>.</param>
/// <param name="Body">The exact bytes of the JSON body.</param>
/// <param name="ReceivedAt">When, UTC.</param>
public sealed record Delivery(string Id, string EventName, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt);

/// <summary>What became of a delivery at the door.</summary>
public enum DeliveryAdmission
{
    /// <summary>It is durable now.</summary>
    Accepted,

    /// <summary>It was accepted before, at most 14 days ago.</summary>
    Duplicate,

    /// <summary>Too many wait already; the sender may try again.</summary>
    QueueFull,
}

/// <summary>The durable queue of deliveries: first in, first out, each handled at least once.</summary>
public interface IDeliveryStore
{
    /// <summary>Committed when it returns; many callers at once share a transaction.</summary>
    ValueTask<DeliveryAdmission> AddAsync(Delivery delivery, CancellationToken cancellationToken);

    /// <summary>Notes that a delivery came which nobody acts on, so that it is known when it comes again. Committed when it returns.</summary>
    ValueTask<DeliveryAdmission> RememberAsync(Delivery delivery, CancellationToken cancellationToken);

    /// <summary>
    /// The oldest deliveries that are due and that nobody holds, oldest first, held by the caller from now on; empty when there are none.
    /// A delivery held by a process that died is due again when its lease is over, or when the store is opened by the only process.
    /// </summary>
    /// <param name="limit">How many at most, at least 1.</param>
    ValueTask<ImmutableArray<Delivery>> ClaimAsync(int limit, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>They were handled, each or together.</summary>
    ValueTask CompleteAsync(IReadOnlyCollection<string> deliveryIds, CancellationToken cancellationToken);

    /// <summary>Handling it failed: due again after <paramref name="delay"/>, or given up for good (kept, with its error) when null.</summary>
    ValueTask AbandonAsync(string deliveryId, string error, TimeSpan? delay, CancellationToken cancellationToken);

    /// <summary>How often this delivery was claimed.</summary>
    ValueTask<int> CountTriesAsync(string deliveryId, CancellationToken cancellationToken);

    /// <summary>How many are stored and not handled yet, those that are held included.</summary>
    ValueTask<int> CountWaitingAsync(CancellationToken cancellationToken);

    /// <summary>Completes when something may be due that was not before; spurious wake-ups are allowed.</summary>
    Task WaitAsync(CancellationToken cancellationToken);
}
