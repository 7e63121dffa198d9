using TaskBot.Engine.Journal;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Dispatches;

/// <summary>A journal that is told too.</summary>
sealed class ToldJournal(IJournal inner, RunnerStory story) : IJournal
{
    public async ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        await inner.AppendAsync(records, cancellationToken);
        foreach (var record in records) story.Add(record);
    }

    public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken) => inner.ReadAsync(runId, cancellationToken);

    public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => inner.LastRunAsync(cancellationToken);
}
