using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Journal;

/// <summary>A journal kept for as long as the process lives: for runs that store nothing.</summary>
public sealed class InMemoryJournal : IJournal
{
    readonly Lock gate = new();
    readonly Dictionary<RunId, List<JournalRecord>> runs = [];

    public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var record in records)
            {
                if (!runs.TryGetValue(record.RunId, out var run)) runs.Add(record.RunId, run = []);
                run.Add(record);
            }
        }

        return ValueTask.CompletedTask;
    }

    public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken)
    {
        lock (gate) return (runs.TryGetValue(runId, out var run) ? run.ToArray() : []).ToAsyncEnumerable();
    }

    public ValueTask<NodeKey?> LastKeyAsync(RunId runId, NodePath node, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(runs.GetValueOrDefault(runId)?
                .FindLast(record => record.Node == node && record is { State: NodeState.Running, Key: not null })?.Key);
        }
    }
}
