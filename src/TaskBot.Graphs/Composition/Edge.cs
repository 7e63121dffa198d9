using System.Runtime.InteropServices;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Composition;

/// <summary>What an edge is for.</summary>
enum EdgeKind
{
    Need,
    Input,

    /// <summary>From what may fail to its handler.</summary>
    OnFailure,

    /// <summary>From a branch to what runs last inside.</summary>
    Finally,

    /// <summary>From a branch to the node inside that gives its output.</summary>
    Output,
}

/// <summary>One authored edge.</summary>
/// <param name="From">The node that it is written in.</param>
/// <param name="Name">The input or output of that node; null for a relationship.</param>
/// <param name="To">The node that it names.</param>
/// <param name="Output">The output that it names; null for a relationship.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Edge(EdgeKind Kind, NodePath From, string? Name, NodePath To, string? Output)
{
    /// <summary>The property that it is written as.</summary>
    public string Property => Kind switch
    {
        EdgeKind.Need => "needs",
        EdgeKind.Input => InputProperty.Name(Name!),
        EdgeKind.OnFailure => "onFailure",
        EdgeKind.Finally => "finally",
        _ => OutputProperty.Name(Name!),
    };

    /// <summary>Adds every edge of a node, in no order that means anything but for those of one property.</summary>
    public static void Add(TaskNode node, List<Edge> edges)
    {
        foreach (var need in node.Needs) edges.Add(new(EdgeKind.Need, node.Path, Name: null, need, Output: null));
        if (!node.Inputs.IsEmpty)
        {
            foreach (var (name, sources) in node.Inputs)
                foreach (var source in sources) edges.Add(new(EdgeKind.Input, node.Path, name, source.Node, source.Name));
        }

        foreach (var handler in node.OnFailure) edges.Add(new(EdgeKind.OnFailure, node.Path, Name: null, handler, Output: null));
        foreach (var last in node.Finally) edges.Add(new(EdgeKind.Finally, node.Path, Name: null, last, Output: null));
        if (node.Outputs.IsEmpty) return;
        foreach (var (name, source) in node.Outputs) edges.Add(new(EdgeKind.Output, node.Path, name, source.Node, source.Name));
    }

    /// <summary>For sentences that start with "Here".</summary>
    public string Says => Kind switch
    {
        EdgeKind.Need => $"{From} needs {To}",
        EdgeKind.Input => $"the input '{Name}' of {From} comes from {To}",
        EdgeKind.OnFailure => $"a failure of {From} is handled by {To}",
        EdgeKind.Finally => $"{From} ends with {To}",
        _ => $"the output '{Name}' of {From} comes from {To}",
    };
}
