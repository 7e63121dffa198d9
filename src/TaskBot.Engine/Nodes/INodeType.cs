using System.Collections.Immutable;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Nodes;

/// <summary>A node type: what it is, as data, and how one node of it is run.</summary>
public interface INodeType
{
    NodeTypeSchema Schema { get; }

    /// <summary>
    /// True where a node's result is a function of its own attributes and inputs alone and is there at once: it asks for no environment,
    /// looks at no other node, writes no layer, waits for nothing. Such nodes run without a slot, their records are made durable many at a
    /// time, and of a graph of nothing else only what changed is looked at.
    /// </summary>
    bool IsPure => false;

    /// <summary>
    /// What else the result depends on, by name, such as <c>model</c> or <c>dotnet</c>: part of the key. Must be cheap, and the same
    /// for the same world. The default is nothing.
    /// </summary>
    ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>
    /// Does the work. The user's and the world's failures are <see cref="NodeResult.Failed"/>; an exception is caught by the runner and
    /// is a failure too, transient for <see cref="IOException"/>, <see cref="HttpRequestException"/> and <see cref="TimeoutException"/>.
    /// </summary>
    ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken);
}

/// <summary>What a node is given when it runs.</summary>
public sealed class NodeRun
{
    public required RunId RunId { get; init; }

    /// <summary>1-based attempt within the run.</summary>
    public required int Attempt { get; init; }

    /// <summary>The graph as it was when the node became ready.</summary>
    public required TaskGraph Graph { get; init; }

    public required TaskNode Node { get; init; }

    /// <summary>Input values by name; an input connected to several outputs is a list of their values.</summary>
    public required ImmutableSortedDictionary<string, NodeValue> Inputs { get; init; }

    /// <summary>Hands a line of progress to whoever watches; never blocks.</summary>
    public required Action<string> Report { get; init; }
}
