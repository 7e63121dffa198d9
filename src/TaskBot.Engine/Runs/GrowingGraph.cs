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

    /// <summary>The same, by instance, where nodes inside an instance wrote layers: what that instance alone is copied from.</summary>
    ImmutableSortedDictionary<NodePath, TaskGraph> variants = ImmutableSortedDictionary<NodePath, TaskGraph>.Empty;

    ImmutableDictionary<NodePath, Instances> instances = ImmutableDictionary<NodePath, Instances>.Empty;

    /// <summary>The graph that runs: of patterns, their instances.</summary>
    public TaskGraph Current { get; private set; } = Unrolling.Apply(request.Graph);

    /// <summary>What the last composition had to say without being stopped by it.</summary>
    public ImmutableArray<Problem> Warnings { get; private set; } = [];

    /// <summary>What nodes wrote for the whole graph, from weak to strong.</summary>
    public ImmutableArray<string> Layers => InOrder(layers, instance: null);

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
        else if (IsTooLate(out var tooLate))
            why = $"It wrote a layer, {tooLate}";
        if (why.Length > 0) return false;

        Unrolling.Written(Current, path, out var instance);
        var stack = layer is null ? layers.Remove(path) : layers.SetItem(path, new(layer, writer.Depth, trust, instance));

        // Where a layer goes away, what shows may be the opinion of any other.
        if (before is not null && stack.Values.Any(other => other.Trust == Trust.Untrusted)) trust = Trust.Untrusted;
        if (!TryCompose(stack, instance, trust, out var whole, out var own, out var problems, out why)) return false;
        var unrolled = Unrolling.Apply(whole, instances, own);
        if (IsTooLarge("Its layer", unrolled, out why)) return false;
        var plan = GraphPlan.Build(unrolled, types);
        if (plan.Problems.Length > 0)
        {
            why = Complain(plan.Problems);
            return false;
        }

        (layers, composed, variants, Current, Warnings) = (stack, whole, own, unrolled, problems);
        expansions++;
        next = plan;
        return true;
    }

    /// <summary>
    /// Composes all that a layer has a say in: the whole graph, or the one instance that its writer stands in, and then the instances inside, from the
    /// outer to the inner.
    /// </summary>
    bool TryCompose(
        ImmutableSortedDictionary<NodePath, WrittenLayer> stack, NodePath? instance, Trust trust,
        out TaskGraph whole, out ImmutableSortedDictionary<NodePath, TaskGraph> own, out ImmutableArray<Problem> problems, out string why)
    {
        (whole, problems, why) = (composed, Warnings, "");
        var concerned = stack.Values.Select(layer => layer.Instance).OfType<NodePath>().Distinct().Order().ToList();
        own = variants.RemoveRange(variants.Keys.Except(concerned));
        if (instance is null && !TryCompose(InOrder(stack, instance: null), composed, trust, out whole, out problems, out why)) return false;
        foreach (var one in concerned.Where(one => instance is not { } changed || one.IsAtOrBelow(changed)))
        {
            var before = variants.GetValueOrDefault(one) ?? Around(variants, one) ?? composed;
            if (!TryCompose(InOrder(stack, one), before, trust, out var inner, out problems, out why)) return false;
            if (FirstOutside(one, inner, Around(own, one) ?? whole) is { } other)
            {
                why = $"Its layer changes {other}, which stands outside of {one}: a node inside a branch with 'each' or 'until' can change its own instance only.";
                return false;
            }

            own = own.SetItem(one, inner);
        }

        return true;
    }

    bool TryCompose(ImmutableArray<string> stack, TaskGraph before, Trust trust, out TaskGraph after, out ImmutableArray<Problem> problems, out string why)
    {
        after = before;
        (var graph, problems) = request.Compose!(stack);
        var mistakes = problems.Where(problem => problem.Severity == ProblemSeverity.Error).ToList();
        if (graph is not null && mistakes.Count == 0)
        {
            after = LayerTrust.Mark(before, graph, trust, types);
            mistakes.AddRange(SchedulingProblems.Find(after, types, pool));

            // Patterns are checked as they are written; the rest is once it is unrolled.
            if (Unrolling.HasPatterns(after)) mistakes.AddRange(GraphPlan.Build(after, types).Problems);
        }

        why = graph is null || mistakes.Count > 0 ? Complain(mistakes) : "";
        return why.Length == 0;
    }

    /// <summary>What the nearest instance around this one is copied from, where that is something of its own.</summary>
    static TaskGraph? Around(ImmutableSortedDictionary<NodePath, TaskGraph> variants, NodePath instance)
    {
        for (var above = instance.Parent; !above.IsRoot; above = above.Parent)
            if (variants.TryGetValue(above, out var variant)) return variant;
        return null;
    }

    /// <summary>The first node that stands outside of an instance's pattern and is not the same in both; null where all is well.</summary>
    NodePath? FirstOutside(NodePath instance, TaskGraph inner, TaskGraph outer)
    {
        var pattern = Unrolling.Written(Current, instance, out _);
        foreach (var path in inner.Nodes.Keys.Concat(outer.Nodes.Keys))
        {
            if (path != pattern && path.IsAtOrBelow(pattern)) continue;
            if (!inner.Nodes.TryGetValue(path, out var node) || !outer.Nodes.TryGetValue(path, out var other) || !node.SaysTheSameAs(other)) return path;
        }

        return null;
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
        var unrolled = Unrolling.Apply(composed, known, variants);
        if (IsTooLarge("What is inside", unrolled, out why)) return false;
        var plan = GraphPlan.Build(unrolled, types);
        if (plan.Problems.Length > 0)
        {
            why = string.Join('\n', plan.Problems);
            return false;
        }

        // An instance that comes back begins anew.
        layers = layers.RemoveRange(layers.Where(layer => layer.Value.Instance is { } instance && !unrolled.Nodes.ContainsKey(instance)).Select(layer => layer.Key));
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

    /// <summary>The layers that have a say in an instance, or, for none, in the whole graph.</summary>
    static ImmutableArray<string> InOrder(ImmutableSortedDictionary<NodePath, WrittenLayer> stack, NodePath? instance) =>
    [
        .. stack.Where(layer => layer.Value.Instance is not { } around || instance?.IsAtOrBelow(around) == true)
            .OrderBy(layer => layer.Value.Depth).ThenBy(layer => layer.Key).Select(layer => layer.Value.Text),
    ];
}
