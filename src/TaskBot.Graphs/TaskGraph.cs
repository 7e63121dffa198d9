using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs;

/// <summary>
/// What composing layers gives: nodes and edges, flat and immutable. Every edge leads to a node of the graph and there is no cycle
/// over <c>needs</c> and connections, else the composer reports a problem instead.
/// </summary>
/// <param name="Root">The task that was asked for; every node is at or below it.</param>
/// <param name="Nodes">All nodes by path, branches included.</param>
public sealed record TaskGraph(NodePath Root, ImmutableSortedDictionary<NodePath, TaskNode> Nodes)
{
    public TaskNode this[NodePath path] => Nodes[path];
}
