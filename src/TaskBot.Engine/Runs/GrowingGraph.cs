using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>The graph of an attempt, composed with the layers that its nodes have written so far, within the limits of the options.</summary>
sealed class GrowingGraph(RunRequest request, IReadOnlyDictionary<string, INodeType> types, ResourcePool pool, RunnerOptions options)
{
    ImmutableSortedDictionary<NodePath, WrittenLayer> layers = ImmutableSortedDictionary<NodePath, WrittenLayer>.Empty;
    int expansions;

    public TaskGraph Current { get; private set; } = request.Graph;

    /// <summary>What the last composition had to say without being stopped by it.</summary>
    public ImmutableArray<Problem> Warnings { get; private set; } = [];

    /// <summary>What nodes wrote, from weak to strong.</summary>
    public ImmutableArray<string> Layers => [.. InOrder(layers)];

    /// <summary>
    /// Composes with the layer that a node wrote, or without the one that it wrote before and does not write now. Where that fails, all
    /// is as it was and <paramref name="why"/> says everything that is wrong.
    /// <paramref name="next"/> is the plan of the new graph; null where the layer is the one that was there.
    /// </summary>
    public bool TryGrow(NodeRow writer, string? layer, Trust trust, out GraphPlan? next, out string why)
    {
        (next, why) = (null, "");
        var path = writer.Node.Path;
        var before = layers.GetValueOrDefault(path);
        if (before?.Text == layer) return true;
        if (request.Compose is null)
            why = "It wrote a layer, and the nodes of this run may write none.";
        else if (expansions >= options.MaxExpansions)
            why = $"It wrote a layer, and the nodes of this attempt have written {expansions} already, which is the limit.";
        else if (writer.Generation >= options.MaxExpansionDepth)
            why = $"It wrote a layer, and was itself added through {writer.Generation} such layers, which is the limit.";
        if (why.Length > 0) return false;

        var stack = layer is null ? layers.Remove(path) : layers.SetItem(path, new(layer, writer.Depth, trust));

        // Where a layer goes away, what shows may be the opinion of any other.
        if (before is not null && stack.Values.Any(other => other.Trust == Trust.Untrusted)) trust = Trust.Untrusted;
        var (composed, problems) = request.Compose!([.. InOrder(stack)]);
        if (composed is null || problems.Any(problem => problem.Severity == ProblemSeverity.Error))
        {
            why = Complain(problems.Where(problem => problem.Severity == ProblemSeverity.Error));
            return false;
        }

        if (composed.Nodes.Count - request.Graph.Nodes.Count > options.MaxAddedNodes)
        {
            why = $"Its layer makes a graph of {composed.Nodes.Count} nodes; at most {options.MaxAddedNodes} may be added to the {request.Graph.Nodes.Count} of the start.";
            return false;
        }

        var marked = LayerTrust.Mark(Current, composed, trust, types);
        var plan = GraphPlan.Build(marked, types);
        var mistakes = plan.Problems.AddRange(SchedulingProblems.Find(marked, types, pool));
        if (mistakes.Length > 0)
        {
            why = Complain(mistakes);
            return false;
        }

        (layers, Current, Warnings) = (stack, marked, problems);
        expansions++;
        next = plan;
        return true;
    }

    static string Complain(IEnumerable<Problem> problems) => $"The layer that it wrote does not compose.\n{string.Join('\n', problems)}";

    static IEnumerable<string> InOrder(ImmutableSortedDictionary<NodePath, WrittenLayer> stack) =>
        stack.OrderBy(layer => layer.Value.Depth).ThenBy(layer => layer.Key).Select(layer => layer.Value.Text);
}
