using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Plans;

/// <summary>
/// A graph as numbers: every node has an index in path order, every edge is an entry in an array. Each node has two moments: its
/// <em>opening</em>, when everything that it waits for has ended and the branch around it is open, and its <em>end</em>; a branch ends
/// when it is open and everything inside has ended. Building a plan takes time linear in nodes and edges and finds all that is wrong
/// with the graph, before anything runs.
/// </summary>
sealed class GraphPlan
{
    readonly Dictionary<NodePath, int> indices;
    readonly TaskNode[] nodes;
    readonly INodeType?[] types;
    readonly int[] parents;
    readonly int[] waitsFor;
    readonly int[] depths;
    readonly EdgeList dependants;
    readonly EdgeList children;

    /// <summary>From handlers to what they handle; null where nothing is handled.</summary>
    readonly EdgeList? handled;

    /// <summary>From branches to what runs last inside; null where nothing does.</summary>
    readonly EdgeList? lasts;

    GraphPlan(TaskNode[] nodes, IReadOnlyDictionary<string, INodeType> known)
    {
        this.nodes = nodes;
        types = new INodeType?[nodes.Length];
        parents = new int[nodes.Length];
        waitsFor = new int[nodes.Length];
        depths = new int[nodes.Length];
        indices = new(nodes.Length);
        for (var i = 0; i < nodes.Length; i++) indices.Add(nodes[i].Path, i);

        var problems = ImmutableArray.CreateBuilder<Problem>();
        var needed = new List<(int From, int To)>(nodes.Length);
        var inside = new List<(int From, int To)>(nodes.Length);
        var handles = new List<(int From, int To)>();
        var closes = new List<(int From, int To)>();
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            if (!node.IsBranch) types[i] = FindType(node, known, problems);
            parents[i] = FindParent(node, problems);
            if (parents[i] >= 0) inside.Add((parents[i], i));
            CheckAttributes(node, problems);
            foreach (var need in node.Needs)
            {
                if (indices.TryGetValue(need, out var other)) needed.Add((other, i));
                else problems.Add(new("missing-node", node.Location, $"{node.Path} needs {need}, which is no node of the graph."));
            }

            foreach (var (input, sources) in node.Inputs)
            {
                foreach (var source in sources)
                {
                    if (!indices.TryGetValue(source.Node, out var other))
                        problems.Add(new("missing-node", node.Location, $"The input '{input}' of {node.Path} is connected to {source}, and {source.Node} is no node of the graph."));
                    else if (nodes[other].Gives(source.Name, node.Path))
                        needed.Add((other, i));
                    else if (types[i]?.Schema.RequiresInput(input) == true && !nodes[other].Has(source.Name))
                        problems.Add(new("missing-value", node.Location, $"The input '{input}' of {node.Path} is connected to {source}, which has no value.", $"Give {source.Node} a '{source.Name}'."));
                }
            }
        }

        for (var i = 0; i < nodes.Length; i++)
        {
            foreach (var handler in nodes[i].OnFailure)
            {
                if (!indices.TryGetValue(handler, out var other))
                    problems.Add(new("missing-node", nodes[i].Location, $"A failure of {nodes[i].Path} is handled by {handler}, which is no node of the graph."));
                else
                {
                    needed.Add((i, other));
                    handles.Add((other, i));
                }
            }

            foreach (var last in nodes[i].Finally)
            {
                if (indices.TryGetValue(last, out var other) && parents[other] == i) closes.Add((i, other));
                else problems.Add(new("missing-node", nodes[i].Location, $"{nodes[i].Path} ends with {last}, which is no node right inside it."));
            }
        }

        if (handles.Count > 0) handled = new(nodes.Length, handles);
        if (closes.Count > 0) lasts = new(nodes.Length, closes);
        foreach (var (_, last) in closes) waitsFor[last]++;
        dependants = new(nodes.Length, needed);
        children = new(nodes.Length, inside);
        foreach (var (_, to) in needed) waitsFor[to]++;
        foreach (var (_, to) in inside) waitsFor[to]++;
        FindCycles(problems);
        Problems = problems.ToImmutable();
    }

    /// <summary>What stops the graph from running: unknown types, edges to missing nodes, cycles, values that cannot be.</summary>
    public ImmutableArray<Problem> Problems { get; }

    public int Count => nodes.Length;

    public static GraphPlan Build(TaskGraph graph, IReadOnlyDictionary<string, INodeType> types) => new([.. graph.Nodes.Values], types);

    /// <summary>Nodes that take nothing from others outside; their order is that of their numbers.</summary>
    public static GraphPlan Build(TaskNode[] nodes, IReadOnlyDictionary<string, INodeType> types) => new(nodes, types);

    public TaskNode Node(int index) => nodes[index];

    /// <summary>Null for a branch.</summary>
    public INodeType? Type(int index) => types[index];

    /// <summary>The branch around the node; negative where there is none.</summary>
    public int Parent(int index) => parents[index];

    /// <summary>How many ends, and the opening of the branch around it, the node's opening waits for.</summary>
    public int WaitsFor(int index) => waitsFor[index];

    /// <summary>Edges on the longest way to the node's end.</summary>
    public int Depth(int index) => depths[index];

    /// <summary>Nodes whose opening waits for this node's end, once for each edge.</summary>
    public ReadOnlySpan<int> Dependants(int index) => dependants[index];

    /// <summary>Nodes right inside this branch.</summary>
    public ReadOnlySpan<int> Children(int index) => children[index];

    /// <summary>Nodes that this node is a handler of.</summary>
    public ReadOnlySpan<int> Handled(int index) => handled is { } edges ? edges[index] : [];

    /// <summary>Nodes right inside this branch that wait for all others there.</summary>
    public ReadOnlySpan<int> Lasts(int index) => lasts is { } edges ? edges[index] : [];

    /// <summary>True where some branch has something to run last.</summary>
    public bool HasLasts => lasts is not null;

    /// <summary>True for a node that waits for all others in its branch, and runs however they ended.</summary>
    public bool IsLast(int index) => lasts is not null && parents[index] is >= 0 and var parent && Lasts(parent).Contains(index);
    public bool Has(NodePath path) => indices.ContainsKey(path);

    public int IndexOf(NodePath path) => indices[path];

    static INodeType? FindType(TaskNode node, IReadOnlyDictionary<string, INodeType> known, ImmutableArray<Problem>.Builder problems)
    {
        if (known.TryGetValue(node.Type, out var type)) return type;
        problems.Add(new(
            "unknown-type", node.Location, $"{node.Path} has the type '{node.Type}', which nothing here can run.",
            $"Known types: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}."));
        return null;
    }

    int FindParent(TaskNode node, ImmutableArray<Problem>.Builder problems)
    {
        var path = node.Path;
        if (path.IsRoot || !indices.TryGetValue(path.Parent, out var parent)) return -1;
        if (nodes[parent].IsBranch) return parent;
        problems.Add(new("node-in-leaf", node.Location, $"{path} stands inside {path.Parent}, whose type '{nodes[parent].Type}' holds no nodes."));
        return -1;
    }

    /// <summary>Finds values that no node of any type can have.</summary>
    public static void CheckAttributes(TaskNode node, ImmutableArray<Problem>.Builder problems)
    {
        if (node.TimeLimitInMinutes is { } minutes && minutes is not (> 0 and <= TaskNodeExtensions.LongestTimeLimitInMinutes))
        {
            problems.Add(new(
                "bad-value", node.Location, $"The timeoutMinutes of {node.Path} is {minutes}.",
                $"Write a number above 0 and at most {TaskNodeExtensions.LongestTimeLimitInMinutes}."));
        }

        if (node.Retries is < 0 or > TaskNodeExtensions.MostRetries)
        {
            problems.Add(new(
                "bad-value", node.Location, $"The retries of {node.Path} are {node.Retries}.",
                $"Write a whole number from 0 to {TaskNodeExtensions.MostRetries}."));
        }
    }

    /// <summary>Lets everything open and end that can; what is left stands on a cycle or behind one, and is followed back to it.</summary>
    void FindCycles(ImmutableArray<Problem>.Builder problems)
    {
        var waiting = (int[])waitsFor.Clone();
        var inside = new int[Count];
        var ended = new bool[Count];
        var due = new Stack<int>();
        for (var i = 0; i < Count; i++)
        {
            inside[i] = Children(i).Length;
            if (waiting[i] == 0) due.Push(i);
        }

        var left = Count;
        while (due.TryPop(out var i))
        {
            if (nodes[i].IsBranch && waiting[i] == 0)
            {
                waiting[i] = -1;
                foreach (var child in Children(i)) Follow(child, i);
                if (inside[i] == Lasts(i).Length) FollowLasts(i);
            }

            if (inside[i] > 0) continue;
            ended[i] = true;
            left--;
            foreach (var dependant in Dependants(i)) Follow(dependant, i);
            if (parents[i] is not (>= 0 and var parent)) continue;
            depths[parent] = Math.Max(depths[parent], depths[i] + 1);
            if (--inside[parent] == 0 && waiting[parent] < 0) due.Push(parent);
            else if (inside[parent] == Lasts(parent).Length) FollowLasts(parent);
        }

        void FollowLasts(int branch)
        {
            foreach (var last in Lasts(branch)) Follow(last, branch);
        }

        void Follow(int after, int before)
        {
            depths[after] = Math.Max(depths[after], depths[before] + 1);
            if (--waiting[after] == 0) due.Push(after);
        }

        if (left == 0) return;
        var walks = new int[Count];
        for (var i = 0; i < Count; i++)
        {
            if (ended[i] || walks[i] != 0) continue;
            var walk = new List<int>();
            var at = i;
            while (walks[at] == 0)
            {
                walks[at] = i + 1;
                walk.Add(at);
                at = FirstHindrance(at, waiting, ended);
            }

            if (walks[at] != i + 1) continue;
            var cycle = walk[walk.IndexOf(at)..];
            var first = cycle.IndexOf(cycle.Min());
            string[] names = [.. cycle[first..].Concat(cycle[..(first + 1)]).Select(index => nodes[index].Path.ToString())];
            problems.Add(new(
                "cycle", nodes[cycle[first]].Location,
                $"These nodes wait for each other: {string.Join(" -> ", names)} (each needs the one after it; a branch needs what is inside it)."));
        }
    }

    int FirstHindrance(int index, int[] waiting, bool[] ended)
    {
        if (waiting[index] < 0)
        {
            foreach (var child in Children(index))
                if (!ended[child]) return child;
        }

        foreach (var need in nodes[index].Needs)
            if (indices.TryGetValue(need, out var other) && !ended[other]) return other;
        foreach (var sources in nodes[index].Inputs.Values)
            foreach (var source in sources)
                if (indices.TryGetValue(source.Node, out var other) && nodes[other].Gives(source.Name, nodes[index].Path) && !ended[other]) return other;
        foreach (var other in Handled(index))
            if (!ended[other]) return other;
        if (parents[index] is >= 0 and var parent && waiting[parent] < 0)
        {
            foreach (var sibling in Children(parent))
                if (!ended[sibling] && !IsLast(sibling)) return sibling;
        }

        return parents[index];
    }

    /// <summary>The ends of edges, ordered by where they start.</summary>
    readonly struct EdgeList
    {
        readonly int[] starts;
        readonly int[] targets;

        public EdgeList(int count, List<(int From, int To)> edges)
        {
            starts = new int[count + 1];
            targets = new int[edges.Count];
            foreach (var (from, _) in edges) starts[from + 1]++;
            for (var i = 0; i < count; i++) starts[i + 1] += starts[i];
            var next = starts.AsSpan(0, count).ToArray();
            foreach (var (from, to) in edges) targets[next[from]++] = to;
        }

        public ReadOnlySpan<int> this[int index] => targets.AsSpan(starts[index], starts[index + 1] - starts[index]);
    }
}
