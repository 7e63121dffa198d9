using TaskBot.Engine.Runs;

namespace TaskBot.Engine.Journal;

/// <summary>A journal kept for as long as the process lives: for runs that store nothing.</summary>
public sealed class InMemoryJournal : IJournal
{
    readonly Lock gate = new();
    readonly Dictionary<RunId, List<JournalRecord>> runs = [];
    RunId? last;

    public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var record in records)
            {
                if (!runs.TryGetValue(record.RunId, out var run)) runs.Add(record.RunId, run = []);
                run.Add(record);
                last = record.RunId;
            }
        }

        return ValueTask.CompletedTask;
    }

    public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken)
    {
        lock (gate) return (runs.TryGetValue(runId, out var run) ? run.ToArray() : []).ToAsyncEnumerable();
    }

    public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken)
    {
        lock (gate) return ValueTask.FromResult(last);
    }
}
