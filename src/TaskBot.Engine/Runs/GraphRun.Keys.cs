using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;

namespace TaskBot.Engine.Runs;

/// <summary>Which key a leaf has, and what is there under it: a result, somebody who works for it, or nothing, which makes it ready.</summary>
sealed partial class GraphRun
{
    async ValueTask LookAtLeafAsync(NodeRow row, CancellationToken cancellationToken)
    {
        if (isCancelling ? row.State is { IsFinal: true } and not NodeState.WaitingForHuman && !IsCleanup(row) : IsSettled(row))
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
        var key = keys.Write(row.Node, schema, inputs, environment, schema.IsEffect ? request.RunId : null, schema.WritesLayer ? Unrolling.Written(graph.Current, row.Node.Path, out _) : null);
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
            if (others[0] == row) return;

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
            var choice = await ChooseAsync(row, key, found[i], cancellationToken);
            var (result, why, failure) = choice;
            if (failure is not null)
            {
                LetGo(key);
                End(row, new(NodeState.Failed, key, failure.Message) { Result = failure });
                continue;
            }

            if (result is not null && TryUse(row, key, result, why ?? "From the cache.", choice.IsPinned)) continue;
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
    bool TryUse(NodeRow row, NodeKey key, NodeOutputs found, string from, bool isPinned = false)
    {
        if (!graph.TryGrow(row, found.Layer, found.LayerTrust, out var next, out var why))
        {
            LogCachedLayerUnusable(row.Node.Path, why);
            return false;
        }

        LetGo(key);
        End(row, new(NodeState.Succeeded, isPinned ? found.Key : key, from) { Cached = true, Outputs = found.Outputs });
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
}
