using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>The graph changes while it runs: rows that are still there stay, and what did not change is settled.</summary>
sealed partial class GraphRun
{
    /// <summary>Whether its key or ending is known, and nothing that the check looked at has changed since.</summary>
    bool IsSettled(NodeRow row)
    {
        var since = row.CheckedIn;
        if (row.State == NodeState.Waiting || row.DefinedIn > since || RowAround(row)?.BlockedIn > since) return false;
        foreach (var need in row.Node.Needs)
            if (RowAt(need).ChangedIn > since) return false;
        foreach (var sources in row.Node.Inputs.Values)
        {
            foreach (var source in sources)
            {
                var other = RowAt(source.Node);
                if ((other.Node.Gives(source.Name, row.Node.Path) ? other.ChangedIn : other.DefinedIn) > since) return false;
            }
        }

        foreach (var handled in plan.Handled(row.Index))
            if (rows[handled].ChangedIn > since) return false;

        return true;
    }

    /// <summary>
    /// Takes a plan over: rows of nodes that are still there stay, with their state and ending; new ones start waiting; those gone are
    /// cancelled. Then everything is counted anew, and what has nothing to wait for is due: rows that are settled say so at once.
    /// </summary>
    /// <param name="writers">The nodes that changed the graph: who wrote a layer, or the patterns that were unrolled.</param>
    void Adopt(GraphPlan next, NodeRow[] writers)
    {
        var before = rows.ToDictionary(row => row.Node.Path);
        var byPath = writers.ToDictionary(row => row.Node.Path);
        plan = next;
        if (writers.Length > 0) revision++;
        scheduler.Follow(next);
        rows = new NodeRow[plan.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var node = plan.Node(i);
            if (before.Remove(node.Path, out var row) && row.Node.IsBranch == node.IsBranch)
            {
                if (!row.Node.SaysTheSameAs(node)) row.DefinedIn = revision;
                (row.Node, row.Type) = (node, plan.Type(i));
            }
            else
            {
                if (row is not null) before.Add(node.Path, row);
                var writer = WriterOf(node.Path);
                row = new(node, plan.Type(i), revision)
                {
                    Depth = Math.Max(plan.Depth(i), writer is null ? 0 : writer.Depth + 1),
                    Generation = writer is null ? 0 : writer.Generation + 1,
                    AddedBy = writer?.Node.Path,
                };
            }

            hasFresh |= node.IsTrue(ControlWords.Fresh);
            hasPins |= node.Attributes.ContainsKey(ControlWords.Pin);
            rows[i] = row;
            row.Index = i;
            row.WaitingFor = plan.WaitsFor(i);
            row.StillInside = plan.Children(i).Length;
            row.IsOpen = row.HasEnded = false;
        }

        foreach (var row in before.Values) Remove(row, WriterOf(row.Node.Path)!);
        progress.Count(rows);
        due.Clear();
        unrolls.Clear();
        foreach (var row in rows)
            if (row.WaitingFor == 0) due.Enqueue(row);

        // An instance comes from the pattern around it, anything else from the layer.
        NodeRow? WriterOf(NodePath path)
        {
            if (writers.Length <= 1) return writers.FirstOrDefault();
            for (var above = path.Parent; !above.IsRoot; above = above.Parent)
                if (byPath.TryGetValue(above, out var pattern)) return pattern;
            return writers[0];
        }
    }

    void Remove(NodeRow row, NodeRow writer)
    {
        row.IsRemoved = true;
        removed.Add(row);
        if (row.State == NodeState.Running && !row.Node.IsBranch)
        {
            row.Stop!.Cancel();
        }
        else if (!row.State.IsFinal)
        {
            if (row.State == NodeState.Ready) GiveUp(row);
            var why = writer.Node.IsPattern ? $"{writer.Node.Path} has no such instance any more." : $"The layer that {writer.Node.Path} wrote took it out of the graph.";
            row.Ending = new(NodeState.Cancelled, Key: null, why);
            Enter(row, NodeState.Cancelled, key: null, cached: false, row.Ending.Why);
        }
    }

    /// <summary>Takes a row that has not started back from being ready; whoever waits for the same key is looked at again.</summary>
    void GiveUp(NodeRow row)
    {
        scheduler.Remove(row);
        if (!underWay.TryGetValue(row.Key!.Value, out var same) || same[0] != row) return;
        LetGo(row.Key.Value);
    }
}
