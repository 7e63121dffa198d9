using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

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

    /// <summary>Rows that only wait for a slot; one that is not <see cref="NodeState.Ready"/> any more is passed over.</summary>
    readonly Queue<NodeRow> ready = new();

    /// <summary>Who runs under a key, first, and who waits for the same key.</summary>
    readonly Dictionary<NodeKey, List<NodeRow>> underWay = [];
    readonly HashSet<NodeRow> running = [];
    readonly Channel<Completion> completions;

    /// <summary>Rows whose key is known and not yet looked up; each is under way.</summary>
    readonly List<Sought> sought = [];

    readonly RunRecorder recorder;
    readonly List<RunEvent> events = [];
    RunHistory? history;

    readonly GrowingGraph graph;

    /// <param name="recorder">Flushed by the run's end, unless it is a part of a build.</param>
    public GraphRun(
        RunRequest request, GraphPlan plan, IReadOnlyDictionary<string, INodeType> types, RunRecorder recorder, IJournal journal,
        RunnerOptions options, TimeProvider time, ProgressFeed feed, ILogger logger)
    {
        (this.request, this.plan, this.types, this.recorder, this.journal, this.options, this.time, this.feed, this.logger) =
            (request, plan, types, recorder, journal, options, time, feed, logger);
        graph = new(request, types, options);
        executor = new(options, time, logger);
        completions = Channel.CreateBounded<Completion>(new BoundedChannelOptions(options.Jobs) { SingleReader = true });
    }

    /// <summary>How a node's work ended; <see cref="Result"/> is null where it was stopped.</summary>
    sealed record Completion(NodeRow Row, NodeResult? Result, TimeSpan Elapsed);

    /// <summary>A row and what it would run with if its key has no result.</summary>
    readonly record struct Sought(NodeRow Row, NodeKey Key, string KeyText, ImmutableArray<NodeInput> Inputs);

    public async Task<RunResult> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Adopt(plan, writer: null);
            if (request.Given is null && DenyWhatIsCertain() is { Length: > 0 } denied)
            {
                await FlushAsync();
                return Report(Outcome.Denied, denied);
            }

            await LoopAsync(stop.Token);
            if (rows.Any(row => !row.HasEnded)) EnterWhatWaitsForHumans();
            if (request.Given is null || feed.IsWatched) await FlushAsync();
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

    public void Dispose() => keys.Dispose();

    /// <summary>Check what is due, start what can start, wait for a completion; until nothing runs and nothing is due.</summary>
    async Task LoopAsync(CancellationToken cancellationToken)
    {
        var ended = new List<Completion>();
        while (true)
        {
            while (sought.Count < MostSought && due.TryDequeue(out var row))
            {
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

            await StartAsync(cancellationToken);
            if (due.Count > 0) continue;
            if (running.Count == 0) return;
            ended.Add(await completions.Reader.ReadAsync(cancellationToken));
            while (completions.Reader.TryRead(out var more)) ended.Add(more);
            Settle(ended);
            ended.Clear();
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
        row.State = state;
        var at = time.GetUtcNow();

        // Ready promises nothing that a restart could keep: the row would be found waiting, and ready, again.
        if (state != NodeState.Ready) recorder.Add(new JournalRecord(request.RunId, request.Attempt, row.Node.Path, state, key, cached, message, at));
        if (feed.IsWatched) events.Add(new(request.RunId, request.Attempt, row.Node, state, cached, message, at));
    }

    /// <summary>Makes the transitions so far durable, then tells of them.</summary>
    async ValueTask FlushAsync()
    {
        await recorder.FlushAsync();
        foreach (var progress in events) feed.Post(progress);
        events.Clear();
    }

    void LookAtBranch(NodeRow row)
    {
        if (!row.IsOpen)
        {
            row.IsOpen = true;
            var blocked = RowAround(row)?.Blocked ?? FirstBadNeed(row);
            if (blocked != row.Blocked) (row.Blocked, row.BlockedIn) = (blocked, revision);
            if (blocked is null && row.StillInside > 0 && row.State == NodeState.Waiting)
                Enter(row, NodeState.Running, key: null, cached: false, message: null);
            foreach (var child in plan.Children(row.Index)) StopWaiting(rows[child]);
        }

        if (row.StillInside == 0 && !row.HasEnded) End(row, EndingOfBranch(row));
    }

    NodeEnding EndingOfBranch(NodeRow row)
    {
        if (row.Blocked is not null) return new(NodeState.Skipped, Key: null, row.Blocked);
        NodeRow? worst = null;
        var (good, succeeded, cached) = (0, 0, 0);
        var children = plan.Children(row.Index);
        foreach (var index in children)
        {
            var child = rows[index];
            if (child.Ending!.IsGood) good++;
            if (child.Ending.State == NodeState.Succeeded) succeeded++;
            if (child.Ending.Cached) cached++;
            if (child.Ending.State.Severity > (worst?.Ending!.State.Severity ?? 0)) worst = child;
        }

        if (worst is not null) return new(worst.Ending!.State, Key: null, $"{worst.Node.Path} {worst.Ending.State.Verb}.");
        if (succeeded > 0 && good == children.Length)
            return new(NodeState.Succeeded, Key: null, "Everything inside ended well.") { Cached = cached == succeeded };
        const string Nothing = "Nothing inside had anything to do.";
        return good == children.Length
            ? new(NodeState.Skipped, Key: null, Nothing) { Result = new NodeResult.Skipped(Nothing) }
            : new(NodeState.Skipped, Key: null, "Something inside was skipped.");
    }

    async ValueTask LookAtLeafAsync(NodeRow row, CancellationToken cancellationToken)
    {
        if (IsSettled(row))
        {
            row.CheckedIn = revision;
            if (row.State is { IsFinal: true } and not NodeState.WaitingForHuman) TellThatItEnded(row);
            return;
        }

        if ((RowAround(row)?.Blocked ?? FirstBadNeed(row)) is { } blocked)
        {
            EndUnlessRunning(row, new(NodeState.Skipped, Key: null, blocked));
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
            if (found[i] is { } outputs && TryUse(row, outputs)) continue;
            (row.Key, row.KeyText) = (key, text);
            if (row.Type!.IsPure)
            {
                await RunPureAsync(row, inputs, cancellationToken);
                continue;
            }

            row.Why = await ExplainAsync(row, cancellationToken);
            Enter(row, NodeState.Ready, key, cached: false, message: null);
            ready.Enqueue(row);
        }

    }

    /// <summary>Runs a node that ends at once. Nobody can see that it ran before its record is written, so that it starts before that.</summary>
    async ValueTask RunPureAsync(NodeRow row, ImmutableArray<NodeInput> inputs, CancellationToken cancellationToken)
    {
        row.Why = "Its key had no result.";
        var result = await executor.RunPureAsync(row.Type!, RunOf(row, inputs), cancellationToken);
        var ending = EndingOf(new(row, result, TimeSpan.Zero), out var trust);
        if (ending.State == NodeState.Succeeded) recorder.Add(new NodeOutputs(row.Key!.Value, row.KeyText!, ending.Outputs, Layer: null, time.GetUtcNow()) { LayerTrust = trust });
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

    bool TryUse(NodeRow row, NodeOutputs found)
    {
        if (!graph.TryGrow(row, found.Layer, found.LayerTrust, out var next, out var why))
        {
            LogCachedLayerUnusable(row.Node.Path, why);
            return false;
        }

        LetGo(found.Key);
        End(row, new(NodeState.Succeeded, found.Key, "From the cache.") { Cached = true, Outputs = found.Outputs });
        if (next is not null) Adopt(next, row);
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

    /// <summary>Starts ready nodes while there are slots. Their records are durable before the first of them works.</summary>
    async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var starting = new List<NodeRow>();
        while (running.Count < options.Jobs && ready.TryDequeue(out var row))
        {
            if (row.State != NodeState.Ready) continue;
            if (row.WaitingFor > 0)
            {
                GiveUp(row);
                Enter(row, NodeState.Waiting, key: null, cached: false, "What it is made from is being made again.");
                continue;
            }

            running.Add(row);
            Enter(row, NodeState.Running, row.Key, cached: false, row.Why);
            starting.Add(row);
        }

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
        var started = time.GetTimestamp();
        var result = await executor.RunAsync(row.Type!, RunOf(row, inputs), cancellationToken);

        // There is room: the channel holds as many as may run at once.
        completions.Writer.TryWrite(new(row, result, time.GetElapsedTime(started)));
    }

    NodeRun RunOf(NodeRow row, ImmutableArray<NodeInput> inputs)
    {
        var node = row.Node;
        return new()
        {
            RunId = request.RunId,
            Attempt = request.Attempt,
            Graph = graph.Current,
            Node = node,
            Inputs = inputs.ToImmutableSortedDictionary(input => input.Name, input => input.ToValue(), StringComparer.Ordinal),
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

            if (ending is { State: NodeState.Succeeded, Result: NodeResult.Succeeded { Layer: var written } })
                recorder.Add(new NodeOutputs(row.Key!.Value, row.KeyText!, ending.Outputs, written, time.GetUtcNow()) { LayerTrust = trust });
            endings.Add((row, ending, next));
        }

        foreach (var (row, ending, _) in endings) Settle(row, ending);
        foreach (var (row, _, next) in endings)
            if (next is not null) Adopt(next, row);
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
                    Outputs = NodeEnding.NoOutputs.AddRange(
                        succeeded.Outputs.Select(output => KeyValuePair.Create(output.Key, new NodeValue(output.Value, given)))),
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

    /// <summary>Takes a row out of the running ones and ends it, unless it has to be looked at again first.</summary>
    void Settle(NodeRow row, NodeEnding ending)
    {
        running.Remove(row);
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
            Enter(row, NodeState.Waiting, row.Key, cached: false, "What it is made from changed while it ran.");
            if (row.WaitingFor == 0) due.Enqueue(row);
            row.StartsAgain = false;
        }
        else
        {
            End(row, ending);
        }
    }

    void StopAndStartAgain(NodeRow row)
    {
        row.StartsAgain = true;
        row.Stop!.Cancel();
    }

    void EndUnlessRunning(NodeRow row, NodeEnding ending)
    {
        if (row.State == NodeState.Ready) GiveUp(row);
        if (row.State == NodeState.Running) StopAndStartAgain(row);
        else End(row, ending);
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
        if (RowAround(row) is { } branch && --branch.StillInside == 0 && branch.IsOpen) due.Enqueue(branch);
    }

    void StopWaiting(NodeRow row)
    {
        if (--row.WaitingFor == 0) due.Enqueue(row);
    }

    NodeRow? RowAround(NodeRow row) => plan.Parent(row.Index) is >= 0 and var parent ? rows[parent] : null;

    NodeRow RowAt(NodePath path) => rows[plan.IndexOf(path)];

    /// <summary>Why the row may not start, from the first of its needs that did not end well; null where all did.</summary>
    string? FirstBadNeed(NodeRow row)
    {
        foreach (var need in row.Node.Needs)
            if (RowAt(need) is { Ending.IsGood: false } bad) return SkippedBecauseOf(bad);
        return null;
    }

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
                if ((other.Node.IsBranch ? other.DefinedIn : other.ChangedIn) > since) return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Takes a plan over: rows of nodes that are still there stay, with their state and ending; new ones start waiting; those gone are
    /// cancelled. Then everything is counted anew, and what has nothing to wait for is due: rows that are settled say so at once.
    /// </summary>
    void Adopt(GraphPlan next, NodeRow? writer)
    {
        var before = rows.ToDictionary(row => row.Node.Path);
        plan = next;
        if (writer is not null) revision++;
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
                row = new(node, plan.Type(i), revision)
                {
                    Depth = Math.Max(plan.Depth(i), writer is null ? 0 : writer.Depth + 1),
                    Generation = writer is null ? 0 : writer.Generation + 1,
                    AddedBy = writer?.Node.Path,
                };
                if (request.Given?.TryGetValue(node.Path, out var given) == true) (row.State, row.Ending, row.IsGiven) = (given.State, given, true);
            }

            rows[i] = row;
            row.Index = i;
            row.WaitingFor = plan.WaitsFor(i);
            row.StillInside = plan.Children(i).Length;
            row.IsOpen = row.HasEnded = false;
        }

        foreach (var row in before.Values) Remove(row, writer!);
        due.Clear();
        foreach (var row in rows)
            if (row.WaitingFor == 0 && !row.IsGiven) due.Enqueue(row);
        foreach (var row in rows)
        {
            if (!row.IsGiven) continue;
            foreach (var child in plan.Children(row.Index)) StopWaiting(rows[child]);
            TellThatItEnded(row);
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
            row.Ending = new(NodeState.Cancelled, Key: null, $"The layer that {writer.Node.Path} wrote took it out of the graph.");
            Enter(row, NodeState.Cancelled, key: null, cached: false, row.Ending.Why);
        }
    }

    /// <summary>Takes a row that has not started back from being ready; whoever waits for the same key is looked at again.</summary>
    void GiveUp(NodeRow row)
    {
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
        var ended = new List<Completion>();
        while (running.Count > ended.Count) ended.Add(await completions.Reader.ReadAsync(CancellationToken.None));
        Settle(ended);
        foreach (var row in rows)
        {
            if (row.State.IsFinal) continue;
            row.Ending = new(NodeState.Cancelled, row.Key, "The run was cancelled before it ended.");
            Enter(row, NodeState.Cancelled, row.Key, cached: false, row.Ending.Why);
        }

        await FlushAsync();
    }

    Outcome Worst()
    {
        var leaves = rows.Where(row => !row.Node.IsBranch);
        return leaves.Select(row => row.State).DefaultIfEmpty(NodeState.Skipped).MaxBy(state => state.Severity) switch
        {
            NodeState.Failed => Outcome.Failed,
            NodeState.OverBudget => Outcome.OverBudget,
            NodeState.Denied => Outcome.Denied,
            NodeState.Cancelled => Outcome.Cancelled,
            NodeState.WaitingForHuman => Outcome.WaitingForHuman,
            _ => leaves.Any(row => row.State == NodeState.Succeeded) ? Outcome.Succeeded : Outcome.Skipped,
        };
    }

    RunResult Report(Outcome outcome, ImmutableArray<Problem> problems) =>
        new(outcome, graph.Current, [.. removed.Where(row => !plan.Has(row.Node.Path)).Concat(rows.Where(row => !row.IsGiven)).Select(Report)], graph.Layers, problems);

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
