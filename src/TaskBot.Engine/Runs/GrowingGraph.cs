using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>The graph of an attempt, composed with the layers that its nodes have written so far, within the limits of the options.</summary>
sealed class GrowingGraph(RunRequest request, IReadOnlyDictionary<string, INodeType> types, ResourcePool pool, RunnerOptions options, TimeProvider time)
{
    readonly long started = time.GetTimestamp();
    ImmutableSortedDictionary<NodePath, WrittenLayer> layers = ImmutableSortedDictionary<NodePath, WrittenLayer>.Empty;
    int expansions;

    /// <summary>As composed, with patterns.</summary>
    TaskGraph composed = request.Graph;

    ImmutableDictionary<NodePath, Instances> instances = ImmutableDictionary<NodePath, Instances>.Empty;

    /// <summary>The graph that runs: of patterns, their instances.</summary>
    public TaskGraph Current { get; private set; } = Unrolling.Apply(request.Graph, ImmutableDictionary<NodePath, Instances>.Empty);

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
        else if (!composed.Nodes.ContainsKey(path))
            why = "It wrote a layer, and stands inside a branch with 'each' or 'until', of whose instances a layer knows nothing.";
        else if (IsTooLate(out var tooLate))
            why = $"It wrote a layer, {tooLate}";
        if (why.Length > 0) return false;

        var stack = layer is null ? layers.Remove(path) : layers.SetItem(path, new(layer, writer.Depth, trust));

        // Where a layer goes away, what shows may be the opinion of any other.
        if (before is not null && stack.Values.Any(other => other.Trust == Trust.Untrusted)) trust = Trust.Untrusted;
        var (after, problems) = request.Compose!([.. InOrder(stack)]);
        if (after is null || problems.Any(problem => problem.Severity == ProblemSeverity.Error))
        {
            why = Complain(problems.Where(problem => problem.Severity == ProblemSeverity.Error));
            return false;
        }

        var marked = LayerTrust.Mark(composed, after, trust, types);
        var unrolled = Unrolling.Apply(marked, instances);
        if (IsTooLarge("Its layer", unrolled, out why)) return false;
        var mistakes = SchedulingProblems.Find(marked, types, pool);
        if (!ReferenceEquals(unrolled, marked)) mistakes = GraphPlan.Build(marked, types).Problems.AddRange(mistakes);
        var plan = GraphPlan.Build(unrolled, types);
        if (mistakes.Length + plan.Problems.Length > 0)
        {
            why = Complain(mistakes.Concat(plan.Problems).Distinct());
            return false;
        }

        (layers, composed, Current, Warnings) = (stack, marked, unrolled, problems);
        expansions++;
        next = plan;
        return true;
    }

    /// <summary>What a pattern was made into so far.</summary>
    public Instances InstancesOf(NodePath pattern) => instances.GetValueOrDefault(pattern, Instances.None);

    /// <summary>Makes instances of patterns, all or none. Where that fails, all is as it was and <paramref name="why"/> says why.</summary>
    public bool TryUnroll(
        IReadOnlyList<KeyValuePair<NodeRow, Instances>> asked, [NotNullWhen(true)] out GraphPlan? next, out string why)
    {
        next = null;
        if (IsTooLate(out why)) return false;
        var known = instances.SetItems(asked.Select(one => KeyValuePair.Create(one.Key.Node.Path, one.Value)));
        var unrolled = Unrolling.Apply(composed, known);
        if (IsTooLarge("What is inside", unrolled, out why)) return false;
        var plan = GraphPlan.Build(unrolled, types);
        if (plan.Problems.Length > 0)
        {
            why = string.Join('\n', plan.Problems);
            return false;
        }

        (instances, Current, next) = (known, unrolled, plan);
        return true;
    }

    bool IsTooLate(out string why)
    {
        var isTooLate = time.GetElapsedTime(started) > options.MaxGrowthTime;
        why = isTooLate ? $"and an attempt may only grow for {options.MaxGrowthTime.TotalHours:0.##} hours." : "";
        return isTooLate;
    }

    bool IsTooLarge(string what, TaskGraph grown, out string why)
    {
        var isTooLarge = grown.Nodes.Count - request.Graph.Nodes.Count > options.MaxAddedNodes;
        why = isTooLarge ? $"{what} makes a graph of {grown.Nodes.Count} nodes; at most {options.MaxAddedNodes} may be added to the {request.Graph.Nodes.Count} of the start." : "";
        return isTooLarge;
    }

    static string Complain(IEnumerable<Problem> problems) => $"The layer that it wrote does not compose.\n{string.Join('\n', problems)}";

    static IEnumerable<string> InOrder(ImmutableSortedDictionary<NodePath, WrittenLayer> stack) =>
        stack.OrderBy(layer => layer.Value.Depth).ThenBy(layer => layer.Key).Select(layer => layer.Value.Text);
}
