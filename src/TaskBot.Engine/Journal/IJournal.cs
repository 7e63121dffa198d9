using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Journal;

/// <summary>One transition of one node, in the order in which they happened.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">1-based attempt within the run.</param>
/// <param name="Node">The node.</param>
/// <param name="State">The state that it entered.</param>
/// <param name="Key">Known from <see cref="NodeState.Running"/> on.</param>
/// <param name="Cached">True where the outputs came from the cache.</param>
/// <param name="Message">Why it failed, was skipped or waits; which input made it dirty.</param>
/// <param name="At">When, UTC.</param>
public sealed record JournalRecord(
    RunId RunId,
    int Attempt,
    NodePath Node,
    NodeState State,
    NodeKey? Key,
    bool Cached,
    string? Message,
    DateTimeOffset At);

/// <summary>The append-only record of runs. A run is a fold over its records.</summary>
public interface IJournal
{
    /// <summary>Appends in order, all or none; durable when it returns.</summary>
    ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken);

    /// <summary>The records of a run in the order in which they were appended.</summary>
    IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken);

    /// <summary>The run that was recorded last; null where nothing is.</summary>
    ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken);
}
