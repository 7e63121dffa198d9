using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// Cycles over needs and connections, through branches too: a branch begins before everything inside begins and has ended when everything
/// inside has, so each node has a begin and an end, and an edge lets one node's begin wait for another's end.
/// </summary>
sealed class EdgeCycles(
    IReadOnlyDictionary<NodePath, TaskNode> nodes,
    IEnumerable<Edge> edges,
    List<Problem> problems)
{
    enum Phase
    {
        Begin,

        /// <summary>Of a branch that has something to run last: all the rest inside has ended.</summary>
        AllButLast,
        End,
    }

    /// <summary>A moment of a node's life.</summary>
    readonly record struct Moment(NodePath Node, Phase Phase);

    readonly Dictionary<Moment, List<(Moment After, SourceLocation? Location)>> waits = [];

    public void Find()
    {
        foreach (var (path, node) in nodes)
        {
            Wait(new(path, Phase.End), new(path, Phase.Begin), location: null);
            if (path.IsRoot || !nodes.TryGetValue(path.Parent, out var parent)) continue;
            Wait(new(path, Phase.Begin), new(path.Parent, Phase.Begin), location: null);
            Wait(new(path.Parent, Phase.End), new(path, Phase.End), location: null);
            if (!parent.Finally.IsEmpty && !parent.Finally.Contains(path)) Wait(new(path.Parent, Phase.AllButLast), new(path, Phase.End), location: null);
        }

        foreach (var (kind, from, _, to, output, location) in edges)
        {
            if (!nodes.TryGetValue(to, out var target)) continue;
            switch (kind)
            {
                case EdgeKind.Output: break; // A branch ends after everything inside anyway.
                case EdgeKind.Finally: Wait(new(to, Phase.Begin), new(from, Phase.AllButLast), location); break;
                case EdgeKind.OnFailure: Wait(new(to, Phase.Begin), new(from, Phase.End), location); break;
                default:
                    // A branch's attribute is there from the start; only what feeds it has to be waited for.
                    var isAttribute = output is not null && target.IsBranch && output != ControlWords.Outcome
                        && (from.IsAtOrBelow(to) || !target.Outputs.ContainsKey(output));
                    Wait(new(from, Phase.Begin), new(to, isAttribute ? Phase.Begin : Phase.End), location);
                    break;
            }
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
