using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Writing;

/// <summary>How a composed graph is written.</summary>
public enum GraphFormat
{
    /// <summary>A layer without arcs that composes to the same graph.</summary>
    Yaml,
    Json,

    /// <summary>A flowchart that GitHub draws.</summary>
    Mermaid,
    Dot,
}

/// <summary>Writes composed graphs.</summary>
public static class GraphWriter
{
    /// <summary>Nodes that a drawing shows before sub-tasks are collapsed into one node each.</summary>
    public const int MaxDrawnNodes = 40;

    /// <param name="graph">The graph.</param>
    /// <param name="format">The format.</param>
    /// <param name="types">Where given, attributes that have their type's default are left out of YAML.</param>
    public static string Write(TaskGraph graph, GraphFormat format, NodeTypeCatalog? types = null) => format switch
    {
        GraphFormat.Yaml => YamlGraph.Write(graph, types),
        GraphFormat.Json => JsonGraph.Write(graph),
        GraphFormat.Mermaid => new MermaidGraph(GraphDrawing.Of(graph, MaxDrawnNodes)).ToString(),
        _ => new DotGraph(GraphDrawing.Of(graph, int.MaxValue)).ToString(),
    };

    internal static bool IsDefault(NodeTypeCatalog? types, TaskNode node, string attribute, TaskValue value) =>
        types?.Find(node.Type) is { } type && Composition.GraphBuilder.FindAttribute(type, attribute)?.Default is { } fallback && fallback.Equals(value);
}
