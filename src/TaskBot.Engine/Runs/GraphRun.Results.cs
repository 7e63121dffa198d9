using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Runs;

/// <summary>Which stored result a node may use instead of working: a pinned one, one that is fresh enough, one that read what still holds.</summary>
sealed partial class GraphRun
{
    /// <summary>Keys under which nodes worked and ended well since this attempt last began; kept where some node is never cached.</summary>
    readonly HashSet<NodeKey> finished = [];
    bool hasFresh;
    bool hasPins;

    /// <summary>What a look at the cache came to.</summary>
    /// <param name="Result">What takes the place of work; null where there is nothing that may.</param>
    /// <param name="Why">What is said of the node: where its result is from, or why it has to work although there was one; null for the usual.</param>
    /// <param name="Failure">What is wrong, where the node can neither use a result nor work.</param>
    readonly record struct Choice(NodeOutputs? Result, string? Why = null, NodeResult.Failed? Failure = null)
    {
        /// <summary>The result is that of another key, which is what is remembered of the node.</summary>
        public bool IsPinned { get; init; }
    }

    /// <param name="found">The result under the node's own key.</param>
    async ValueTask<Choice> ChooseAsync(NodeRow row, NodeKey key, NodeOutputs? found, CancellationToken cancellationToken)
    {
        var node = row.Node;
        if (PinOf(node) is { } pin)
        {
            if (pin is TaskValue.Text { Value: var wanted }) return await ChoosePinnedAsync(row, new(wanted), cancellationToken);
            history ??= await RunHistory.ReadAsync(journal, request.RunId, cancellationToken);
            if (history.LastSuccess(node.Path) is { Key: { } last } && last != key && (await FindWholeAsync(last, cancellationToken)) is { } kept)
                return new(kept, $"Pinned: it keeps the result of {last}, whatever its inputs are now.") { IsPinned = true };
        }

        if (found is null) return new(Result: null);
        if (node.IsTrue(ControlWords.Fresh) && !await HasFinishedAsync(key, cancellationToken)) return new(Result: null, "It is fresh in each run.");
        if (node.Attributes.TryGetValue(ControlWords.TimeToLive, out var written) && Durations.TryRead(written, out var timeToLive)
            && time.GetUtcNow() - found.StoredAt > timeToLive)
        {
            return new(Result: null, $"Its result is older than {written}.");
        }

        return found.Reads.IsEmpty ? new(found) : await ChooseByReadsAsync(row, found, cancellationToken);
    }

    static TaskValue? PinOf(TaskNode node) => node.Attributes.GetValueOrDefault(ControlWords.Pin) is { } pin and not TaskValue.Truth { Value: false } ? pin : null;

    /// <summary>The keys of the results that nodes are pinned to, with those of what they read.</summary>
    public async ValueTask<IReadOnlySet<NodeKey>> FindPinnedAsync()
    {
        var pinned = new HashSet<NodeKey>();
        if (!hasPins) return pinned;
        history ??= await RunHistory.ReadAsync(journal, request.RunId, CancellationToken.None);
        foreach (var row in rows)
        {
            if (PinOf(row.Node) is not { } pin) continue;
            var key = pin is TaskValue.Text { Value: var wanted } ? new NodeKey(wanted)
                : row.Ending is { State: NodeState.Succeeded, Key: { } own } ? own
                : history.LastSuccess(row.Node.Path)?.Key;
            if (key is not { } known) continue;
            pinned.Add(known);
            if (await FindWholeAsync(known, CancellationToken.None) is { } whole) pinned.Add(whole.Key);
        }

        return pinned;
    }

    async ValueTask<Choice> ChoosePinnedAsync(NodeRow row, NodeKey wanted, CancellationToken cancellationToken)
    {
        if (await FindWholeAsync(wanted, cancellationToken) is not { } pinned)
            return Wrong($"It is pinned to the result {wanted}, which is not in the cache. Write another key, or remove 'pin'.");
        var type = $"type {row.Node.Type} ";
        return pinned.KeyText.StartsWith(type, StringComparison.Ordinal) ? new(pinned, $"Pinned to the result {wanted}.") { IsPinned = true }
            : Wrong($"It is pinned to the result {wanted}, which is that of another type of node. Write another key, or remove 'pin'.");

        static Choice Wrong(string message) => new(Result: null, message, NodeResult.Failure(message));
    }

    /// <summary>The second step for a node that said what it read: a result counts for what those things were, so they are looked at as they are now.</summary>
    async ValueTask<Choice> ChooseByReadsAsync(NodeRow row, NodeOutputs found, CancellationToken cancellationToken)
    {
        var now = await executor.DescribeReadsAsync(row.Type!, row.Node, [.. found.Reads.Keys], cancellationToken);
        var changed = found.Reads.Where(read => now.GetValueOrDefault(read.Key) != read.Value).Select(read => read.Key).ToList();
        var key = KeyWriter.WithReads(found.KeyText, found.Reads.Keys.Select(name => KeyValuePair.Create(name, now.GetValueOrDefault(name, ""))), out _);
        if ((await recorder.FindAsync([key], cancellationToken))[0] is { } whole) return new(whole);
        return new(Result: null, changed.Count == 0 ? "Its result is not in the cache any more." : $"What it read changed: {string.Join(", ", changed)}.");
    }

    /// <summary>The result under a key, with what it read as it was then.</summary>
    async ValueTask<NodeOutputs?> FindWholeAsync(NodeKey key, CancellationToken cancellationToken)
    {
        if ((await recorder.FindAsync([key], cancellationToken))[0] is not { } found) return null;
        return found.Reads.IsEmpty ? found : (await recorder.FindAsync([KeyWriter.WithReads(found.KeyText, found.Reads, out _)], cancellationToken))[0];
    }

    /// <summary>True where a node that is never cached has done this very work in this attempt, before a crash or at another place.</summary>
    async ValueTask<bool> HasFinishedAsync(NodeKey key, CancellationToken cancellationToken)
    {
        if (finished.Contains(key)) return true;
        history ??= await RunHistory.ReadAsync(journal, request.RunId, cancellationToken);
        return history.HasFinished(request.Attempt, key);
    }

    /// <summary>Keeps what a node gave, under its key; or, where it said what it read, under both together, and what to look at under the key alone.</summary>
    void Keep(NodeRow row, NodeRun? run, NodeEnding ending, string? layer, Trust layerTrust)
    {
        var (key, text, at) = (row.Key!.Value, row.KeyText!, time.GetUtcNow());
        if (hasFresh) finished.Add(key);
        if (run?.Reads is { IsEmpty: false } reads)
        {
            recorder.Add(new NodeOutputs(key, text, NodeEnding.NoOutputs, Layer: null, at) { LayerTrust = layerTrust, Reads = reads });
            key = KeyWriter.WithReads(text, reads, out text);
        }

        recorder.Add(new NodeOutputs(key, text, ending.Outputs, layer, at) { LayerTrust = layerTrust });
    }
}
