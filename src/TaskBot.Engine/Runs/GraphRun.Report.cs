using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>What is said of the whole once nothing goes on.</summary>
sealed partial class GraphRun
{
    Outcome Worst()
    {
        // In the order of paths a branch comes before what is inside, so that what does not count is known in one pass.
        var worst = NodeState.Skipped;
        var counts = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            counts[i] = !rows[i].IsForgiven && (plan.Parent(i) is not (>= 0 and var parent) || counts[parent]);
            if (counts[i] && rows[i].State.Severity > worst.Severity) worst = rows[i].State;
        }

        return worst switch
        {
            NodeState.Failed => Outcome.Failed,
            NodeState.OverBudget => Outcome.OverBudget,
            NodeState.Denied => Outcome.Denied,
            NodeState.Cancelled => Outcome.Cancelled,
            NodeState.WaitingForHuman => Outcome.WaitingForHuman,
            _ => rows.Any(row => row is { Node.IsBranch: false, State: NodeState.Succeeded }) ? Outcome.Succeeded : Outcome.Skipped,
        };
    }

    RunResult Report(Outcome outcome, ImmutableArray<Problem> problems) =>
        new(outcome, graph.Current, [.. removed.Where(row => !plan.Has(row.Node.Path)).Concat(rows).Select(Report)], graph.Layers, problems);

    static NodeReport Report(NodeRow row)
    {
        var ending = row.State.IsFinal ? row.Ending : null;
        return new(
            row.Node, row.State, ending?.Cached ?? false, ending?.Key ?? row.Key, ending?.Outputs ?? NodeEnding.NoOutputs, ending?.Result,
            ending?.Why ?? "It waits for a node that waits for a human.", ending?.Elapsed ?? TimeSpan.Zero)
        {
            AddedBy = row.AddedBy,
        };
    }
}
