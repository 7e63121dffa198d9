using System.Collections.Concurrent;
using TaskBot.Engine.Keys;

namespace TaskBot.Engine.Results;

/// <summary>Results kept for as long as the process lives: for runs that store nothing.</summary>
public sealed class InMemoryResultCache : IResultCache
{
    readonly ConcurrentDictionary<NodeKey, NodeOutputs> results = new();

    public ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(results.GetValueOrDefault(key));

    public ValueTask<NodeOutputs?[]> FindAsync(IReadOnlyList<NodeKey> keys, CancellationToken cancellationToken) =>
        ValueTask.FromResult<NodeOutputs?[]>([.. keys.Select(results.GetValueOrDefault)]);

    public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
    {
        results[result.Key] = result;
        return ValueTask.CompletedTask;
    }

    public ValueTask StoreAsync(IReadOnlyList<NodeOutputs> results, CancellationToken cancellationToken)
    {
        foreach (var result in results) this.results[result.Key] = result;
        return ValueTask.CompletedTask;
    }
}
