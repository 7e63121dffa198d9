using TaskBot.Engine.Journal;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>What the journal says of a run: the last record of each node, folded from the records in their order.</summary>
public sealed class RunHistory
{
    readonly Dictionary<NodePath, JournalRecord> last = [];
    readonly Dictionary<NodePath, JournalRecord> lastWithKey = [];

    /// <summary>The last record of each node that the run knew.</summary>
    public IReadOnlyDictionary<NodePath, JournalRecord> Nodes => last;

    /// <summary>The last record of a node that says under which key it ran or was found; null if there is none.</summary>
    public JournalRecord? LastWithKey(NodePath node) => lastWithKey.GetValueOrDefault(node);

    public static async Task<RunHistory> ReadAsync(IJournal journal, RunId runId, CancellationToken cancellationToken)
    {
        var history = new RunHistory();
        await foreach (var record in journal.ReadAsync(runId, cancellationToken)) history.Add(record);
        return history;
    }

    void Add(JournalRecord record)
    {
        last[record.Node] = record;
        if (record.Key is not null) lastWithKey[record.Node] = record;
    }
}
