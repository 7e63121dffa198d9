using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// Cycles over needs and connections, through branches too: a branch begins before everything inside begins and has ended when everything
/// inside has, so each node has a begin and an end, and an edge lets one node's begin wait for another's end.
/// </summary>
sealed class EdgeCycles(
    IReadOnlyDictionary<NodePath, TaskNode> nodes,
    IEnumerable<(NodePath From, string? Input, NodePath To, string? Output, SourceLocation Location)> edges,
    List<Problem> problems)
{
    /// <summary>A moment of a node's life.</summary>
    readonly record struct Moment(NodePath Node, bool IsEnd);

    readonly Dictionary<Moment, List<(Moment After, SourceLocation? Location)>> waits = [];

    public void Find()
    {
        foreach (var (path, node) in nodes)
        {
            Wait(new(path, IsEnd: true), new(path, IsEnd: false), location: null);
            if (path.IsRoot || !nodes.ContainsKey(path.Parent)) continue;
            Wait(new(path, IsEnd: false), new(path.Parent, IsEnd: false), location: null);
            Wait(new(path.Parent, IsEnd: true), new(path, IsEnd: true), location: null);
        }

        foreach (var (from, input, to, output, location) in edges)
        {
            if (!nodes.TryGetValue(to, out var target)) continue;
            // A branch's attribute is there from the start; only what feeds it has to be waited for.
            if (output is not null && target.IsBranch) Wait(new(from, IsEnd: false), new(to, IsEnd: false), location);
            else Wait(new(from, IsEnd: false), new(to, IsEnd: true), location);
        }

        var done = new HashSet<Moment>();
        foreach (var moment in waits.Keys.ToArray())
            if (!done.Contains(moment)) Search(moment, done);
    }

    void Wait(Moment moment, Moment after, SourceLocation? location)
    {
        if (!waits.TryGetValue(moment, out var list)) waits[moment] = list = [];
        list.Add((after, location));
    }

    // Depth first without recursion; every moment is left for good once, so that each cycle is met once.
    void Search(Moment start, HashSet<Moment> done)
    {
        var way = new List<(Moment Moment, SourceLocation? Location, int Next)> { (start, null, 0) };
        var onWay = new HashSet<Moment> { start };
        while (way.Count > 0)
        {
            var (moment, location, next) = way[^1];
            if (!waits.TryGetValue(moment, out var list) || next == list.Count)
            {
                way.RemoveAt(way.Count - 1);
                onWay.Remove(moment);
                done.Add(moment);
                continue;
            }

            way[^1] = (moment, location, next + 1);
            var (after, edge) = list[next];
            if (done.Contains(after)) continue;
            if (onWay.Contains(after)) Report(way, after, edge);
            else
            {
                way.Add((after, edge, 0));
                onWay.Add(after);
            }
        }
    }

    void Report(List<(Moment Moment, SourceLocation? Location, int Next)> way, Moment again, SourceLocation? closing)
    {
        var start = way.FindIndex(step => step.Moment == again);
        var authored = way.Skip(start + 1).Select(step => step.Location).Append(closing).OfType<SourceLocation>().ToList();
        if (authored.Count == 0) return;
        var names = new List<NodePath>();
        foreach (var step in way.Skip(start))
            if (names.Count == 0 || names[^1] != step.Moment.Node) names.Add(step.Moment.Node);
        if (names[0] != again.Node || names.Count == 1) names.Add(again.Node);
        else names.Add(names[0]);
        problems.Add(new("cycle", authored[0], $"These nodes wait for each other: {string.Join(" -> ", names)}.",
            authored.Count == 1 ? "Remove this edge." : $"Remove one of the edges at {string.Join(", ", authored.Distinct())}."));
    }
}
