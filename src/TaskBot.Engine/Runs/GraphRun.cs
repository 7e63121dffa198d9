using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>
/// One attempt: the table of states and the one loop over it. All of the table is touched by the loop alone; nodes work elsewhere and
/// post their completion. Every transition passes through <see cref="Enter"/>, is journaled, and only then has an effect.
/// </summary>
sealed partial class GraphRun : IDisposable
{
    const int MostEventsHeldBack = 1024;

    /// <summary>Keys that are looked up together.</summary>
    const int MostSought = 1024;

    static readonly TimeSpan ShortestDuration = TimeSpan.FromMilliseconds(10);

    readonly RunRequest request;
    readonly IReadOnlyDictionary<string, INodeType> types;
    readonly IJournal journal;
    readonly RunnerOptions options;
    readonly TimeProvider time;
    readonly ProgressFeed feed;
    readonly ILogger logger;
    readonly NodeExecutor executor;
    readonly KeyWriter keys = new();

    GraphPlan plan;
    NodeRow[] rows = [];
    readonly List<NodeRow> removed = [];
    int revision;

    /// <summary>Rows to look at: what they waited for has ended, or everything inside them has.</summary>
    readonly Queue<NodeRow> due = new();

    /// <summary>Rows that only wait for a slot and for resources.</summary>
    readonly Scheduler scheduler;
    readonly ProgressEstimate progress;

    /// <summary>Who runs under a key, first, and who waits for the same key.</summary>
    readonly Dictionary<NodeKey, List<NodeRow>> underWay = [];
    readonly HashSet<NodeRow> running = [];

    /// <summary>Null where nothing ended, and the scheduler may have something new to say.</summary>
    readonly Channel<Completion?> completions;
    int isAwake;

    /// <summary>Rows whose key is known and not yet looked up; each is under way.</summary>
    readonly List<Sought> sought = [];

    readonly RunRecorder recorder;
    readonly List<RunEvent> events = [];
    RunHistory? history;

    readonly GrowingGraph graph;

    /// <param name="recorder">Flushed by the run's end.</param>
    /// <param name="recorded">The attempt to replay; null to work.</param>
    public GraphRun(
        RunRequest request, GraphPlan plan, IReadOnlyDictionary<string, INodeType> types, RunRecorder recorder, IJournal journal,
        RunSupplies supplies, RunnerOptions options, TimeProvider time, ProgressFeed feed, ILogger logger, RunHistory? recorded = null)
    {
        this.recorded = recorded;
        hasFresh = request.Graph.Nodes.Values.Any(node => node.IsTrue(ControlWords.Fresh));
        (this.request, this.plan, this.types, this.recorder, this.journal, this.options, this.time, this.feed, this.logger) =
            (request, plan, types, recorder, journal, options, time, feed, logger);
        var (pool, outbox, estimates) = supplies;
        graph = new(request, types, pool, options, time);
        executor = new(pool, new(outbox), options, time, logger);
        completions = Channel.CreateBounded<Completion?>(new BoundedChannelOptions(options.Jobs + 1) { SingleReader = true });
        progress = new(estimates, options.Jobs, time);
        scheduler = new(plan, pool, request.Repository, options, time, estimates.Of, Wake);
    }

    /// <summary>How long the leaves took that succeeded, where it is long enough to matter.</summary>
    public List<NodeDuration> Measured { get; } = [];

    /// <summary>How a node's work ended; <see cref="Result"/> is null where it was stopped.</summary>
    sealed record Completion(NodeRow Row, NodeResult? Result, TimeSpan Elapsed)
    {
        /// <summary>What it was given, and said that it read.</summary>
        public NodeRun? Run { get; init; }
    }

    /// <summary>A row and what it would run with if its key has no result.</summary>
    readonly record struct Sought(NodeRow Row, NodeKey Key, string KeyText, ImmutableArray<NodeInput> Inputs);

    public async Task<RunResult> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Adopt(plan, []);
            if (DenyWhatIsCertain() is { Length: > 0 } denied)
            {
                await FlushAsync();
                return Report(Outcome.Denied, denied);
            }

            await LoopAsync(stop.Token);
            if (recorded is not null && divergence is null) FindWhatIsMissing();
            if (divergence is not null)
            {
                StopWhatIsLeft(Stopped);
                await FlushAsync();
                return Report(Outcome.Failed, [divergence]);
            }

            if (rows.Any(row => !row.HasEnded)) EnterWhatWaitsForHumans();
            await FlushAsync();
            return Report(Worst(), graph.Warnings);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await CancelAsync();
            return Report(Outcome.Cancelled, graph.Warnings);
        }
        finally
        {
            // Empty unless the cache or the journal failed: then nothing that was started may run on.
            await stop.CancelAsync();
            await Task.WhenAll(running.Select(row => row.Work).OfType<Task>());
            await recorder.SettleAsync();
        }
    }

    public void Dispose()
    {
        scheduler.Dispose();
        keys.Dispose();
    }

    /// <summary>Lets the loop look again. There is room: one such message stands in the channel at most.</summary>
    void Wake()
    {
        if (Interlocked.Exchange(ref isAwake, 1) == 0) completions.Writer.TryWrite(item: null);
    }

    /// <summary>Check what is due, start what can start, wait for a completion; until nothing runs and nothing is due.</summary>
    async Task LoopAsync(CancellationToken cancellationToken)
    {
        var ended = new List<Completion>();
        while (true)
        {
            while (sought.Count < MostSought && due.TryDequeue(out var row))
            {
                if (divergence is not null) return;
                if (row.IsRemoved || row.HasEnded || row.WaitingFor > 0) continue;
                if (row.Node.IsBranch) LookAtBranch(row);
                else await LookAtLeafAsync(row, cancellationToken);
            }

            if (events.Count >= MostEventsHeldBack) await FlushAsync();
            else await recorder.WriteBehindAsync();
            if (sought.Count > 0)
            {
                await LookUpAsync(cancellationToken);
                continue;
            }

            if (unrolls.Count > 0)
            {
                Unroll();
                continue;
            }

            await StartAsync(cancellationToken);
            if (due.Count > 0) continue;
            if (running.Count == 0 && scheduler.Waiting == 0) return;
            Hear(await completions.Reader.ReadAsync(cancellationToken), ended);
            while (completions.Reader.TryRead(out var more)) Hear(more, ended);
            Settle(ended);
            ended.Clear();
        }
    }

    void Hear(Completion? completion, List<Completion> ended)
    {
        if (completion is null) Volatile.Write(ref isAwake, 0);
        else ended.Add(completion);
    }

    /// <summary>
    /// The one place where a state changes. What is true on entering: <see cref="NodeState.Ready"/>: the key is known and has no result;
    /// <see cref="NodeState.Running"/>: it has a slot, and works once the record is durable; <see cref="NodeState.Succeeded"/>: its result
    /// is stored and its layer composes; any other end: whoever needs it will not start; <see cref="NodeState.Waiting"/> again: what it
    /// was made from is being made again.
    /// </summary>
    void Enter(NodeRow row, NodeState state, NodeKey? key, bool cached, string? message)
    {
        progress.Move(row, state);
        row.State = state;

        // Where a node of that path is there again, its own transitions are what is told.
        if (row.IsRemoved && plan.Has(row.Node.Path)) return;
        var at = time.GetUtcNow();

        // Ready promises nothing that a restart could keep: the row would be found waiting, and ready, again.
        if (state != NodeState.Ready) recorder.Add(new JournalRecord(request.RunId, request.Attempt, row.Node.Path, state, key, cached, message, at));
        if (feed.IsWatched) events.Add(new(request.RunId, request.Attempt, row.Node, state, cached, message, at) { Progress = progress.Look(running, rows, scheduler) });
    }

    /// <summary>Makes the transitions so far durable, then tells of them.</summary>
    async ValueTask FlushAsync()
    {
        await recorder.FlushAsync();
        foreach (var moved in events) feed.Post(moved);
        events.Clear();
    }

    /// <summary>Gives a row its ending, and lets go of those that wait for it, unless only a person can.</summary>
    void End(NodeRow row, NodeEnding ending)
    {
        var isTold = row.State == ending.State && row.Ending?.Why == ending.Why;
        row.CheckedIn = revision;
        if (!isTold) Enter(row, ending.State, ending.Key, ending.Cached, ending.Why);
        Remember(row, ending);
        if (ending.State != NodeState.WaitingForHuman) TellThatItEnded(row);
    }

    /// <summary>Takes an ending over, also one that is to be looked at again: whoever saw the one before has to be looked at too.</summary>
    void Remember(NodeRow row, NodeEnding? ending)
    {
        if (ending?.LooksLike(row.Ending) != true) row.ChangedIn = revision;
        row.Ending = ending;
    }

    void TellThatItEnded(NodeRow row)
    {
        row.HasEnded = true;
        foreach (var dependant in plan.Dependants(row.Index)) StopWaiting(rows[dependant]);
        if (RowAround(row) is not { } branch) return;
        branch.StillInside--;
        if (!branch.IsOpen) return;
        if (branch.StillInside == 0) due.Enqueue(branch);
        else if (branch.StillInside == plan.Lasts(branch.Index).Length) StartLasts(branch);
    }

    void StopWaiting(NodeRow row)
    {
        if (--row.WaitingFor == 0) due.Enqueue(row);
    }

    NodeRow? RowAround(NodeRow row) => plan.Parent(row.Index) is >= 0 and var parent ? rows[parent] : null;

    NodeRow RowAt(NodePath path) => rows[plan.IndexOf(path)];

    /// <summary>Names the node where it began, however far up that is.</summary>
    static string SkippedBecauseOf(NodeRow bad) =>
        bad.Ending!.State == NodeState.Skipped ? bad.Ending.Why : $"Skipped, because {bad.Node.Path} {bad.Ending.State.Verb}.";

    /// <summary>What has not ended when nothing can go on waits for a person: nodes that asked one, what needs them, the branches around.</summary>
    void EnterWhatWaitsForHumans()
    {
        var asked = rows.Where(row => row is { State: NodeState.WaitingForHuman, Node.IsBranch: false }).ToList();
        if (asked.Count == 0) throw new InvalidOperationException($"Nothing can go on, and {rows.First(row => !row.HasEnded).Node.Path} has not ended.");
        foreach (var row in asked)
        {
            for (var branch = RowAround(row); branch is not null and not { State: NodeState.WaitingForHuman }; branch = RowAround(branch))
                End(branch, new(NodeState.WaitingForHuman, Key: null, $"{row.Node.Path} waits for a human: {row.Ending!.Why}"));
        }

        foreach (var row in rows)
        {
            if (!row.HasEnded && row.State is { IsFinal: true } and not NodeState.WaitingForHuman)
                Enter(row, NodeState.Waiting, key: null, cached: false, "What it is made from waits for a human.");
        }
    }

    /// <summary>Waits for what was told to stop, keeps what still came out well, and cancels the rest.</summary>
    async ValueTask CancelAsync()
    {
        await DrainAsync();
        if (plan.HasLasts) await CleanUpAsync();
        StopWhatIsLeft(Cancelled);
        await FlushAsync();
    }

    /// <summary>Waits for what was told to stop.</summary>
    async ValueTask DrainAsync()
    {
        var ended = new List<Completion>();
        while (running.Count > ended.Count) Hear(await completions.Reader.ReadAsync(CancellationToken.None), ended);
        Settle(ended);
    }

    [LoggerMessage(LogLevel.Warning, "The stored layer of {Node} could not be used, so that it runs again: {Why}")]
    partial void LogCachedLayerUnusable(NodePath node, string why);
}
