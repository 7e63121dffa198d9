using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Replays;

/// <summary>
/// Stands for a node type that a replay must not run as it is. A command that failed fails again as it did. What acts on the outside world never acts
/// again: what it would do is compared with what it did, by natural key and digest, and where that is the same it gives what it gave. What else
/// succeeded is found by its key and never comes here. What was remembered then stands for what is remembered now, which was rated anew since.
/// </summary>
/// <param name="inner">The type.</param>
/// <param name="attempt">The attempt that is played.</param>
/// <param name="then">How each node ended, by attempt and path.</param>
/// <param name="recorded">The results of all runs.</param>
/// <param name="mayRun">Whether a command runs where there is nothing recorded for it.</param>
sealed class RecordedNode(INodeType inner, int attempt, IReadOnlyDictionary<(int Attempt, NodePath Node), JournalRecord> then, IResultCache recorded, bool mayRun) : INodeType
{
    public NodeTypeSchema Schema => inner.Schema;

    public async ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken)
    {
        var now = await inner.DescribeEnvironmentAsync(node, cancellationToken);
        return inner is ContextMemoryNode && then.GetValueOrDefault((attempt, node.Path))?.Key is { } key && await recorded.FindAsync(key, cancellationToken) is { } before
            ? now.ToImmutableSortedDictionary(fact => fact.Key, fact => RunReplay.FactIn(before.KeyText, $"environment {fact.Key}") ?? fact.Value, StringComparer.Ordinal)
            : now;
    }

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var before = then.GetValueOrDefault((run.Attempt, run.Node.Path));
        if (inner is IEffectNode effect) return await CompareAsync(effect, before, run, cancellationToken);
        return !mayRun && before is { State: NodeState.Failed } failed
            ? NodeResult.Failure(failed.Message ?? "It failed.")
            : await inner.RunAsync(run, cancellationToken);
    }

    async Task<NodeResult> CompareAsync(IEffectNode effect, JournalRecord? before, NodeRun run, CancellationToken cancellationToken)
    {
        var why = before?.Message ?? "";
        switch (before?.State)
        {
            case NodeState.Succeeded: break;
            case NodeState.Failed: return NodeResult.Failure(why);
            case NodeState.WaitingForHuman: return new NodeResult.WaitingForHuman(why);
            default: return new NodeResult.Skipped("A replay publishes nothing.");
        }

        if (before.Key is not { } key || await recorded.FindAsync(key, cancellationToken) is not { } result) return NodeResult.Failure("What it did is not kept any more, so that it cannot be compared.");
        var (now, did) = (await effect.DescribeEffectAsync(run, cancellationToken), result.Outputs.GetValueOrDefault(Effect.PortName)?.Content.ToString());
        return did is null || did == now.ToString()
            ? new NodeResult.Succeeded(result.Outputs.ToImmutableSortedDictionary(output => output.Key, output => output.Value.Content, StringComparer.Ordinal))
            : NodeResult.Failure($"It did '{did}' then and would do '{now}' now.");
    }
}
