namespace TaskBot.Engine.Nodes;

/// <summary>
/// A node type whose results are a function of a node's own attributes and inputs alone and are there at once: it asks for no environment,
/// looks at no other node, writes no layer, waits for nothing. Such nodes run where they stand, without a slot; their records are made durable
/// many at a time, and of a graph of nothing else only what changed is looked at.
/// </summary>
public interface IPureNodeType : INodeType
{
    bool INodeType.IsPure => true;

    /// <summary>Does the work; an exception is a failure.</summary>
    NodeResult Run(PureRun run);

    ValueTask<NodeResult> INodeType.RunAsync(NodeRun run, CancellationToken cancellationToken) => ValueTask.FromResult(Run(new PureRun.Of(run)));
}
