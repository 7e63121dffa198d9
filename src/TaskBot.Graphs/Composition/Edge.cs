using System.Runtime.InteropServices;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

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
/// <param name="Layer">The layer that it is written in.</param>
/// <param name="At">Where it is written.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Edge(EdgeKind Kind, NodePath From, string? Name, NodePath To, string? Output, TaskLayer Layer, TextPosition At)
{
    public SourceLocation Location => Layer.Locate(At);

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
