using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Brings a <see cref="CompiledGraph"/> up to date. What the log knows and nothing has touched is up to date and is not looked at; what is dirty is
/// looked up and else run, level by level, and makes dirty what can see a difference. So work follows what is dirty. Memory follows what is still
/// to be taken: a node is an object only while it is looked at. Pure nodes end at once, so that nothing here waits but for the stores.
/// </summary>
sealed class GraphBuild(
    CompiledGraph graph, BuildLog log, RunId runId, int attempt, IReadOnlyDictionary<string, INodeType> types, IResultCache cache, IJournal journal,
    NodeExecutor executor, TimeProvider time) : IDisposable
{
    /// <summary>Nodes that are looked at and looked up together.</summary>
    const int MostTogether = 512;

    readonly RunRecorder recorder = new(cache, journal);
    readonly KeyWriter keys = new();

    /// <summary>Nodes that have to be looked at; every bit below <see cref="firstDirty"/> is clear.</summary>
    readonly BitArray dirty = new(graph.Count);
    int firstDirty = int.MaxValue;
    int dirtyNodes;

    /// <summary>Of leaves that ended well, for those that may still take them.</summary>
    readonly ImmutableSortedDictionary<string, NodeValue>?[] outputs = new ImmutableSortedDictionary<string, NodeValue>?[graph.Count];
    readonly Dictionary<int, ImmutableSortedDictionary<string, NodeValue>> branches = [];

    /// <summary>Paths that were read already; the root above all where not.</summary>
    readonly NodePath[] paths = new NodePath[graph.Count];

    /// <summary>Endings other than success, as those that depend on such a node are skipped.</summary>
    readonly Dictionary<int, NodeEnding> unwell = [];
    readonly List<NodeReport> reports = [];
    readonly TaskGraph nothing = new(graph.Root, ImmutableSortedDictionary<NodePath, TaskNode>.Empty);
    int executed;
    BuildLevels? levels;

    /// <summary>A leaf and what it would run with if its key has no result.</summary>
    readonly record struct Sought(int Index, TaskNode Node, INodeType Type, NodeKey Key, string KeyText, ImmutableArray<NodeInput> Inputs, Trust Trust);

    public void Dispose() => keys.Dispose();

    public async Task<BuildResult> RunAsync(CancellationToken cancellationToken)
    {
        MarkWhatChanged();
        if (dirtyNodes == 0) return BuildResult.UpToDate(graph, log);
        if (GraphPlan.Build([.. graph.Changed.Select(node => node with { Needs = [], Inputs = NoInputs })], types).Problems is { IsEmpty: false } problems)
            return Result(Outcome.Failed, problems);
        levels ??= new(graph);
        RecordBranches(NodeState.Running);
        try
        {
            while (dirtyNodes > 0) await RunSomeAsync(cancellationToken);
            RecordBranches(null);
            return Result(Worst(), []);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            RecordBranches(NodeState.Cancelled);
            return Result(Outcome.Cancelled, []);
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

    /// <summary>
    /// Brings dirty nodes of the first dirty level up to date, in the order of their numbers. Nodes of one level depend on nothing in it, so that
    /// what they take and what they have is looked up together.
    /// </summary>
    async ValueTask RunSomeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var chosen = Choose();
        if (!await FetchWhatIsTakenAsync(chosen, cancellationToken)) return;
        var nodes = graph.Nodes(chosen, paths);
        var sought = new List<Sought>(chosen.Count);
        for (var i = 0; i < nodes.Length; i++)
        {
            if (await LookAtAsync(chosen[i], nodes[i], cancellationToken) is { } one) sought.Add(one);
        }

        var found = sought.Count == 0 ? [] : await recorder.FindAsync(sought.ConvertAll(one => one.Key), cancellationToken);
        for (var i = 0; i < found.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await EndAsync(sought[i], found[i], cancellationToken);
        }

        Forget(chosen);
        while (firstDirty < graph.Count && !dirty[firstDirty]) firstDirty++;
        await recorder.WriteBehindAsync();
    }

    List<int> Choose()
    {
        var chosen = new List<int>();
        var end = levels![levels.Of[firstDirty]].End.Value;
        for (var i = firstDirty; i < end && chosen.Count < MostTogether; i++)
            if (dirty[i]) chosen.Add(i);
        return chosen;
    }

    /// <summary>Sees to it that the outputs are there of all that nodes take something from. False where a result is gone: then its node is dirty.</summary>
    async ValueTask<bool> FetchWhatIsTakenAsync(List<int> chosen, CancellationToken cancellationToken)
    {
        SortedSet<int>? missing = null;
        foreach (var index in chosen)
        {
            foreach (var source in graph.Sources(index))
                if (outputs[source] is null && !graph.IsBranch(source) && !unwell.ContainsKey(source)) (missing ??= []).Add(source);
        }

        if (missing is null) return true;
        var isWhole = true;
        foreach (var some in missing.Chunk(MostTogether))
        {
            var found = await recorder.FindAsync(Array.ConvertAll(some, source => log.KeyOf(source)!.Value), cancellationToken);
            for (var i = 0; i < some.Length; i++)
            {
                outputs[some[i]] = found[i]?.Outputs;
                if (found[i] is not null) continue;
                Mark(some[i]);
                isWhole = false;
            }
        }

        return isWhole;
    }

    /// <returns>What to look up; null where the node has ended without that.</returns>
    async ValueTask<Sought?> LookAtAsync(int index, TaskNode node, CancellationToken cancellationToken)
    {
        var type = types[node.Type];
        if (Hindrance(index, node) is { } hindrance || !TryGather(index, node, type.Schema, out var inputs, out hindrance))
        {
            End(index, node, hindrance);
            return null;
        }

        var trust = Trust.Trusted;
        foreach (var input in inputs)
        {
            if (input.Trust == Trust.Trusted) continue;
            trust = Trust.Untrusted;
            if (type.Schema.AcceptsUntrusted) continue;
            End(index, node, new(
                NodeState.Denied, Key: null,
                $"{node.Path} does not accept untrusted data, and its input '{input.Name}' would get some. Put a human.approve node in between."));
            return null;
        }

        var (environment, failure) = await executor.DescribeEnvironmentAsync(type, node, cancellationToken);
        if (failure is not null)
        {
            End(index, node, new(NodeState.Failed, Key: null, failure.Message) { Result = failure });
            return null;
        }

        var key = keys.Write(node, type.Schema, inputs, environment, effectOf: null);
        return new(index, node, type, key, keys.Text, inputs, trust);
    }

    NodeEnding? Hindrance(int index, TaskNode node)
    {
        for (var i = 0; i < node.Needs.Length; i++)
            if (unwell.TryGetValue(graph.Sources(index)[i], out var bad) && !bad.IsGood) return SkippedBecauseOf(node.Needs[i], bad);
        return null;
    }

    /// <summary>Collects the values of a node's inputs, or says what ends it because there is no such value.</summary>
    bool TryGather(int index, TaskNode node, NodeTypeSchema schema, out ImmutableArray<NodeInput> inputs, [NotNullWhen(false)] out NodeEnding? hindrance)
    {
        (inputs, hindrance) = ([], null);
        if (node.Inputs.IsEmpty) return true;
        var gathered = ImmutableArray.CreateBuilder<NodeInput>(node.Inputs.Count);
        var connections = graph.Sources(index)[node.Needs.Length..];
        var next = 0;
        foreach (var (name, sources) in node.Inputs)
        {
            var values = ImmutableArray.CreateBuilder<NodeValue>(sources.Length);
            foreach (var source in sources)
            {
                var other = connections[next++];
                var ending = unwell.GetValueOrDefault(other);
                if (ValueOf(other, source.Name) is { } value)
                {
                    values.Add(value);
                }
                else if (ending is null && outputs[other] is { } given)
                {
                    var message = NothingOfThatName(name, source, given);
                    hindrance = new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
                    return false;
                }
                else if (ending is { IsGood: false })
                {
                    hindrance = SkippedBecauseOf(source.Node, ending);
                    return false;
                }
                else if (schema.RequiresInput(name))
                {
                    hindrance = new(NodeState.Skipped, Key: null, $"Skipped, because {source.Node} had nothing to give: {ending?.Why}");
                    return false;
                }
            }

            if (values.Count > 0 || sources.Length > 1) gathered.Add(new(name, values.DrainToImmutable(), sources.Length > 1));
        }

        inputs = gathered.DrainToImmutable();
        return true;
    }

    static string NothingOfThatName(string input, OutputPath source, ImmutableSortedDictionary<string, NodeValue> given) =>
        $"Its input '{input}' is connected to {source}, and {source.Node} gave no '{source.Name}'"
        + (given.IsEmpty ? ", nor anything else." : $", only {string.Join(", ", given.Keys)}.");

    /// <summary>The value of a leaf's output, or of a branch's attribute; null where there is none.</summary>
    NodeValue? ValueOf(int index, string name)
    {
        if (!graph.IsBranch(index)) return outputs[index]?.GetValueOrDefault(name);
        if (!branches.TryGetValue(index, out var values))
            branches.Add(index, values = graph.Node(index).Attributes.ToImmutableSortedDictionary(pair => pair.Key, pair => new NodeValue(pair.Value, Trust.Trusted), StringComparer.Ordinal));
        return values.GetValueOrDefault(name);
    }

    /// <summary>Names the node where it began, however far up that is.</summary>
    static NodeEnding SkippedBecauseOf(NodePath path, NodeEnding bad) =>
        new(NodeState.Skipped, Key: null, bad.State == NodeState.Skipped ? bad.Why : $"Skipped, because {path} {bad.State.Verb}.");

    /// <summary>Uses the result that was found, which another node under the same key may have given just now; else does the work.</summary>
    async ValueTask EndAsync(Sought one, NodeOutputs? found, CancellationToken cancellationToken)
    {
        found ??= recorder.Unwritten(one.Key);
        if (found is { Layer: null, Reads.IsEmpty: true })
        {
            End(one.Index, one.Node, new(NodeState.Succeeded, one.Key, "From the cache.") { Cached = true, Outputs = found.Outputs });
            return;
        }

        var result = await executor.RunPureAsync(one.Type, RunOf(one), cancellationToken);
        var ending = new NodeEnding(NodeState.Succeeded, one.Key, "Its key had no result.") { Result = result };
        switch (result)
        {
            case NodeResult.Succeeded succeeded:
                var trust = succeeded.Approved ? Trust.Trusted : succeeded.FromOutside ? Trust.Untrusted : one.Trust;
                var values = NodeEnding.NoOutputs;
                foreach (var (name, value) in succeeded.Outputs) values = values.Add(name, new(value, trust));
                ending = ending with { Outputs = values };
                recorder.Add(new NodeOutputs(one.Key, one.KeyText, values, Layer: null, time.GetUtcNow()) { LayerTrust = trust });
                break;
            case NodeResult.Failed failed: ending = ending with { State = NodeState.Failed, Why = failed.Message }; break;
            case NodeResult.Skipped skipped: ending = ending with { State = NodeState.Skipped, Why = skipped.Reason }; break;
            case NodeResult.WaitingForHuman waiting: ending = ending with { State = NodeState.WaitingForHuman, Why = waiting.Question }; break;
            case NodeResult.Denied denied: ending = ending with { State = NodeState.Denied, Why = denied.Reason }; break;
            case NodeResult.OverBudget over: ending = ending with { State = NodeState.OverBudget, Why = over.Reason }; break;
        }

        End(one.Index, one.Node, ending);
    }

    NodeRun RunOf(Sought one)
    {
        var values = NodeEnding.NoOutputs;
        foreach (var input in one.Inputs) values = values.Add(input.Name, input.ToValue());
        return new() { RunId = runId, Attempt = attempt, Key = one.Key, Graph = nothing, Node = one.Node, Inputs = values, Report = static _ => { } };
    }

    /// <summary>The one place where a leaf ends. Where others can see a difference, they have to be looked at.</summary>
    void End(int index, TaskNode node, NodeEnding ending)
    {
        dirty[index] = false;
        dirtyNodes--;
        recorder.Add(new JournalRecord(runId, attempt, node.Path, ending.State, ending.Key, ending.Cached, ending.Why, time.GetUtcNow()));
        if (ending is { Cached: false, State: NodeState.Succeeded or NodeState.Failed }) executed++;
        var users = levels!.Users(index);
        if (ending.State == NodeState.Succeeded)
        {
            if (users.Length > 0) outputs[index] = ending.Outputs;
            if (!(log.Set(index, graph, ending.Key!.Value, ending.Outputs) | unwell.Remove(index))) return;
        }
        else
        {
            outputs[index] = null;
            log.Clear(index);
            reports.Add(new(node, ending.State, ending.Cached, ending.Key, ending.Outputs, ending.Result, ending.Why, ending.Elapsed));
            unwell[index] = ending;
        }

        foreach (var user in users) Mark(user);
    }

    /// <summary>Lets go of what nobody after these nodes takes or names.</summary>
    void Forget(List<int> chosen)
    {
        foreach (var index in chosen)
        {
            foreach (var source in graph.Sources(index))
                if (levels!.Users(source)[^1] <= chosen[^1]) (outputs[source], paths[source]) = (null, default);
            if (levels!.Users(index).IsEmpty) paths[index] = default;
        }
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

    static ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs { get; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
}
