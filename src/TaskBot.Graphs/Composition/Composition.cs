using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>What composing one task gave: the graph, or every problem at once.</summary>
#pragma warning disable MA0049 // The field's word for both the act and its result.
public sealed class Composition
#pragma warning restore MA0049
{
    internal Composition(Stage stage, NodeTypeCatalog types, NodePath? task, ImmutableArray<Problem> problems)
    {
        Stage = stage;
        Types = types;
        Task = task;
        var builder = new GraphBuilder(stage, types);
        var graph = task is { } path ? builder.Build(path) : null;
        Problems = [.. problems.Concat(stage.LayerProblems).Concat(builder.Problems).Distinct()
            .OrderBy(problem => problem.Location.Layer, StringComparer.Ordinal).ThenBy(problem => problem.Location.Line).ThenBy(problem => problem.Location.Column)];
        Graph = Problems.Any(problem => problem.Severity == ProblemSeverity.Error) ? null : graph;
    }

    /// <summary>The graph; null where there is an error.</summary>
    public TaskGraph? Graph { get; }

    /// <summary>Every mistake, by layer and line.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>The task that was composed; null where none was named and the layer has no default.</summary>
    public NodePath? Task { get; }

    /// <summary>The composed namespace, for whoever wants to look below the graph.</summary>
    public Stage Stage { get; }

    internal NodeTypeCatalog Types { get; }

    /// <summary>Where a node, or one attribute of it, comes from: every opinion, strongest first, and why the winner won.</summary>
    /// <param name="path">A node of the composed namespace, active or not.</param>
    /// <param name="attribute">An attribute, <c>type</c>, <c>active</c>, <c>needs</c> or <c>inputs.name</c>; null for the node's own stack of layers.</param>
    public Explanation Explain(NodePath path, string? attribute = null) => Explanation.Of(this, path, attribute);
}
