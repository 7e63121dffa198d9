using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Writing;

/// <summary>What a drawing shows: boxes in boxes and arrows, with whole sub-tasks as one box where there would be too many.</summary>
/// <param name="Root">The task.</param>
/// <param name="Boxes">Shown nodes by path; every one's parent is shown too.</param>
/// <param name="Children">Shown children of each shown branch.</param>
/// <param name="HiddenCounts">For each collapsed branch, how many steps are inside.</param>
/// <param name="Arrows">From what must be done before, to what comes after, with the names of the inputs that it feeds.</param>
sealed record GraphDrawing(
    NodePath Root,
    IReadOnlyList<TaskNode> Boxes,
    ILookup<NodePath, NodePath> Children,
    IReadOnlyDictionary<NodePath, int> HiddenCounts,
    IReadOnlyList<(NodePath From, NodePath To, string Label)> Arrows)
{
    public static GraphDrawing Of(TaskGraph graph, int maxNodes)
    {
        var steps = StepsInside(graph);
        var collapsed = Collapsed(graph, steps, maxNodes);
        NodePath Shown(NodePath path)
        {
            var shown = path;
            for (var above = path; above != graph.Root && !above.IsRoot; above = above.Parent)
                if (collapsed.Contains(above)) shown = above;
            return shown;
        }

        var boxes = graph.Nodes.Values.Where(node => Shown(node.Path) == node.Path).ToList();
        var arrows = new SortedDictionary<(NodePath From, NodePath To), SortedSet<string>>();
        foreach (var node in graph.Nodes.Values)
        {
            foreach (var need in node.Needs) Arrow(need, node.Path, label: null);
            foreach (var handler in node.OnFailure) Arrow(node.Path, handler, "failed");
            foreach (var (input, sources) in node.Inputs)
                foreach (var source in sources)
                    // What a node takes from the task it is part of is no step before it.
                    if (!node.Path.IsAtOrBelow(source.Node)) Arrow(source.Node, node.Path, input);
        }

        return new(graph.Root, boxes, boxes.Where(box => box.Path != graph.Root).ToLookup(box => box.Path.Parent, box => box.Path),
            collapsed.ToDictionary(path => path, path => steps[path]), [.. arrows.Select(arrow => (arrow.Key.From, arrow.Key.To, string.Join(", ", arrow.Value)))]);

        void Arrow(NodePath from, NodePath to, string? label)
        {
            var key = (Shown(from), Shown(to));
            if (key.Item1 == key.Item2) return;
            if (!arrows.TryGetValue(key, out var labels)) arrows[key] = labels = new(StringComparer.Ordinal);
            if (label is not null) labels.Add(label);
        }
    }

    static Dictionary<NodePath, int> StepsInside(TaskGraph graph)
    {
        var steps = new Dictionary<NodePath, int>();
        foreach (var node in graph.Nodes.Values)
        {
            if (node.IsBranch) steps.TryAdd(node.Path, 0);
            else
                for (var above = node.Path; above != graph.Root;)
                {
                    above = above.Parent;
                    steps[above] = steps.GetValueOrDefault(above) + 1;
                }
        }

        return steps;
    }

    // The deepest branches first, the largest of them first, until few enough nodes are left.
    static HashSet<NodePath> Collapsed(TaskGraph graph, Dictionary<NodePath, int> steps, int maxNodes)
    {
        var collapsed = new HashSet<NodePath>();
        var shown = graph.Nodes.Count;
        foreach (var branch in steps.Keys.Where(path => path != graph.Root && steps[path] > 0)
            .OrderByDescending(Depth).ThenByDescending(path => steps[path]).ThenBy(path => path))
        {
            if (shown <= maxNodes) break;
            var hidden = graph.Nodes.Keys.Count(path => path != branch && path.IsAtOrBelow(branch) && !IsInside(path));
            shown -= hidden;
            collapsed.Add(branch);

            bool IsInside(NodePath path)
            {
                for (var above = path.Parent; above.IsAtOrBelow(branch) && above != branch; above = above.Parent)
                    if (collapsed.Contains(above)) return true;
                return false;
            }
        }

        return collapsed;
    }

    static int Depth(NodePath path) => path.ToString().Count(character => character == '/');
}
