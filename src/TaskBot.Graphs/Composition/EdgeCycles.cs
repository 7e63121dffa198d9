using System.Runtime.InteropServices;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// Cycles over needs and connections, through branches too: a branch begins before everything inside begins and has ended when everything
/// inside has, so each node has a begin and an end, and an edge lets one node's begin wait for another's end.
/// </summary>
sealed class EdgeCycles
{
    const int Phases = 3;
    const int NoEdge = -1;

    enum Phase
    {
        Begin,

        /// <summary>Of a branch that has something to run last: all the rest inside has ended.</summary>
        AllButLast,
        End,
    }

    /// <summary>What a moment of a node's life waits for.</summary>
    /// <param name="After">Another moment.</param>
    /// <param name="Edge">Number of the authored edge that says so, or <see cref="NoEdge"/>.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Wait(int After, int Edge);

    /// <summary>A moment on the way of a search, the edge that led to it, and which of its waits comes next.</summary>
    [StructLayout(LayoutKind.Auto)]
    record struct Step(int Moment, int Edge, int Next);

    readonly NodeTable nodes;

    /// <summary>What each moment waits for, in the order in which that was said.</summary>
    readonly Wait[] waits;
    readonly int[] ends;

    /// <summary>Moments that wait, in the order in which they were first said to.</summary>
    readonly List<int> moments = [];

    /// <param name="nodes">In the order of their paths.</param>
    public EdgeCycles(NodeTable nodes, IEnumerable<Edge> edges)
    {
        this.nodes = nodes;
        ends = new int[nodes.Count * Phases];
        var ways = edges.Select(WayOf).ToArray();
        Say(ways, (moment, _) =>
        {
            if (ends[moment]++ == 0) moments.Add(moment);
        });
        var count = 0;
        for (var i = 0; i < ends.Length; i++) (ends[i], count) = (count, count + ends[i]);
        var all = new Wait[count];
        Say(ways, (moment, wait) => all[ends[moment]++] = wait);
        waits = all;
    }

    /// <summary>True where there is one.</summary>
    public bool Any => Find((_, _, _) => { });

    /// <summary>A problem for each of them.</summary>
    /// <param name="locate">Where an edge is written, by its number.</param>
    public List<Problem> Describe(Func<int, SourceLocation> locate)
    {
        var problems = new List<Problem>();
        Find((way, again, closing) =>
        {
            if (Describe(way, again, closing, locate) is { } problem) problems.Add(problem);
        });
        return problems;
    }

    enum Seen : byte
    {
        Not,
        OnWay,
        Left,
    }

    /// <param name="met">Is given the way of the search, the moment on it that comes again, and the edge that leads there.</param>
    bool Find(Action<List<Step>, int, int> met)
    {
        var seen = new Seen[ends.Length];
        var any = false;
        foreach (var moment in moments)
            if (seen[moment] == Seen.Not) any |= Search(moment, seen, met);
        return any;
    }

    static int At(int node, Phase phase) => (node * Phases) + (int)phase;

    /// <summary>Which moment an edge lets wait for which; both negative where for none.</summary>
    (int Moment, int After) WayOf(Edge edge)
    {
        // A branch ends after everything inside anyway.
        if (edge.Kind == EdgeKind.Output || nodes.FindPlace(edge.To) is not { } to) return (-1, -1);
        var from = nodes.PlaceOf(edge.From);
        if (edge.Kind == EdgeKind.Finally) return (At(to, Phase.Begin), At(from, Phase.AllButLast));
        if (edge.Kind == EdgeKind.OnFailure) return (At(to, Phase.Begin), At(from, Phase.End));
        // A branch's attribute is there from the start; only what feeds it has to be waited for.
        var isAttribute = edge.Output is not null && nodes[to].IsBranch && edge.Output != ControlWords.Outcome
            && (edge.From.IsAtOrBelow(edge.To) || !nodes[to].Outputs.ContainsKey(edge.Output));
        return (At(from, Phase.Begin), At(to, isAttribute ? Phase.Begin : Phase.End));
    }

    void Say((int Moment, int After)[] ways, Action<int, Wait> say)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            say(At(i, Phase.End), new(At(i, Phase.Begin), NoEdge));
            var path = nodes[i].Path;
            if (path.IsRoot || nodes.FindPlace(path.Parent) is not { } parent) continue;
            say(At(i, Phase.Begin), new(At(parent, Phase.Begin), NoEdge));
            say(At(parent, Phase.End), new(At(i, Phase.End), NoEdge));
            var cleanup = nodes[parent].Finally;
            if (!cleanup.IsEmpty && !cleanup.Contains(path)) say(At(parent, Phase.AllButLast), new(At(i, Phase.End), NoEdge));
        }

        for (var edge = 0; edge < ways.Length; edge++)
        {
            var (moment, after) = ways[edge];
            if (moment >= 0) say(moment, new(after, edge));
        }
    }

    // Depth first without recursion; every moment is left for good once, so that each cycle is met once.
    bool Search(int start, Seen[] seen, Action<List<Step>, int, int> met)
    {
        var any = false;
        var way = new List<Step> { new(start, NoEdge, StartOf(start)) };
        seen[start] = Seen.OnWay;
        while (way.Count > 0)
        {
            ref var step = ref CollectionsMarshal.AsSpan(way)[^1];
            if (step.Next == ends[step.Moment])
            {
                seen[step.Moment] = Seen.Left;
                way.RemoveAt(way.Count - 1);
                continue;
            }

            var (after, edge) = waits[step.Next++];
            if (seen[after] == Seen.Left) continue;
            if (seen[after] == Seen.OnWay)
            {
                any = true;
                met(way, after, edge);
                continue;
            }

            way.Add(new(after, edge, StartOf(after)));
            seen[after] = Seen.OnWay;
        }

        return any;
    }

    int StartOf(int moment) => moment == 0 ? 0 : ends[moment - 1];

    Problem? Describe(List<Step> way, int again, int closing, Func<int, SourceLocation> locate)
    {
        var start = way.FindIndex(step => step.Moment == again);
        var authored = way.Skip(start + 1).Select(step => step.Edge).Append(closing).Where(edge => edge != NoEdge).Select(locate).ToList();
        if (authored.Count == 0) return null;
        var names = new List<NodePath>();
        foreach (var step in way.Skip(start))
            if (names.Count == 0 || names[^1] != NodeOf(step.Moment)) names.Add(NodeOf(step.Moment));
        if (names[0] != NodeOf(again) || names.Count == 1) names.Add(NodeOf(again));
        else names.Add(names[0]);
        return new("cycle", authored[0], $"These nodes wait for each other: {string.Join(" -> ", names)}.",
            authored.Count == 1 ? "Remove this edge." : $"Remove one of the edges at {string.Join(", ", authored.Distinct())}.");
    }

    NodePath NodeOf(int moment) => nodes[moment / Phases].Path;
}
