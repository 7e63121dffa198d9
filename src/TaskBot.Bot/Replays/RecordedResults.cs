using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Bot.Replays;

/// <summary>
/// The results of a replay: what it made itself, and from the recorded run only what a replay does not make again. Nothing is
/// written to where that run's results are kept.
/// </summary>
/// <param name="recorded">The results of all runs.</param>
/// <param name="taken">The keys whose results are taken as they are.</param>
sealed class RecordedResults(IResultCache recorded, ImmutableHashSet<NodeKey> taken) : IResultCache
{
    readonly InMemoryResultCache made = new();

    public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) =>
        await made.FindAsync(key, cancellationToken) ?? (taken.Contains(key) ? await recorded.FindAsync(key, cancellationToken) : null);

    public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken) => made.StoreAsync(result, cancellationToken);
}
