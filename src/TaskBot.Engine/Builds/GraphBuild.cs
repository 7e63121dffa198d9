using System.Collections;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Brings a <see cref="CompiledGraph"/> up to date: gives every node the state, key and outputs that running the graph would, and looks only at what
/// has changed since the log was written and at what that changes. What is dirty is looked up and else run, in the order of its numbers, and makes dirty what can
/// see a difference. So work follows what is dirty, and memory what is still to be taken: a node is no object while nobody asks for one. A node
/// that was up to date enters no state and leaves no record. Pure nodes end at once, so all of it happens on one thread, and nothing waits but for
/// the store. One build; not safe for concurrent use.
/// </summary>
public sealed partial class GraphBuild : IDisposable
{
    readonly CompiledGraph graph;
    readonly BuildLog log;
    readonly RunId runId;
    readonly int attempt;
    readonly Dictionary<string, IPureNodeType> types = new(StringComparer.Ordinal);
    readonly IBuildStore store;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly KeyWriter keys = new();

    /// <summary>The leaf that is looked at.</summary>
    readonly BuildNode node = new();

    /// <summary>Nodes that have to be looked at; every bit below <see cref="firstDirty"/> is clear.</summary>
    readonly BitArray dirty;
    int firstDirty = int.MaxValue;
    int dirtyNodes;

    /// <summary>Of leaves that ended well, for those that may still take them.</summary>
    readonly ImmutableSortedDictionary<string, NodeValue>?[] outputs;
    readonly Dictionary<int, ImmutableSortedDictionary<string, NodeValue>> branches = [];

    /// <summary>Endings other than success, as those that depend on such a node are skipped.</summary>
    readonly Dictionary<int, NodeEnding> unwell = [];
    readonly List<NodeReport> reports = [];
    int executed;
    NodeUsers? users;
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
        outputs = new ImmutableSortedDictionary<string, NodeValue>?[graph.Count];
    }

    public void Dispose() => keys.Dispose();

    /// <param name="cancellationToken">Ends the build as <see cref="Outcome.Cancelled"/>: no exception.</param>
    public BuildResult Run(CancellationToken cancellationToken)
    {
        MarkWhatChanged();
        if (dirtyNodes == 0) return BuildResult.UpToDate(graph, log);
        users ??= new(graph);
        RecordBranches(NodeState.Running);
        try
        {
            while (dirtyNodes > 0 && !cancellationToken.IsCancellationRequested) LookAt(NextDirty());
            RecordBranches(dirtyNodes > 0 ? NodeState.Cancelled : null);
            return Result(dirtyNodes > 0 ? Outcome.Cancelled : Worst());
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

            users ??= new(graph);
            foreach (var user in users[i]) Mark(user);
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

    /// <summary>What it takes its inputs from has smaller numbers, and so is up to date.</summary>
    int NextDirty()
    {
        while (!dirty[firstDirty]) firstDirty++;
        return firstDirty;
    }

    void LookAt(int index)
    {
        now = time.GetUtcNow();
        node.Read(graph.BodyBytes(index));
        if (!HasWhatItTakes(index)) return;
        var type = types[node.Type];
        if ((Hindrance(index) ?? Gather(index, type.Schema) ?? Mistrust(index, type.Schema)) is { } hindrance) End(index, hindrance);
        else Bring(index, type);
        Forget(index);
    }

    /// <summary>Sees to it that the outputs are there of all that the node takes something from. False where a result is gone: then its node is dirty.</summary>
    bool HasWhatItTakes(int index)
    {
        var isWhole = true;
        foreach (var source in graph.Sources(index))
        {
            if (outputs[source] is not null || graph.IsBranch(source) || unwell.ContainsKey(source)) continue;
            outputs[source] = store.Find(log.KeyOf(source)!.Value)?.Outputs;
            if (outputs[source] is not null) continue;
            Mark(source);
            isWhole = false;
        }

        return isWhole;
    }

    NodeEnding? Hindrance(int index)
    {
        if (unwell.Count == 0) return null;
        foreach (var need in graph.Sources(index)[..node.Needs])
            if (unwell.TryGetValue(need, out var bad) && !bad.IsGood) return SkippedBecauseOf(need, bad);
        return null;
    }

    /// <summary>Gives the node the values of its inputs, or says what ends it because there is no such value.</summary>
    NodeEnding? Gather(int index, NodeTypeSchema schema)
    {
        var connections = graph.Sources(index)[node.Needs..];
        var next = 0;
        for (var input = 0; input < node.Inputs; input++)
        {
            foreach (var output in node.OutputsOf(input))
            {
                var source = connections[next++];
                if (ValueOf(source, output) is { } value)
                {
                    node.Give(value);
                    continue;
                }

                var ending = unwell.GetValueOrDefault(source);
                if (ending is null && outputs[source] is { } given)
                {
                    var message = NothingOfThatName(node.InputName(input), new(graph.PathOf(source), output), given);
                    return new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
                }

                if (ending is { IsGood: false }) return SkippedBecauseOf(source, ending);
                if (schema.RequiresInput(node.InputName(input))) return new(NodeState.Skipped, Key: null, $"Skipped, because {graph.PathOf(source)} had nothing to give: {ending?.Why}");
            }

            node.EndInput(input);
        }

        return null;
    }

    /// <summary>Untrusted data ends a node that does not accept it.</summary>
    NodeEnding? Mistrust(int index, NodeTypeSchema schema)
    {
        if (schema.AcceptsUntrusted || node.Trust == Trust.Trusted) return null;
        var given = 0;
        while (NodeInput.TrustOf(node.GivenValues(given)) == Trust.Trusted) given++;
        return new(
            NodeState.Denied, Key: null,
            $"{graph.PathOf(index)} does not accept untrusted data, and its input '{node.GivenName(given)}' would get some. Put a human.approve node in between.");
    }

    Sha256Digest KeyOf(NodeTypeSchema schema)
    {
        keys.Begin(schema);
        for (var i = 0; i < node.Attributes; i++)
            if (schema.IsInKey(node.AttributeName(i))) keys.Attribute(node.AttributeName(i), node.AttributeValue(i), isUntrusted: false);
        for (var i = 0; i < node.Given; i++) keys.Input(node.GivenName(i), node.GivenValues(i), node.IsList(i));
        return keys.End();
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
    NodeEnding SkippedBecauseOf(int source, NodeEnding bad) =>
        new(NodeState.Skipped, Key: null, bad.State == NodeState.Skipped ? bad.Why : $"Skipped, because {graph.PathOf(source)} {bad.State.Verb}.");

    /// <summary>Uses the result that is found; else does the work.</summary>
    void Bring(int index, IPureNodeType type)
    {
        var key = KeyOf(type.Schema);
        if (store.Find(key) is { Layer: null, Reads.IsEmpty: true } found)
        {
            Succeed(index, key, found.Outputs, isCached: true, "From the cache.");
            return;
        }

        var result = Work(index, type);
        if (result is NodeResult.Succeeded succeeded)
        {
            var trust = succeeded.Approved ? Trust.Trusted : succeeded.FromOutside ? Trust.Untrusted : node.Trust;
            var values = NodeEnding.NoOutputs;
            foreach (var (name, value) in succeeded.Outputs) values = values.Add(name, new(value, trust));
            store.Add(new BuiltResult(key, keys.Utf8, values, trust, now));
            Succeed(index, key, values, isCached: false, "Its key had no result.");
            return;
        }

        var (state, why) = result switch
        {
            NodeResult.Failed failed => (NodeState.Failed, failed.Message),
            NodeResult.Skipped skipped => (NodeState.Skipped, skipped.Reason),
            NodeResult.WaitingForHuman waiting => (NodeState.WaitingForHuman, waiting.Question),
            NodeResult.Denied denied => (NodeState.Denied, denied.Reason),
            NodeResult.OverBudget over => (NodeState.OverBudget, over.Reason),
            _ => throw new InvalidOperationException($"{result} is no ending."),
        };
        End(index, new(state, key.ToKey(), why) { Result = result });
    }

    /// <summary>A node's own exceptions end here.</summary>
    NodeResult Work(int index, IPureNodeType type)
    {
        try
        {
            return type.Run(node);
        }
        catch (Exception exception)
        {
            LogFailed(graph.PathOf(index).ToString(), exception);
            return NodeResult.Failure(exception.Message);
        }
    }

    /// <summary>Where a leaf ends well. If others can see a difference, they have to be looked at.</summary>
    void Succeed(int index, Sha256Digest key, ImmutableSortedDictionary<string, NodeValue> given, bool isCached, string why)
    {
        Leave(index, NodeState.Succeeded, key, isCached, why);
        if (!isCached) executed++;
        if (users![index].Length > 0) outputs[index] = given;
        if (log.Set(index, graph, key, given) | unwell.Remove(index)) MarkUsers(index);
    }

    /// <summary>Where a leaf ends otherwise.</summary>
    void End(int index, NodeEnding ending)
    {
        Leave(index, ending.State, ending.Key is { } key && Sha256Digest.TryParse(key, out var digest) ? digest : null, isCached: false, ending.Why);
        if (ending.State == NodeState.Failed) executed++;
        outputs[index] = null;
        log.Clear(index);
        reports.Add(new(graph.Node(index), ending.State, Cached: false, ending.Key, ending.Outputs, ending.Result, ending.Why, ending.Elapsed));
        unwell[index] = ending;
        MarkUsers(index);
    }

    void Leave(int index, NodeState state, Sha256Digest? key, bool isCached, string why)
    {
        dirty[index] = false;
        dirtyNodes--;
        store.Add(new BuildRecord(runId, attempt, graph.PathBytes(index), state, key, isCached, why, now));
    }

    void MarkUsers(int index)
    {
        foreach (var user in users![index]) Mark(user);
    }

    /// <summary>Lets go of what nobody after this node takes.</summary>
    void Forget(int index)
    {
        foreach (var source in graph.Sources(index))
            if (users![source][^1] <= index) outputs[source] = null;
    }

    /// <param name="state">What every branch enters; null for how it ended, which is as badly as the worst leaf inside.</param>
    void RecordBranches(NodeState? state)
    {
        var worst = state is null && unwell.Count > 0 ? WorstInside() : null;
        for (var i = graph.NextBranch(0); i >= 0; i = graph.NextBranch(i + 1))
        {
            var path = graph.PathOf(i);
            var entered = state ?? worst?.GetValueOrDefault(path, NodeState.Succeeded) ?? NodeState.Succeeded;
            store.Add(new BuildRecord(runId, attempt, graph.PathBytes(i), entered, key: null, isCached: state is null && executed == 0, message: null, time.GetUtcNow()));
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

    BuildResult Result(Outcome outcome)
    {
        var (failed, skipped) = (0, 0);
        foreach (var (_, ending) in unwell)
        {
            if (ending.State == NodeState.Failed) failed++;
            if (ending.State == NodeState.Skipped) skipped++;
        }

        return new(
            outcome, graph.Leaves, executed, graph.Leaves - dirtyNodes - unwell.Count - (executed - failed), skipped, failed, [.. reports], log);
    }

    [LoggerMessage(LogLevel.Warning, "Node {Node} ended in an exception.")]
    partial void LogFailed(string node, Exception exception);
}
