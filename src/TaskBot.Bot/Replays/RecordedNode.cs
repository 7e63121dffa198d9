using System.Collections.Immutable;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Replays;

/// <summary>
/// Stands for a node type that a replay must not run as it is: one that acts on the outside world never acts again, and a command that failed
/// fails again as it did. What succeeded is found by its key and never comes here.
/// </summary>
/// <param name="inner">The type.</param>
/// <param name="then">How each node ended, by attempt and path.</param>
/// <param name="mayRun">Whether a command runs where there is nothing recorded for it.</param>
sealed class RecordedNode(INodeType inner, IReadOnlyDictionary<(int Attempt, NodePath Node), JournalRecord> then, bool mayRun) : INodeType
{
    public NodeTypeSchema Schema => inner.Schema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        inner.DescribeEnvironmentAsync(node, cancellationToken);

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (Schema.IsEffect) return ValueTask.FromResult<NodeResult>(new NodeResult.Skipped("A replay publishes nothing."));
        return !mayRun && then.GetValueOrDefault((run.Attempt, run.Node.Path)) is { State: NodeState.Failed } failed
            ? ValueTask.FromResult<NodeResult>(NodeResult.Failure(failed.Message ?? "It failed."))
            : inner.RunAsync(run, cancellationToken);
    }
}
