using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>Recorded endings instead of work. The graph, the keys and the order are made anew, so that a replay proves what it shows.</summary>
sealed partial class GraphRun
{
    const string Stopped = "The replay stopped where it came out different.";

    /// <summary>The attempt that is replayed; null in a run that works.</summary>
    readonly RunHistory? recorded;

    /// <summary>Where the replay first came out different.</summary>
    Problem? divergence;

    /// <summary>Ends a row as it is recorded under the same key.</summary>
    async ValueTask ReplayAsync(NodeRow row, NodeKey key, string text, CancellationToken cancellationToken)
    {
        var last = recorded!.LastWithKey(row.Node.Path);
        if (last is null)
        {
            Diverge(row, recorded.Nodes.TryGetValue(row.Node.Path, out var other)
                ? $"then it {other.State.Verb} ({other.Message}), and now it would run." : "then it was no part of the run.");
            return;
        }

        var isPinned = last is { Cached: true, State: NodeState.Succeeded } && row.Node.Attributes.ContainsKey(Graphs.Nodes.ControlWords.Pin);
        if (last.Key != key && !isPinned)
        {
            var before = (await FindAsync(last.Key!.Value, cancellationToken))?.KeyText;
            var line = before is null ? null : KeyDifference.Lines(before, text).FirstOrDefault();
            Diverge(row, line is null ? $"its key was {last.Key}, and now is {key}." : $"then '{line.Before ?? "nothing"}', now '{line.Now ?? "nothing"}'.");
            return;
        }

        var why = last.Message ?? "As recorded.";
        if (last.State != NodeState.Succeeded)
        {
            End(row, new(last.State.IsFinal ? last.State : NodeState.Cancelled, key, why)
            {
                Cached = true,
                Result = last.State switch
                {
                    NodeState.Skipped => new NodeResult.Skipped(why),
                    NodeState.Failed => NodeResult.Failure(why),
                    NodeState.WaitingForHuman => new NodeResult.WaitingForHuman(why),
                    _ => null,
                },
            });
            return;
        }

        if (await FindWholeAsync(last.Key!.Value, cancellationToken) is not { } result) Diverge(row, $"its recorded result {last.Key} is not in the cache any more.");
        else if (!TryUse(row, key, result, why)) Diverge(row, "its recorded layer does not compose any more.");
    }

    async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) => (await recorder.FindAsync([key], cancellationToken))[0];

    void Diverge(NodeRow row, string how) =>
        divergence ??= new("divergence", row.Node.Location, $"The replay of attempt {request.Attempt} differs at {row.Node.Path}: {how}");

    /// <summary>A node that had work then, and is no part of the graph now, is a difference too.</summary>
    void FindWhatIsMissing()
    {
        foreach (var record in recorded!.Nodes.Values.OrderBy(record => record.Node))
        {
            if (record.Key is null || record.State == NodeState.Cancelled || plan.Has(record.Node)) continue;
            divergence ??= new("divergence", new(request.Graph[request.Graph.Root].Location.Layer, 0, 0), $"The replay of attempt {request.Attempt} differs at {record.Node}: then it {record.State.Verb}, and now it is no part of the graph.");
        }
    }

    void StopWhatIsLeft(string why)
    {
        foreach (var row in rows)
        {
            if (row.State.IsFinal) continue;
            row.Ending = new(NodeState.Cancelled, row.Key, why);
            Enter(row, NodeState.Cancelled, row.Key, cached: false, why);
        }
    }
}
