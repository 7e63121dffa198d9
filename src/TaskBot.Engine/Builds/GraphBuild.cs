using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Brings a <see cref="CompiledGraph"/> up to date: gives every node the state, key and outputs that running the graph would, and looks only at what
/// has changed since the log was written and at what that changes. What is dirty is looked up and else run, level by level, and makes dirty what can
/// see a difference. So work follows what is dirty, and memory what is still to be taken: a node is an object only while it is looked at. A node
/// that was up to date enters no state and leaves no record. Pure nodes end at once, so all of it happens on one thread, and nothing waits but for
/// the store. One build; not safe for concurrent use.
/// </summary>
public sealed partial class GraphBuild : IDisposable
{
    /// <summary>Nodes that are looked at and looked up together.</summary>
    const int MostTogether = 512;

    readonly CompiledGraph graph;
    readonly BuildLog log;
    readonly RunId runId;
    readonly int attempt;
    readonly Dictionary<string, IPureNodeType> types = new(StringComparer.Ordinal);
    readonly IBuildStore store;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly KeyWriter keys = new();
    readonly NamePool names = new();

    /// <summary>Nodes that have to be looked at; every bit below <see cref="firstDirty"/> is clear.</summary>
    readonly BitArray dirty;
    int firstDirty = int.MaxValue;
    int dirtyNodes;

    /// <summary>Of leaves that ended well, for those that may still take them.</summary>
    readonly ImmutableSortedDictionary<string, NodeValue>?[] outputs;
    readonly Dictionary<int, ImmutableSortedDictionary<string, NodeValue>> branches = [];

    /// <summary>Paths that were read already; the root above all where not.</summary>
    readonly NodePath[] paths;

    /// <summary>Endings other than success, as those that depend on such a node are skipped.</summary>
    readonly Dictionary<int, NodeEnding> unwell = [];
    readonly List<NodeReport> reports = [];
    readonly TaskGraph nothing;

    /// <summary>What ran among the nodes that are looked at together, by key.</summary>
    readonly Dictionary<string, NodeOutputs> ranTogether = new(StringComparer.Ordinal);
    int executed;
    BuildLevels? levels;
    DateTimeOffset now;

    /// <param name="log">
    /// What is known from before, and is written on. Nothing may have been removed from the store since, nor the node types have changed.
    /// </param>
    public GraphBuild(
        CompiledGraph graph, BuildLog log, RunId runId, int attempt, IEnumerable<IPureNodeType> types, IBuildStore store, TimeProvider time, ILogger<GraphBuild> logger)
    {
        (this.graph, this.log, this.runId, this.attempt, this.store, this.time, this.logger) = (graph, log, runId, attempt, store, time, logger);
        foreach (var type in types) this.types.Add(type.Schema.Name, type);
        dirty = new(graph.Count);
        (outputs, paths) = (new ImmutableSortedDictionary<string, NodeValue>?[graph.Count], new NodePath[graph.Count]);
        nothing = new(graph.Root, ImmutableSortedDictionary<NodePath, TaskNode>.Empty);
    }

    /// <summary>A leaf and what it would run with if its key has no result.</summary>
    sealed record Sought(int Index, TaskNode Node, IPureNodeType Type, NodeKey Key, string KeyText, ImmutableArray<NodeInput> Inputs, Trust Trust);

    public void Dispose() => keys.Dispose();

    /// <param name="cancellationToken">Ends the build as <see cref="Outcome.Cancelled"/>: no exception.</param>
    public BuildResult Run(CancellationToken cancellationToken)
    {
        MarkWhatChanged();
        if (dirtyNodes == 0) return BuildResult.UpToDate(graph, log);
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var (_, node) in graph.Changed) GraphPlan.CheckAttributes(node, problems);
        if (problems.Count > 0) return Result(Outcome.Failed, problems.ToImmutable());
        levels ??= new(graph);
        RecordBranches(NodeState.Running);
        try
        {
            while (dirtyNodes > 0 && !cancellationToken.IsCancellationRequested) RunSome(cancellationToken);
            RecordBranches(dirtyNodes > 0 ? NodeState.Cancelled : null);
            return Result(dirtyNodes > 0 ? Outcome.Cancelled : Worst(), []);
        }
        finally
        {
            // What was not looked at is not known any more.
            for (var i = 0; dirtyNodes > 0 && i < graph.Count; i++)
                if (dirty[i]) log.Clear(i);
            store.Commit();
        }
    }

    void MarkWhatChanged()
    {
        for (var i = log.NextChanged(graph, 0); i >= 0; i = log.NextChanged(graph, i + 1))
        {
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
    void RunSome(CancellationToken cancellationToken)
    {
        now = time.GetUtcNow();
        var chosen = Choose();
        if (!FetchWhatIsTaken(chosen)) return;
        var sought = new List<Sought>(chosen.Count);
        foreach (var index in chosen)
            if (LookAt(index, graph.Node(index, names, paths)) is { } one) sought.Add(one);
        var found = Find(sought.Count, i => sought[i].Key);
        ranTogether.Clear();
        for (var i = 0; i < found.Length && !cancellationToken.IsCancellationRequested; i++) End(sought[i], found[i]);
        Forget(chosen);
        while (firstDirty < graph.Count && !dirty[firstDirty]) firstDirty++;
    }

    List<int> Choose()
    {
        var chosen = new List<int>();
        var end = levels![levels.Of[firstDirty]].End.Value;
        for (var i = firstDirty; i < end && chosen.Count < MostTogether; i++)
            if (dirty[i]) chosen.Add(i);
        return chosen;
    }

    NodeOutputs?[] Find(int count, Func<int, NodeKey> key)
    {
        var (sought, found) = (new NodeKey[count], new NodeOutputs?[count]);
        for (var i = 0; i < count; i++) sought[i] = key(i);
        store.Find(sought, found);
        return found;
    }

    /// <summary>Sees to it that the outputs are there of all that nodes take something from. False where a result is gone: then its node is dirty.</summary>
    bool FetchWhatIsTaken(List<int> chosen)
    {
        var missing = new List<int>();
        foreach (var index in chosen)
        {
            foreach (var source in graph.Sources(index))
                if (outputs[source] is null && !graph.IsBranch(source) && !unwell.ContainsKey(source)) missing.Add(source);
        }

        if (missing.Count == 0) return true;
        var isWhole = true;
        var found = Find(missing.Count, i => log.KeyOf(missing[i])!.Value);
        for (var i = 0; i < found.Length; i++)
        {
            outputs[missing[i]] = found[i]?.Outputs;
            if (found[i] is not null) continue;
            Mark(missing[i]);
            isWhole = false;
        }

        return isWhole;
    }

    /// <returns>What to look up; null where the node has ended without that.</returns>
    Sought? LookAt(int index, TaskNode node)
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

        var key = keys.Write(node, type.Schema, inputs, NoEnvironment, effectOf: null);
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
    void End(Sought one, NodeOutputs? found)
    {
        found ??= ranTogether.GetValueOrDefault(one.Key.Value);
        if (found is { Layer: null, Reads.IsEmpty: true })
        {
            End(one.Index, one.Node, new(NodeState.Succeeded, one.Key, "From the cache.") { Cached = true, Outputs = found.Outputs });
            return;
        }

        var result = Work(one);
        End(one.Index, one.Node, result switch
        {
            NodeResult.Succeeded succeeded => Keep(one, succeeded),
            NodeResult.Failed failed => Ending(NodeState.Failed, failed.Message),
            NodeResult.Skipped skipped => Ending(NodeState.Skipped, skipped.Reason),
            NodeResult.WaitingForHuman waiting => Ending(NodeState.WaitingForHuman, waiting.Question),
            NodeResult.Denied denied => Ending(NodeState.Denied, denied.Reason),
            NodeResult.OverBudget over => Ending(NodeState.OverBudget, over.Reason),
            _ => throw new InvalidOperationException($"{result} is no ending."),
        });

        NodeEnding Ending(NodeState state, string why) => new(state, one.Key, why) { Result = result };
    }

    NodeEnding Keep(Sought one, NodeResult.Succeeded result)
    {
        var trust = result.Approved ? Trust.Trusted : result.FromOutside ? Trust.Untrusted : one.Trust;
        var values = NodeEnding.NoOutputs;
        foreach (var (name, value) in result.Outputs) values = values.Add(name, new(value, trust));
        var given = new NodeOutputs(one.Key, one.KeyText, values, Layer: null, now) { LayerTrust = trust };
        ranTogether[one.Key.Value] = given;
        store.Add(given);
        return new(NodeState.Succeeded, one.Key, "Its key had no result.") { Outputs = values, Result = result };
    }

    /// <summary>A node's own exceptions end here.</summary>
    NodeResult Work(Sought one)
    {
        var values = NodeEnding.NoOutputs;
        foreach (var input in one.Inputs) values = values.Add(input.Name, input.ToValue());
        try
        {
            return one.Type.Run(new() { RunId = runId, Attempt = attempt, Key = one.Key, Graph = nothing, Node = one.Node, Inputs = values, Report = static _ => { } });
        }
        catch (Exception exception)
        {
            LogFailed(one.Node.Path.ToString(), exception);
            return NodeResult.Failure(exception.Message);
        }
    }

    /// <summary>The one place where a leaf ends. Where others can see a difference, they have to be looked at.</summary>
    void End(int index, TaskNode node, NodeEnding ending)
    {
        dirty[index] = false;
        dirtyNodes--;
        store.Add(new JournalRecord(runId, attempt, node.Path, ending.State, ending.Key, ending.Cached, ending.Why, now));
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
        var worst = state is null && unwell.Count > 0 ? WorstInside() : null;
        for (var i = graph.NextBranch(0); i >= 0; i = graph.NextBranch(i + 1))
        {
            var path = graph.PathOf(i);
            var entered = state ?? worst?.GetValueOrDefault(path, NodeState.Succeeded) ?? NodeState.Succeeded;
            store.Add(new JournalRecord(runId, attempt, path, entered, Key: null, Cached: state is null && executed == 0, Message: null, time.GetUtcNow()));
        }
    }

    Dictionary<NodePath, NodeState> WorstInside()
    {
        var worst = new Dictionary<NodePath, NodeState>();
        foreach (var (index, ending) in unwell)
        {
            if (ending.IsGood) continue;
            for (var branch = graph.PathOf(index).Parent; !branch.IsRoot; branch = branch.Parent)
                if (!worst.TryGetValue(branch, out var other) || ending.State.Severity > other.Severity) worst[branch] = ending.State;
        }

        return worst;
    }

    Outcome Worst()
    {
        var worst = NodeState.Succeeded;
        foreach (var (_, ending) in unwell)
            if (ending.State.Severity > worst.Severity) worst = ending.State;
        return worst switch
        {
            NodeState.Failed => Outcome.Failed,
            NodeState.OverBudget => Outcome.OverBudget,
            NodeState.Denied => Outcome.Denied,
            NodeState.Cancelled => Outcome.Cancelled,
            NodeState.WaitingForHuman => Outcome.WaitingForHuman,
            _ => unwell.Count < graph.Leaves ? Outcome.Succeeded : Outcome.Skipped,
        };
    }

    BuildResult Result(Outcome outcome, ImmutableArray<Problem> problems)
    {
        var (failed, skipped) = (0, 0);
        foreach (var (_, ending) in unwell)
        {
            if (ending.State == NodeState.Failed) failed++;
            if (ending.State == NodeState.Skipped) skipped++;
        }

        return new(
            outcome, graph.Leaves, executed, graph.Leaves - dirtyNodes - unwell.Count - (executed - failed), skipped, failed, [.. reports], log, problems);
    }

    static ImmutableSortedDictionary<string, string> NoEnvironment { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    [LoggerMessage(LogLevel.Warning, "Node {Node} ended in an exception.")]
    partial void LogFailed(string node, Exception exception);
}
