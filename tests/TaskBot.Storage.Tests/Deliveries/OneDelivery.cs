using TaskBot.Bot.Deliveries;

namespace TaskBot.Storage.Tests.Deliveries;

/// <summary>One delivery at a time, where a test is about a single one.</summary>
static class OneDelivery
{
    /// <summary>The oldest that is due; null when there is none.</summary>
    public static async Task<Delivery?> ClaimAsync(this IDeliveryStore store, TimeSpan lease, CancellationToken cancellationToken) =>
        (await store.ClaimAsync(1, lease, cancellationToken)).SingleOrDefault();

    public static ValueTask CompleteAsync(this IDeliveryStore store, string id, CancellationToken cancellationToken) => store.CompleteAsync([id], cancellationToken);
}
