using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Runs;

/// <summary>
/// A graph with patterns to one without: what is inside a branch with <c>each</c> or <c>until</c> is copied into a branch for each instance
/// that is known, and left out where none is. Edges inside a copy lead to the copy, all others to where they led.
/// </summary>
sealed class Unrolling
{
    static readonly ImmutableDictionary<NodePath, Instances> NoInstances = ImmutableDictionary<NodePath, Instances>.Empty;

    readonly IReadOnlyDictionary<NodePath, Instances> known;
    readonly IReadOnlyDictionary<NodePath, TaskGraph> variants;
    readonly ImmutableSortedDictionary<NodePath, TaskNode>.Builder unrolled = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();

    Unrolling(IReadOnlyDictionary<NodePath, Instances> known, IReadOnlyDictionary<NodePath, TaskGraph> variants) => (this.known, this.variants) = (known, variants);

    /// <summary>One copy of what is inside a pattern.</summary>
    /// <param name="Pattern">The pattern as composed.</param>
    /// <param name="Instance">The branch that holds the copy.</param>
    /// <param name="Before">The branch of the iteration before; null for the first, and for items.</param>
    /// <param name="Around">The copy that the pattern itself stands in.</param>
    sealed record Copy(TaskNode Pattern, NodePath Instance, NodePath? Before, Copy? Around);

    /// <summary>No instances are known yet.</summary>
    public static TaskGraph Apply(TaskGraph composed) => Apply(composed, NoInstances, ImmutableSortedDictionary<NodePath, TaskGraph>.Empty);

    /// <param name="known">Instances by the path that their pattern has in the unrolled graph.</param>
    /// <param name="variants">What instances, by their path, are copied from, where that is another graph than for the others.</param>
    public static TaskGraph Apply(TaskGraph composed, IReadOnlyDictionary<NodePath, Instances> known, IReadOnlyDictionary<NodePath, TaskGraph> variants)
    {
        if (!HasPatterns(composed)) return composed;
        var unrolling = new Unrolling(known, variants);
        TaskNode[] nodes = [.. composed.Nodes.Values];
        unrolling.Add(nodes, 0, nodes.Length, copy: null);
        return composed with { Nodes = unrolling.unrolled.ToImmutable() };
    }

    public static bool HasPatterns(TaskGraph graph) => graph.Nodes.Values.Any(node => node.IsPattern);

    /// <summary>A path below a pattern, as it is in one of the instances.</summary>
    public static NodePath Below(NodePath instance, NodePath pattern, NodePath path) => NodePath.Parse($"{instance}{path.ToString()[pattern.ToString().Length..]}");

    /// <summary>Where layers find a node of an unrolled graph: at its path without the names of the instances that it stands in.</summary>
    /// <param name="instance">The innermost of those instances; null where there is none.</param>
    public static NodePath Written(TaskGraph unrolled, NodePath path, out NodePath? instance)
    {
        instance = null;
        var (written, at, isPattern) = (NodePath.Root, NodePath.Root, false);
        foreach (var name in path.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = at.Child(name);
            if (isPattern) instance = at;
            else written = written.Child(name);
            isPattern = unrolled.Nodes.TryGetValue(at, out var node) && node.IsPattern;
        }

        return written;
    }

    /// <summary>Adds nodes that stand next to each other in the order of paths. Recurses into patterns inside patterns, not along edges.</summary>
    void Add(TaskNode[] nodes, int from, int to, Copy? copy)
    {
        for (var i = from; i < to;)
        {
            var composed = nodes[i];
            var node = In(copy, composed);
            unrolled.Add(node.Path, node);
            i++;
            if (!composed.IsPattern) continue;
            var end = i;
            while (end < to && nodes[end].Path.IsAtOrBelow(composed.Path)) end++;
            var number = 0;
            NodePath? before = null;
            foreach (var instance in known.GetValueOrDefault(node.Path, Instances.None).Distinct)
            {
                var inner = new Copy(composed, node.Path.Child(instance.Name), before, copy);
                unrolled.Add(inner.Instance, BranchOf(inner, instance, ++number));
                if (variants.TryGetValue(inner.Instance, out var variant)) AddOwn(variant, inner);
                else Add(nodes, i, end, inner);
                if (composed.IsLoop) before = inner.Instance;
            }

            i = end;
        }
    }

    void AddOwn(TaskGraph variant, Copy copy)
    {
        TaskNode[] own = [.. variant.Nodes.Values.Where(node => node.Path != copy.Pattern.Path && node.Path.IsAtOrBelow(copy.Pattern.Path))];
        Add(own, 0, own.Length, copy);
    }

    /// <summary>The branch around one copy: it has the item or the count, and what the pattern says of its inside.</summary>
    static TaskNode BranchOf(Copy copy, Instance instance, int number)
    {
        var pattern = copy.Pattern;
        var own = instance.Item is { } item ? (ControlWords.Item, item.Content) : (ControlWords.Iteration, (TaskValue)number);
        return new(
            copy.Instance,
            TaskNode.GraphType,
            ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal).Add(own.Item1, own.Item2),
            [],
            ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal),
            instance.Item?.Trust == Trust.Untrusted ? [ControlWords.Item] : [],
            pattern.Location)
        {
            Finally = Paths(copy, pattern.Finally),
            Outputs = Outputs(copy, pattern.Outputs.Remove(ControlWords.Until)),
        };
    }

    static TaskNode In(Copy? copy, TaskNode node)
    {
        // What runs last in a pattern does so in each of its instances.
        if (node.IsPattern && !node.Finally.IsEmpty) node = node with { Finally = [] };
        return copy is null ? node : node with
        {
            Path = Path(copy, node.Path),
            Needs = Paths(copy, node.Needs),
            Inputs = node.Inputs
                .Select(input => KeyValuePair.Create(input.Key, input.Value.SelectMany(source => Sources(copy, source)).ToImmutableArray()))
                .Where(input => !input.Value.IsEmpty)
                .ToImmutableSortedDictionary(StringComparer.Ordinal),
            OnFailure = Paths(copy, node.OnFailure),
            Finally = Paths(copy, node.Finally),
            Outputs = Outputs(copy, node.Outputs),
        };
    }

    static ImmutableArray<NodePath> Paths(Copy copy, ImmutableArray<NodePath> paths) => paths.IsEmpty ? paths : [.. paths.Select(path => Path(copy, path))];

    static ImmutableSortedDictionary<string, OutputPath> Outputs(Copy copy, ImmutableSortedDictionary<string, OutputPath> outputs) =>
        outputs.IsEmpty ? outputs
            : outputs.ToImmutableSortedDictionary(output => output.Key, output => new OutputPath(Path(copy, output.Value.Node), output.Value.Name), StringComparer.Ordinal);

    static NodePath Path(Copy? copy, NodePath path)
    {
        for (; copy is not null; copy = copy.Around)
            if (path != copy.Pattern.Path && path.IsAtOrBelow(copy.Pattern.Path)) return Below(copy.Instance, copy.Pattern.Path, path);
        return path;
    }

    /// <summary>
    /// Where an input inside a copy comes from. What a loop gives is, inside, what the iteration before gave; in the first it is what the
    /// loop itself was given, if anything.
    /// </summary>
    static IEnumerable<OutputPath> Sources(Copy? copy, OutputPath source)
    {
        for (var around = copy; around is not null; around = around.Around)
        {
            var pattern = around.Pattern;
            if (source.Node != pattern.Path) continue;
            if ((pattern.IsMap && source.Name == ControlWords.Item) || (pattern.IsLoop && source.Name == ControlWords.Iteration)) return [new(around.Instance, source.Name)];
            if (!pattern.IsLoop || !pattern.Outputs.TryGetValue(source.Name, out var given)) break;
            if (around.Before is { } before) return [new(Path(around with { Instance = before }, given.Node), given.Name)];
            if (pattern.Inputs.TryGetValue(source.Name, out var feed)) return feed.SelectMany(outer => Sources(around.Around, outer));
            if (!pattern.Attributes.ContainsKey(source.Name)) return [];
            break;
        }

        return [new(Path(copy, source.Node), source.Name)];
    }
}
