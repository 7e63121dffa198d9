using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Runs;

/// <summary>Leaves at work: started as there is room, stopped where that is over, and settled when they end.</summary>
sealed partial class GraphRun
{
    /// <summary>Starts ready nodes while there are slots and resources. Their records are durable before the first of them works.</summary>
    async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var starting = new List<NodeRow>();
        while (scheduler.TryExpired(out var late))
        {
            if (late.WaitingFor > 0) WaitAgain(late);
            else EndUnlessRunning(late, TooLate(late));
        }

        while (scheduler.TryNext(out var row))
        {
            if (row.WaitingFor > 0)
            {
                scheduler.Release(row);
                WaitAgain(row);
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

    /// <summary>Takes a ready row back whose inputs are being made again.</summary>
    void WaitAgain(NodeRow row)
    {
        GiveUp(row);
        Enter(row, NodeState.Waiting, key: null, cached: false, "What it is made from is being made again.");
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
        else if (row.StartsAgain || row.WaitingFor > 0 || row.CheckedIn < revision)
        {
            // The last: what it is made from ended with it, so that nobody has looked whether its key still holds.
            // Kept under its key: if that comes out the same when it is looked at, nothing was done in vain.
            Remember(row, ending.State == NodeState.Cancelled ? null : ending);
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
        row.GaveWay = givesWay && (row.GaveWay || !row.StartsAgain);
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
}
