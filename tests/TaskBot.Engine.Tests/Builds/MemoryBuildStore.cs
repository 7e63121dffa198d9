using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;

namespace TaskBot.Engine.Tests.Builds;

/// <summary>Keeps results and records for as long as it lives, and loses results when told to.</summary>
sealed class MemoryBuildStore : IBuildStore
{
    readonly List<JournalRecord> records = [];

    public Dictionary<NodeKey, NodeOutputs> Results { get; } = [];

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<JournalRecord> Records => records;

    public NodeOutputs? Find(Sha256Digest key) => Results.GetValueOrDefault(key.ToKey());

    public void Add(BuiltResult result) => Results[result.Key.ToKey()] = result.ToOutputs();

    public void Add(BuildRecord record) => records.Add(record.ToRecord());

    public void Commit()
    {
    }

    public void Lose(Random random)
    {
        foreach (var key in Results.Keys.Where(_ => random.Next(3) == 0).ToList()) Results.Remove(key);
    }

    public async Task<RunHistory> ReadHistoryAsync(RunId run)
    {
        var journal = new InMemoryJournal();
        await journal.AppendAsync(records, CancellationToken.None);
        return await RunHistory.ReadAsync(journal, run, CancellationToken.None);
    }
}
