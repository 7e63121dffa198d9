using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

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
            Hear(await completions.Reader.ReadAsync(cancellationToken));
            while (completions.Reader.TryRead(out var more)) Hear(more);
            Settle(ended);
            ended.Clear();

            void Hear(Completion? completion)
            {
                if (completion is null) Volatile.Write(ref isAwake, 0);
                else ended.Add(completion);
            }
        }
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

    async ValueTask LookAtLeafAsync(NodeRow row, CancellationToken cancellationToken)
    {
        if (!isCancelling && IsSettled(row))
        {
            row.CheckedIn = revision;
            if (row.State is { IsFinal: true } and not NodeState.WaitingForHuman) TellThatItEnded(row);
            return;
        }

        if (Hindrance(row) is { } blocked)
        {
            EndUnlessRunning(row, blocked);
            return;
        }

        if (!TryGather(row, out var inputs, out var hindrance))
        {
            EndUnlessRunning(row, hindrance);
            return;
        }

        if (!row.Type!.Schema.AcceptsUntrusted && FindUntrusted(row) is { } untrusted)
        {
            EndUnlessRunning(row, new(NodeState.Denied, Key: null, untrusted));
            return;
        }

        var (environment, failure) = await executor.DescribeEnvironmentAsync(row.Type!, row.Node, cancellationToken);
        if (failure is not null)
        {
            EndUnlessRunning(row, new(NodeState.Failed, Key: null, failure.Message) { Result = failure });
            return;
        }

        var schema = row.Type!.Schema;
        var key = keys.Write(row.Node, schema, inputs, environment, schema.IsEffect ? request.RunId : null);
        row.CheckedIn = revision;
        row.InputTrust = HasUntrustedAttribute(row) || inputs.Any(input => input.Trust == Trust.Untrusted) ? Trust.Untrusted : Trust.Trusted;
        if (row.State == NodeState.Running)
        {
            if (row.Key != key) StopAndStartAgain(row);
            return;
        }

        if (row.State == NodeState.Ready)
        {
            if (row.Key == key) return;
            GiveUp(row);
        }

        if (recorded is not null)
        {
            await ReplayAsync(row, key, keys.Text, cancellationToken);
            return;
        }

        if (row.Ending is { } before && before.Key == key)
        {
            End(row, before);
            return;
        }

        if (underWay.TryGetValue(key, out var others))
        {
            // Not settled by this look: an ending of before must not pass for the one that is waited for.
            row.CheckedIn = -1;
            others.Add(row);
            return;
        }

        underWay.Add(key, [row]);
        sought.Add(new(row, key, keys.Text, inputs));
    }

    /// <summary>Looks up what is sought, all at once: what has a result ends, what has none is run at once where it is pure, else it is ready.</summary>
    async ValueTask LookUpAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var these = sought.ToArray();
        sought.Clear();
        var found = await recorder.FindAsync(Array.ConvertAll(these, one => one.Key), cancellationToken);
        var composedIn = revision;
        for (var i = 0; i < these.Length; i++)
        {
            if (revision != composedIn)
            {
                // Another graph since then: whoever still waits is due in it.
                foreach (var one in these.AsSpan(i)) underWay.Remove(one.Key);
                return;
            }

            var (row, key, text, inputs) = these[i];
            var (result, why, failure) = await ChooseAsync(row, key, found[i], cancellationToken);
            if (failure is not null)
            {
                LetGo(key);
                End(row, new(NodeState.Failed, key, failure.Message) { Result = failure });
                continue;
            }

            if (result is not null && TryUse(row, key, result, why ?? "From the cache.")) continue;
            (row.Key, row.KeyText) = (key, text);
            if (row.Type!.IsPure)
            {
                await RunPureAsync(row, inputs, cancellationToken);
                continue;
            }

            row.Why = why ?? await ExplainAsync(row, cancellationToken);
            Enter(row, NodeState.Ready, key, cached: false, message: null);
            scheduler.Add(row);
        }
    }

    /// <summary>Runs a node that ends at once. Nobody can see that it ran before its record is written, so that it starts before that.</summary>
    async ValueTask RunPureAsync(NodeRow row, ImmutableArray<NodeInput> inputs, CancellationToken cancellationToken)
    {
        row.Why = "Its key had no result.";
        var result = await executor.RunPureAsync(row.Type!, RunOf(row, inputs), cancellationToken);
        var ending = EndingOf(new(row, result, TimeSpan.Zero), out var trust);
        if (ending.State == NodeState.Succeeded) Keep(row, run: null, ending, layer: null, trust);
        row.KeyText = null;
        LetGo(row.Key!.Value);
        End(row, ending);
    }

    /// <summary>Lets rows that wait for the same key be looked at again.</summary>
    void LetGo(NodeKey key)
    {
        if (!underWay.Remove(key, out var same)) return;
        for (var i = 1; i < same.Count; i++) due.Enqueue(same[i]);
    }

    /// <param name="key">The row's own, which may be another than that of the result.</param>
    bool TryUse(NodeRow row, NodeKey key, NodeOutputs found, string from)
    {
        if (!graph.TryGrow(row, found.Layer, found.LayerTrust, out var next, out var why))
        {
            LogCachedLayerUnusable(row.Node.Path, why);
            return false;
        }

        LetGo(key);
        End(row, new(NodeState.Succeeded, key, from) { Cached = true, Outputs = found.Outputs });
        if (next is not null) Adopt(next, [row]);
        return true;
    }

    /// <summary>Says what made the node dirty: which facts of its key are others than when it last ran in this run.</summary>
    async ValueTask<string> ExplainAsync(NodeRow row, CancellationToken cancellationToken)
    {
        var text = row.KeyText!;
        history ??= await RunHistory.ReadAsync(journal, request.RunId, cancellationToken);
        var last = history.LastWithKey(row.Node.Path);
        var lastKey = row.Ending?.Key ?? last?.Key;
        if (lastKey is null) return "First run.";
        if (lastKey == row.Key)
        {
            return (row.Ending?.State ?? last!.State) switch
            {
                NodeState.Failed => "It failed last time.",
                NodeState.Cancelled => "It was cancelled last time.",
                NodeState.Running => "It was cut off last time.",
                NodeState.Succeeded => "Its result is not in the cache any more.",
                NodeState.WaitingForHuman => "It waited for a human last time.",
                var state => $"It {state.Verb} last time.",
            };
        }

        if ((await recorder.FindAsync([lastKey.Value], cancellationToken))[0] is { } before)
            return $"Changed since it last ran: {KeyDifference.Describe(before.KeyText, text)}.";
        return last?.State == NodeState.Failed ? "It failed last time, and what it is made from changed." : "What it is made from changed.";
    }

    /// <summary>Starts ready nodes while there are slots and resources. Their records are durable before the first of them works.</summary>
    async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var starting = new List<NodeRow>();
        while (scheduler.TryExpired(out var late)) EndUnlessRunning(late, TooLate(late));
        while (scheduler.TryNext(out var row))
        {
            if (row.WaitingFor > 0)
            {
                scheduler.Release(row);
                GiveUp(row);
                Enter(row, NodeState.Waiting, key: null, cached: false, "What it is made from is being made again.");
                continue;
            }

            running.Add(row);
            row.StartedAt = time.GetTimestamp();
            Enter(row, NodeState.Running, row.Key, cached: false, row.Why);
            starting.Add(row);
        }

        foreach (var row in scheduler.GivingWay()) StopAndStartAgain(row, givesWay: true);
        await FlushAsync();
        foreach (var row in starting)
        {
            TryGather(row, out var inputs, out _);
            row.Stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            row.Work = WorkAsync(row, inputs, row.Stop.Token);
        }
    }

    async Task WorkAsync(NodeRow row, ImmutableArray<NodeInput> inputs, CancellationToken cancellationToken)
    {
        var run = RunOf(row, inputs);
        var result = await executor.RunAsync(row.Type!, run, cancellationToken);

        // There is room: the channel holds as many as may run at once.
        completions.Writer.TryWrite(new(row, result, time.GetElapsedTime(row.StartedAt)) { Run = run });
    }

    NodeRun RunOf(NodeRow row, ImmutableArray<NodeInput> inputs)
    {
        var node = row.Node;
        return new()
        {
            RunId = request.RunId,
            Attempt = request.Attempt,
            Key = row.Key,
            Graph = graph.Current,
            Node = node,
            Inputs = ValuesOf(inputs),
            Report = message => feed.Post(
                new(request.RunId, request.Attempt, node, NodeState.Running, Cached: false, message, time.GetUtcNow()),
                () => row.State == NodeState.Running),
        };
    }

    /// <summary>Turns what came back into endings: layers composed first, then results kept, then states entered.</summary>
    void Settle(List<Completion> ended)
    {
        var endings = new List<(NodeRow Row, NodeEnding Ending, GraphPlan? Next)>(ended.Count);
        foreach (var completion in ended)
        {
            var row = completion.Row;
            var ending = EndingOf(completion, out var trust);
            GraphPlan? next = null;
            if (completion.Result is NodeResult.Succeeded { Layer: var layer } && !row.IsRemoved
                && !graph.TryGrow(row, layer, trust, out next, out var why))
            {
                ending = new(NodeState.Failed, row.Key, why) { Result = NodeResult.Failure(why), Elapsed = ending.Elapsed };
            }

            if (ending.State == NodeState.Succeeded && ending.Elapsed >= ShortestDuration) Measured.Add(new(row.Node.Path, row.Node.Type, ending.Elapsed));
            if (ending is { State: NodeState.Succeeded, Result: NodeResult.Succeeded { Layer: var written } })
                Keep(row, completion.Run, ending, written, trust);
            endings.Add((row, ending, next));
        }

        foreach (var (row, ending, _) in endings) Settle(row, ending);
        foreach (var (row, _, next) in endings)
            if (next is not null) Adopt(next, [row]);
    }

    NodeEnding EndingOf(Completion completion, out Trust trust)
    {
        var row = completion.Row;
        trust = row.InputTrust;
        switch (completion.Result)
        {
            case NodeResult.Succeeded succeeded:
                trust = succeeded.Approved ? Trust.Trusted : succeeded.FromOutside ? Trust.Untrusted : row.InputTrust;
                var given = trust;
                return Ending(NodeState.Succeeded, row.Why!) with
                {
                    Outputs = ValuesOf(succeeded.Outputs, given),
                };
            case NodeResult.Failed failed: return Ending(NodeState.Failed, failed.Message);
            case NodeResult.Skipped skipped: return Ending(NodeState.Skipped, skipped.Reason);
            case NodeResult.WaitingForHuman waiting: return Ending(NodeState.WaitingForHuman, waiting.Question);
            case NodeResult.Denied denied: return Ending(NodeState.Denied, denied.Reason);
            case NodeResult.OverBudget over: return Ending(NodeState.OverBudget, over.Reason);
            default: return Ending(NodeState.Cancelled, row.IsRemoved ? "It is no longer part of the graph." : "It was cancelled.");
        }

        NodeEnding Ending(NodeState state, string why) =>
            new(state, row.Key, why) { Result = completion.Result, Elapsed = completion.Elapsed };
    }

    static ImmutableSortedDictionary<string, NodeValue> ValuesOf(ImmutableArray<NodeInput> inputs)
    {
        var values = NodeEnding.NoOutputs;
        foreach (var input in inputs) values = values.Add(input.Name, input.ToValue());
        return values;
    }

    static ImmutableSortedDictionary<string, NodeValue> ValuesOf(ImmutableSortedDictionary<string, TaskValue> outputs, Trust trust)
    {
        var values = NodeEnding.NoOutputs;
        foreach (var (name, value) in outputs) values = values.Add(name, new(value, trust));
        return values;
    }

    /// <summary>Takes a row out of the running ones and ends it, unless it has to be looked at again first.</summary>
    void Settle(NodeRow row, NodeEnding ending)
    {
        running.Remove(row);
        scheduler.Release(row);
        row.Stop!.Dispose();
        (row.Stop, row.Work, row.KeyText) = (null, null, null);
        LetGo(row.Key!.Value);

        if (row.IsRemoved)
        {
            row.Ending = ending;
            Enter(row, ending.State, row.Key, cached: false, ending.Why);
        }
        else if (row.StartsAgain || row.WaitingFor > 0)
        {
            // Kept under its key: if that comes out the same when it is looked at, nothing was done in vain.
            row.Ending = ending.State == NodeState.Cancelled ? null : ending;
            Enter(row, NodeState.Waiting, row.Key, cached: false, row.GaveWay ? "It gave way to work that is needed." : "What it is made from changed while it ran.");
            if (row.WaitingFor == 0) due.Enqueue(row);
            row.StartsAgain = row.GaveWay = false;
        }
        else
        {
            End(row, ending);
        }
    }

    void StopAndStartAgain(NodeRow row, bool givesWay = false)
    {
        row.GaveWay = givesWay && !row.StartsAgain;
        row.StartsAgain = true;
        row.Stop!.Cancel();
    }

    void EndUnlessRunning(NodeRow row, NodeEnding ending)
    {
        if (row.State == NodeState.Ready) GiveUp(row);
        if (row.State == NodeState.Running) StopAndStartAgain(row);
        else End(row, ending);
    }

    static NodeEnding TooLate(NodeRow row)
    {
        var why = $"It waited for {Demand.Of(row.Node, row.Type!.Schema)} longer than its startTimeoutMinutes ({row.Node.StartLimit!.Value.TotalMinutes:0.##}).";
        return new(NodeState.Failed, Key: null, why) { Result = NodeResult.Failure(why) with { IsTransient = true } };
    }

    /// <summary>Gives a row its ending, and lets go of those that wait for it, unless only a person can.</summary>
    void End(NodeRow row, NodeEnding ending)
    {
        if (!ending.LooksLike(row.Ending)) row.ChangedIn = revision;
        row.CheckedIn = revision;
        if (row.State != ending.State || row.Ending?.Why != ending.Why) Enter(row, ending.State, ending.Key, ending.Cached, ending.Why);
        row.Ending = ending;
        if (ending.State != NodeState.WaitingForHuman) TellThatItEnded(row);
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
        while (running.Count > ended.Count)
            if (await completions.Reader.ReadAsync(CancellationToken.None) is { } completion) ended.Add(completion);
        Settle(ended);
    }

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

    [LoggerMessage(LogLevel.Warning, "The stored layer of {Node} could not be used, so that it runs again: {Why}")]
    partial void LogCachedLayerUnusable(NodePath node, string why);
}
