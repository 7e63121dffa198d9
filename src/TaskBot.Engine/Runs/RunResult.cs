using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>How a node, an attempt or a run ended. Nothing ran is never a success.</summary>
public enum Outcome
{
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
    Denied,
    OverBudget,
    NoChangeNeeded,
    WaitingForHuman,
}

/// <summary>One attempt to run a graph to its end.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">1-based.</param>
/// <param name="Graph">What to run.</param>
/// <param name="Compose">
/// Composes again with the layers that nodes wrote, in the order in which they were written (a later one is stronger).
/// Null where nodes may write none.
/// </param>
public sealed record RunRequest(
    RunId RunId,
    int Attempt,
    TaskGraph Graph,
    Func<ImmutableArray<string>, (TaskGraph? Graph, ImmutableArray<Problem> Problems)>? Compose = null)
{
    /// <summary>
    /// True to take what the journal recorded of this very run and attempt instead of working: nothing is executed, stored or journaled. What
    /// comes out different, first of all a key, ends the replay as a problem of the kind <c>divergence</c>.
    /// </summary>
    public bool IsReplay { get; init; }

    /// <summary>Whose run it is: slots are shared fairly between repositories, <c>lock:</c> resources belong to one, and durations are remembered for each.</summary>
    public string Repository { get; init; } = "";
}

/// <summary>How one node ended.</summary>
/// <param name="Outputs">What it gave; empty unless it succeeded.</param>
/// <param name="Result">How it ended in its own words: null when it came from the cache, was cancelled, or was skipped because of another.</param>
/// <param name="Why">For a node that ran: what made it dirty. For others: where the result came from, or what stopped it.</param>
public sealed record NodeReport(
    TaskNode Node,
    NodeState State,
    bool Cached,
    NodeKey? Key,
    ImmutableSortedDictionary<string, NodeValue> Outputs,
    NodeResult? Result,
    string Why,
    TimeSpan Elapsed)
{
    /// <summary>The node whose layer added this one while the graph ran; null for a node of the starting graph.</summary>
    public NodePath? AddedBy { get; init; }
}

/// <summary>How an attempt ended.</summary>
/// <param name="Graph">The graph as it was in the end, with what nodes added.</param>
/// <param name="Reports">How every node ended, in no order that means anything.</param>
/// <param name="Layers">What nodes wrote, in order.</param>
public sealed record RunResult(
    Outcome Outcome,
    TaskGraph Graph,
    ImmutableArray<NodeReport> Reports,
    ImmutableArray<string> Layers,
    ImmutableArray<Problem> Problems)
{
    /// <summary>How every node ended, by path; ordered when it is first asked for.</summary>
    public ImmutableSortedDictionary<NodePath, NodeReport> Nodes => field ??= Reports.ToImmutableSortedDictionary(report => report.Node.Path, report => report);

    /// <summary>Leaves that were executed.</summary>
    public int NodesRun => Reports.Count(node => !node.Node.IsBranch && !node.Cached && node.State is (NodeState.Succeeded or NodeState.Failed));

    /// <summary>Leaves whose outputs came from the cache.</summary>
    public int NodesCached => Reports.Count(node => !node.Node.IsBranch && node.Cached);
}
