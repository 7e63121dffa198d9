using System.Collections;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Brings a <see cref="CompiledGraph"/> up to date. What the log knows and nothing has touched is up to date and is not looked at; the rest is run
/// by <see cref="GraphRun"/> in parts, level by level, so that memory and work follow what is dirty. A part takes in levels for as long as all
/// that would have to be looked at there is dirty for certain, and a few nodes beyond: more after a change went on, so that a long chain of
/// changes takes few parts, and few again after it ended.
/// </summary>
sealed class GraphBuild(
    CompiledGraph graph, BuildLog log, RunId runId, int attempt, IReadOnlyDictionary<string, INodeType> types, IResultCache cache, IJournal journal,
    RunnerOptions options, TimeProvider time, ProgressFeed feed, ILogger logger)
{
    const int LargestPart = 8192;
    const int FewestGuessed = 16;

    readonly RunRecorder recorder = new(cache, journal);

    /// <summary>Nodes that have to be looked at; every bit below <see cref="firstDirty"/> is clear.</summary>
    readonly BitArray dirty = new(graph.Count);
    int firstDirty = int.MaxValue;
    int dirtyNodes;

    /// <summary>Endings other than success, as those that depend on such a node are skipped.</summary>
    readonly Dictionary<int, NodeEnding> unwell = [];
    readonly List<NodeReport> reports = [];
    int executed;
    int guessed = FewestGuessed;
    BuildLevels? levels;

    public async Task<BuildResult> RunAsync(CancellationToken cancellationToken)
    {
        MarkWhatChanged();
        if (dirtyNodes == 0) return BuildResult.UpToDate(graph, log);
        levels = new(graph);
        RecordBranches(NodeState.Running);
        try
        {
            while (dirtyNodes > 0)
            {
                if (await RunPartAsync(cancellationToken) is { } stopped) return Result(stopped.Outcome, stopped.Problems);
            }

            RecordBranches(null);
            return Result(Worst(), []);
        }
        finally
        {
            // What was not looked at is not known any more.
            for (var i = 0; i < graph.Count; i++)
                if (dirty[i]) log.Clear(i);
            await recorder.FlushAsync();
        }
    }

    void MarkWhatChanged()
    {
        for (var i = 0; i < graph.Count; i++)
        {
            if (log.IsCurrent(i, graph)) continue;
            if (!graph.IsBranch(i))
            {
                Mark(i);
                continue;
            }

            levels ??= new(graph);
            foreach (var user in levels.Users(i)) Mark(user);
            log.Set(i, graph);
        }
    }

    void Mark(int index)
    {
        if (dirty[index]) return;
        dirty[index] = true;
        dirtyNodes++;
        firstDirty = Math.Min(firstDirty, index);
    }

    /// <summary>Runs the next part.</summary>
    /// <returns>The part's own result where the build cannot go on.</returns>
    async ValueTask<RunResult?> RunPartAsync(CancellationToken cancellationToken)
    {
        var part = ChoosePart();
        if (await GivenToAsync(part, cancellationToken) is not { } given) return null;
        TaskNode[] nodes = [.. part.Select(graph.Node), .. given.Keys.Select(source => graph.Node(source) with { Needs = [], Inputs = NoInputs })];
        var plan = GraphPlan.Build(nodes, types);
        if (plan.Problems.Length > 0) return new(Outcome.Failed, Nothing, [], [], plan.Problems);
        var request = new RunRequest(runId, attempt, Nothing) { Given = given.ToDictionary(source => graph.PathOf(source.Key), source => source.Value) };
        using var run = new GraphRun(request, plan, types, recorder, journal, options, time, feed, logger);
        var result = await run.RunAsync(cancellationToken);
        if (result.Outcome == Outcome.Cancelled) return result;
        var changed = false;
        for (var i = 0; i < part.Count; i++) changed |= Take(part[i], result.Reports[i]);
        while (firstDirty < graph.Count && !dirty[firstDirty]) firstDirty++;
        guessed = changed ? Math.Min(2 * guessed, LargestPart) : FewestGuessed;
        return null;
    }

    /// <summary>
    /// The dirty nodes of the first dirty level, and of the levels after it together with all that depends on what is in the part: so that whoever
    /// is in a part finds in it, or ended, everything that it depends on.
    /// </summary>
    List<int> ChoosePart()
    {
        var part = new List<int>();
        var touched = new BitArray(graph.Count);
        var (guesses, awaited) = (0, 0);
        for (var level = levels!.Of[firstDirty]; level < levels.Count; level++)
        {
            var before = part.Count;
            var (from, to) = (Math.Max(firstDirty, levels[level].Start.Value), levels[level].End.Value);
            for (var i = from; i < to; i++)
            {
                if (!dirty[i] && !touched[i]) continue;
                part.Add(i);
                if (!dirty[i]) (guesses, awaited) = (guesses + 1, awaited - 1);
                if (before == 0 && part.Count == LargestPart) return part;
            }

            if (before > 0 && (guesses > guessed || part.Count > LargestPart))
            {
                part.RemoveRange(before, part.Count - before);
                return part;
            }

            for (var i = before; i < part.Count; i++)
            {
                foreach (var user in levels.Users(part[i]))
                {
                    if (dirty[user] || touched[user]) continue;
                    touched[user] = true;
                    awaited++;
                }
            }

            if (awaited == 0 && part.Count - guesses == dirtyNodes) return part;
        }

        return part;
    }

    /// <summary>The endings of what a part depends on and that ended before. Null where the result of one is gone, which is dirty now.</summary>
    async ValueTask<Dictionary<int, NodeEnding>?> GivenToAsync(List<int> part, CancellationToken cancellationToken)
    {
        var given = new Dictionary<int, NodeEnding>();
        var sought = new List<int>();
        foreach (var index in part)
        {
            foreach (var source in graph.Sources(index))
            {
                // Parts are in order, as are their nodes.
                if (part.BinarySearch(source) >= 0 || given.ContainsKey(source)) continue;
                if (!graph.IsBranch(source) && !unwell.ContainsKey(source)) sought.Add(source);
                given.Add(source, unwell.GetValueOrDefault(source) ?? EndedWell);
            }
        }

        var found = sought.Count == 0 ? [] : await recorder.FindAsync([.. sought.Select(source => log.KeyOf(source)!.Value)], cancellationToken);
        var isWhole = true;
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i] is { } outputs)
            {
                given[sought[i]] = new(NodeState.Succeeded, outputs.Key, "It is up to date.") { Cached = true, Outputs = outputs.Outputs };
                continue;
            }

            Mark(sought[i]);
            isWhole = false;
        }

        return isWhole ? given : null;
    }

    /// <returns>Whether those that depend on the node have to be looked at.</returns>
    bool Take(int index, NodeReport report)
    {
        if (dirty[index])
        {
            dirty[index] = false;
            dirtyNodes--;
        }

        if (report is { Cached: false, State: NodeState.Succeeded or NodeState.Failed }) executed++;
        bool changed;
        if (report.State == NodeState.Succeeded)
        {
            changed = log.Set(index, graph, report.Key!.Value, report.Outputs) | unwell.Remove(index);
        }
        else
        {
            changed = true;
            log.Clear(index);
            reports.Add(report);
            unwell[index] = new(report.State, report.Key, report.Why) { Result = report.Result };
        }

        if (!changed) return false;
        foreach (var user in levels!.Users(index)) Mark(user);
        return true;
    }

    /// <param name="state">What every branch enters; null for how it ended, which is as badly as the worst leaf inside.</param>
    void RecordBranches(NodeState? state)
    {
        var worst = new Dictionary<NodePath, NodeState>();
        foreach (var (index, ending) in state is null ? unwell : [])
        {
            if (ending.IsGood) continue;
            for (var branch = graph.PathOf(index).Parent; !branch.IsRoot; branch = branch.Parent)
                if (!worst.TryGetValue(branch, out var other) || ending.State.Severity > other.Severity) worst[branch] = ending.State;
        }

        for (var i = 0; i < graph.Count; i++)
        {
            if (!graph.IsBranch(i)) continue;
            var path = graph.PathOf(i);
            var entered = state ?? worst.GetValueOrDefault(path, NodeState.Succeeded);
            recorder.Add(new JournalRecord(runId, attempt, path, entered, Key: null, Cached: state is null && executed == 0, Message: null, time.GetUtcNow()));
        }
    }

    Outcome Worst() => unwell.Values.Select(ending => ending.State).DefaultIfEmpty(NodeState.Succeeded).MaxBy(state => state.Severity) switch
    {
        NodeState.Failed => Outcome.Failed,
        NodeState.OverBudget => Outcome.OverBudget,
        NodeState.Denied => Outcome.Denied,
        NodeState.Cancelled => Outcome.Cancelled,
        NodeState.WaitingForHuman => Outcome.WaitingForHuman,
        _ => unwell.Count < graph.Leaves ? Outcome.Succeeded : Outcome.Skipped,
    };

    BuildResult Result(Outcome outcome, ImmutableArray<Graphs.Problems.Problem> problems)
    {
        var failed = unwell.Values.Count(ending => ending.State == NodeState.Failed);
        return new(
            outcome, graph.Leaves, executed, graph.Leaves - dirtyNodes - unwell.Count - (executed - failed),
            unwell.Values.Count(ending => ending.State == NodeState.Skipped), failed, [.. reports], log, problems);
    }

    TaskGraph Nothing { get; } = new(graph.Root, ImmutableSortedDictionary<NodePath, TaskNode>.Empty);

    static NodeEnding EndedWell { get; } = new(NodeState.Succeeded, Key: null, "It is a branch.");

    static ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs { get; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
}
