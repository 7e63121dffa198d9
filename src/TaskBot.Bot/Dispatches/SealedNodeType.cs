using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Dispatches;

/// <summary>
/// Stands for a node type whose nodes a job ran: each ends as it was sealed. Nothing of it runs here, so that a node of which nothing was sealed fails and
/// says why. That a person approved something is never taken from a job.
/// </summary>
sealed class SealedNodeType(INodeType inner, IReadOnlyDictionary<string, SealedNode> sealedNodes) : INodeType
{
    public NodeTypeSchema Schema => inner.Schema;

    /// <summary>The type as it is where nothing has to be taken from the job: what acts on the world, or only says what it is given.</summary>
    public static INodeType Of(INodeType type, IReadOnlyDictionary<string, SealedNode> sealedNodes) =>
        type.Schema.IsEffect || type is HumanApproveNode or NoopNode ? type : new SealedNodeType(type, sealedNodes);

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) => ValueTask.FromResult(
        sealedNodes.GetValueOrDefault(run.Node.Path.ToString()) is { } node
            ? Open(node)
            : NodeResult.Failure("The job did not run it, and this server runs nothing itself. Steps that come after publishing run only where the server works by itself ('Dispatch:Executor: Here')."));

    static NodeResult Open(SealedNode node)
    {
        var values = node.Values.ToImmutableSortedDictionary(value => value.Key, value => TaskValue.From(value.Value), StringComparer.Ordinal);
        return node.State switch
        {
            NodeState.Succeeded => new NodeResult.Succeeded(values) { Layer = node.Layer, FromOutside = node.IsFromOutside },
            NodeState.Skipped => new NodeResult.Skipped(node.Why),
            NodeState.Denied => new NodeResult.Denied(node.Why),
            NodeState.OverBudget => new NodeResult.OverBudget(node.Why),
            NodeState.WaitingForHuman => new NodeResult.WaitingForHuman(node.Why),
            // It was tried there as often as it may be.
            _ => new NodeResult.Failed(node.Why, values) { IsTimeout = node.IsTimeout },
        };
    }
}
