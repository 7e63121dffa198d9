using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>Counts the leaves of a run as they end, and guesses from time to time when the last one will.</summary>
sealed class ProgressEstimate(DurationEstimates estimates, int jobs, TimeProvider time)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    long? lookedAt;
    TimeSpan? left;
    ImmutableArray<NodePath> path = [];

    public int Done { get; private set; }

    public int Total { get; private set; }

    /// <summary>Counts anew, as the graph changed.</summary>
    public void Count(IEnumerable<NodeRow> rows)
    {
        (Done, Total, lookedAt) = (0, 0, null);
        foreach (var row in rows)
        {
            if (row.Node.IsBranch) continue;
            Total++;
            if (row.State.IsFinal) Done++;
        }
    }

    public void Move(NodeRow row, NodeState to)
    {
        if (!row.Node.IsBranch && !row.IsRemoved) Done += (to.IsFinal ? 1 : 0) - (row.State.IsFinal ? 1 : 0);
    }

    public RunProgress Look(IReadOnlyCollection<NodeRow> running, NodeRow[] rows, Scheduler scheduler)
    {
        if (lookedAt is not { } last || time.GetElapsedTime(last) >= Pause || (left is null && running.Count > 0))
        {
            lookedAt = time.GetTimestamp();
            Guess(running, rows, scheduler);
        }

        return new(Done, Total, running.Count, left, path);
    }

    void Guess(IReadOnlyCollection<NodeRow> running, NodeRow[] rows, Scheduler scheduler)
    {
        (left, path) = (null, []);
        NodeRow? longest = null;
        foreach (var row in running)
        {
            if (row.IsRemoved) continue;
            var way = scheduler.Path.Way(row.Index) - Worked(row);
            if (left is null || way > left) (left, longest) = (way, row);
        }

        if (longest is null) return;
        path = scheduler.Path.From(longest.Index, most: 10);
        var work = TimeSpan.Zero;
        foreach (var row in rows)
            if (row is { Node.IsBranch: false, State.IsFinal: false }) work += estimates.Of(row.Node) - (row.State == NodeState.Running ? Worked(row) : TimeSpan.Zero);
        if (work / jobs > left) left = work / jobs;
    }

    /// <summary>How long a row has worked, and no longer than it was expected to.</summary>
    TimeSpan Worked(NodeRow row)
    {
        var (worked, expected) = (time.GetElapsedTime(row.StartedAt), estimates.Of(row.Node));
        return worked < expected ? worked : expected;
    }
}
