using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>What the journal says of a run: the last record of each node, folded from the records in their order.</summary>
public sealed class RunHistory
{
    readonly Dictionary<NodePath, JournalRecord> last = [];
    readonly Dictionary<NodePath, JournalRecord> lastWithKey = [];
    readonly Dictionary<NodePath, JournalRecord> lastSuccess = [];
    readonly HashSet<(int Attempt, NodeKey Key)> finished = [];

    /// <summary>The last record of each node that the run knew.</summary>
    public IReadOnlyDictionary<NodePath, JournalRecord> Nodes => last;

    /// <summary>The last record of a node that says under which key it ran or was found; null if there is none.</summary>
    public JournalRecord? LastWithKey(NodePath node) => lastWithKey.GetValueOrDefault(node);

    /// <summary>The last record of a node that says that it ended well; null if there is none.</summary>
    public JournalRecord? LastSuccess(NodePath node) => lastSuccess.GetValueOrDefault(node);

    /// <summary>The attempt to begin, or to go on with where it was cut off, cancelled or waits for a person; 1-based.</summary>
    /// <param name="root">The task that the run is of.</param>
    public int NextAttempt(NodePath root) => last.GetValueOrDefault(root) switch
    {
        null => 1,
        { State: NodeState.Cancelled or NodeState.WaitingForHuman } record => record.Attempt,
        var record => record.State.IsFinal ? record.Attempt + 1 : record.Attempt,
    };

    /// <summary>True where work under that key was done in that attempt, and ended well.</summary>
    public bool HasFinished(int attempt, NodeKey key) => finished.Contains((attempt, key));

    public static Task<RunHistory> ReadAsync(IJournal journal, RunId runId, CancellationToken cancellationToken) =>
        ReadAsync(journal, runId, attempt: null, cancellationToken);

    /// <param name="attempt">The one attempt to read; null for all of the run.</param>
    public static async Task<RunHistory> ReadAsync(IJournal journal, RunId runId, int? attempt, CancellationToken cancellationToken)
    {
        var history = new RunHistory();
        await foreach (var record in journal.ReadAsync(runId, cancellationToken))
            if (attempt is null || record.Attempt == attempt) history.Add(record);
        return history;
    }

    void Add(JournalRecord record)
    {
        last[record.Node] = record;
        if (record.Key is not { } key) return;
        lastWithKey[record.Node] = record;
        if (record.State != NodeState.Succeeded) return;
        lastSuccess[record.Node] = record;
        if (!record.Cached) finished.Add((record.Attempt, key));
    }
}
