using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Engine.Results;

/// <summary>What a node gave, kept under its key. Only successes are ever kept.</summary>
/// <param name="Key">What it is a function of.</param>
/// <param name="KeyText">The text that the key is the digest of, one fact a line: what <c>why</c> compares.</param>
/// <param name="Outputs">Values by output name.</param>
/// <param name="Layer">The layer that the node wrote, if any.</param>
/// <param name="StoredAt">When, UTC.</param>
public sealed record NodeOutputs(
    NodeKey Key,
    string KeyText,
    ImmutableSortedDictionary<string, NodeValue> Outputs,
    string? Layer,
    DateTimeOffset StoredAt)
{
    readonly Trust? kept;

    /// <summary>
    /// What the node found out while it ran that it depends on: digests by name. Then this entry has no outputs; those are kept under the key
    /// of <see cref="KeyText"/> and these lines together.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Reads { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// The trust of <see cref="Layer"/>. Where nobody kept it, it is that of the outputs, which were made from the same, and untrusted
    /// where there are none: what is not known is not trusted.
    /// </summary>
    public Trust LayerTrust
    {
        get => kept ?? (Outputs.IsEmpty ? Trust.Untrusted : Outputs.Values.First().Trust);
        init => kept = value;
    }
}

/// <summary>Results by key, shared between runs. A corrupt entry is a miss. Safe for concurrent use.</summary>
public interface IResultCache
{
    ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken);

    /// <summary>Finds many, each at the place of its key; null where there is none. A store that can look them up together should.</summary>
    async ValueTask<NodeOutputs?[]> FindAsync(IReadOnlyList<NodeKey> keys, CancellationToken cancellationToken)
    {
        var found = new NodeOutputs?[keys.Count];
        for (var i = 0; i < found.Length; i++) found[i] = await FindAsync(keys[i], cancellationToken);
        return found;
    }

    /// <summary>Durable when it returns.</summary>
    ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken);

    /// <summary>Stores what ended together; durable when it returns. A store that can do so in one transaction should.</summary>
    async ValueTask StoreAsync(IReadOnlyList<NodeOutputs> results, CancellationToken cancellationToken)
    {
        foreach (var result in results) await StoreAsync(result, cancellationToken);
    }

    /// <summary>A run begins: until the hold is disposed of, what it finds and stores is not removed to make room.</summary>
    ValueTask<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IAsyncDisposable>(NoHold.Instance);

    /// <summary>
    /// Says which results the nodes of a run are pinned to, in place of what was said of that run before. What a pin refers to is not removed to make room.
    /// </summary>
    ValueTask PinAsync(RunId run, IReadOnlySet<NodeKey> results, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The hold of a store that removes nothing.</summary>
    sealed class NoHold : IAsyncDisposable
    {
        public static readonly NoHold Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
