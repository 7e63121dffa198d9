using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>A node type that asks a model: what it gives depends on the model and the prompt, besides its attributes and inputs.</summary>
public abstract class ModelNode(RunScope scope) : INodeType
{
    private protected RunScope Scope { get; } = scope;

    private protected NodeModel Model { get; } = new(scope);

    public abstract NodeTypeSchema Schema { get; }

    public virtual ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Model.Describe(node));

    public abstract ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken);
}
