using System.Collections.Immutable;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Linting;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>What composing one task gave: the graph, or every problem at once.</summary>
#pragma warning disable MA0049 // The field's word for both the act and its result.
public sealed class Composition
#pragma warning restore MA0049
{
    readonly GraphBuilder builder;
    readonly ImmutableArray<Problem> ownProblems;
    readonly ImmutableArray<TaskLayer> handedIn;
    readonly Func<ImmutableArray<TaskLayer>, Stage> newStage;

    /// <param name="handedIn">The root layer, then the session's, strongest first.</param>
    /// <param name="newStage">Makes a stage of such layers.</param>
    internal Composition(NodeTypeCatalog types, NodePath? task, ImmutableArray<TaskLayer> handedIn, Func<ImmutableArray<TaskLayer>, Stage> newStage, ImmutableArray<Problem> problems)
        : this(newStage(handedIn), builder: null, types, task, handedIn, newStage, problems)
    {
    }

    Composition(
        Stage stage, GraphBuilder? builder, NodeTypeCatalog types, NodePath? task, ImmutableArray<TaskLayer> handedIn,
        Func<ImmutableArray<TaskLayer>, Stage> newStage, ImmutableArray<Problem> ownProblems)
    {
        Stage = stage;
        Types = types;
        Task = task;
        this.handedIn = handedIn;
        this.newStage = newStage;
        this.ownProblems = ownProblems;
        TaskGraph? graph;
        if (builder is null)
        {
            this.builder = new(stage, types);
            graph = task is { } path ? this.builder.Build(path) : null;
        }
        else
        {
            this.builder = builder;
            graph = builder.Graph;
        }

        var problems = ownProblems.Concat(handedIn.SelectMany(DeadOpinions.Find)).Concat(stage.LayerProblems).Concat(this.builder.Problems);
        Problems = [.. problems.Distinct()
            .OrderBy(problem => problem.Location.Layer, StringComparer.Ordinal).ThenBy(problem => problem.Location.Line).ThenBy(problem => problem.Location.Column)
            .ThenBy(problem => problem.Message, StringComparer.Ordinal)];
        Unchecked = graph;
        Graph = Problems.Any(problem => problem.Severity == ProblemSeverity.Error) ? null : graph;
    }

    /// <summary>
    /// The same composition with one layer in an edited state, found by its identifier: only what the edit can reach is composed again. The stage
    /// goes over to the result, so that this composition keeps its graph and problems but must not be explained any more.
    /// </summary>
    public Composition With(TaskLayer edited)
    {
        var layers = handedIn.Select(layer => layer.Identifier == edited.Identifier ? edited : layer).ToImmutableArray();
        if (!Stage.Take(edited, out var values)) return new(newStage(layers), builder: null, Types, Task, layers, newStage, ownProblems);
        if (values is null || !builder.Update(values)) return new(Stage, builder: null, Types, Task, layers, newStage, ownProblems);
        return new(Stage, builder, Types, Task, layers, newStage, ownProblems);
    }

    /// <summary>The graph; null where there is an error.</summary>
    public TaskGraph? Graph { get; }

    /// <summary>What came of it with all its mistakes, for whoever looks for more of them; never to be run. Null where there is nothing.</summary>
    public TaskGraph? Unchecked { get; }

    /// <summary>Every mistake, by layer and line.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>The task that was composed; null where none was named and the layer has no default.</summary>
    public NodePath? Task { get; }

    /// <summary>The composed namespace, for whoever wants to look below the graph.</summary>
    public Stage Stage { get; }

    internal NodeTypeCatalog Types { get; }

    /// <summary>Where a node, or one attribute of it, comes from: every opinion, strongest first, and why the winner won.</summary>
    /// <param name="path">A node of the composed namespace, active or not.</param>
    /// <param name="attribute">An attribute, <c>type</c>, <c>active</c>, <c>needs</c>, <c>onFailure</c>, <c>finally</c>, <c>until</c>, <c>inputs.name</c> or <c>outputs.name</c>; null for the node's own stack of layers.</param>
    public Explanation Explain(NodePath path, string? attribute = null) => Explanation.Of(this, path, attribute);
}
