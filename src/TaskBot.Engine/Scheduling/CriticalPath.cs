using System.Collections.Immutable;
using TaskBot.Engine.Plans;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Scheduling;

/// <summary>
/// The longest way that is still to go from each node to the end of the graph, by how long nodes are expected to take: in time linear in
/// nodes and edges, without recursion.
/// </summary>
sealed class CriticalPath
{
    readonly GraphPlan plan;
    readonly long[] ways;
    readonly int[] next;

    /// <param name="expected">How long a leaf is expected to take.</param>
    public CriticalPath(GraphPlan plan, Func<TaskNode, TimeSpan> expected)
    {
        this.plan = plan;
        ways = new long[plan.Count];
        next = new int[plan.Count];

        // From the last end to the first opening: a node is measured once all that comes after it is, which are its dependants, what is
        // inside it, and what comes after the branch around it.
        var left = new int[plan.Count];
        var after = new long[plan.Count];
        var afterNext = new int[plan.Count];
        Array.Fill(next, -1);
        Array.Fill(afterNext, -1);
        var endsMeasured = new Stack<int>();
        for (var i = 0; i < left.Length; i++)
        {
            left[i] = plan.Dependants(i).Length + (plan.Parent(i) >= 0 ? 1 : 0);
            if (left[i] == 0) endsMeasured.Push(i);
        }

        var inside = new int[plan.Count];
        var (starts, sources) = SourcesOf(plan);
        while (endsMeasured.TryPop(out var i))
        {
            if (plan.Node(i).IsBranch && plan.Children(i).Length > 0)
            {
                // What is after the branch's end is after the ends of all that is inside.
                inside[i] = plan.Children(i).Length;
                foreach (var child in plan.Children(i))
                {
                    Measure(child, after[i], afterNext[i]);
                    if (--left[child] == 0) endsMeasured.Push(child);
                }

                continue;
            }

            ways[i] = after[i] + (plan.Node(i).IsBranch ? 0 : Math.Max(expected(plan.Node(i)).Ticks, 1));
            next[i] = afterNext[i];
            Opened(i);
        }

        void Measure(int node, long way, int through)
        {
            if (afterNext[node] >= 0 && way <= after[node]) return;
            (after[node], afterNext[node]) = (way, through);
        }

        // The opening of a node is measured: so is, in part, what comes before it.
        void Opened(int node)
        {
            while (true)
            {
                var first = plan.Node(node).IsBranch ? next[node] : node;
                foreach (var source in sources.AsSpan(starts[node], starts[node + 1] - starts[node]))
                {
                    Measure(source, ways[node], first);
                    if (--left[source] == 0) endsMeasured.Push(source);
                }

                if (plan.Parent(node) is not (>= 0 and var parent)) return;
                if (ways[node] > ways[parent]) (ways[parent], next[parent]) = (ways[node], first);
                if (--inside[parent] > 0) return;
                node = parent;
            }
        }
    }

    /// <summary>From the opening of the node at this index to the end of the graph.</summary>
    public TimeSpan Way(int index) => TimeSpan.FromTicks(ways[index]);

    /// <summary>The leaves on the longest way from here, this one first, at most so many.</summary>
    public ImmutableArray<NodePath> From(int index, int most)
    {
        var path = ImmutableArray.CreateBuilder<NodePath>();
        for (var at = index; at >= 0 && path.Count < most; at = next[at]) path.Add(plan.Node(at).Path);
        return path.DrainToImmutable();
    }

    /// <summary>For each node, those whose end its opening waits for: from <c>starts[i]</c> up to <c>starts[i + 1]</c> of <c>sources</c>.</summary>
    static (int[] Starts, int[] Sources) SourcesOf(GraphPlan plan)
    {
        var starts = new int[plan.Count + 1];
        for (var i = 0; i < plan.Count; i++)
            foreach (var dependant in plan.Dependants(i)) starts[dependant + 1]++;
        for (var i = 0; i < plan.Count; i++) starts[i + 1] += starts[i];
        var sources = new int[starts[^1]];
        var free = starts[..^1];
        for (var i = 0; i < plan.Count; i++)
            foreach (var dependant in plan.Dependants(i)) sources[free[dependant]++] = i;
        return (starts, sources);
    }
}
