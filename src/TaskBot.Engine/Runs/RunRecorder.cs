using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Engine.Runs;

/// <summary>
/// What a run leaves behind on its way to the stores: results first, then the records that speak of them, in order. One write is under
/// way while the run goes on; <see cref="FlushAsync"/> is called before anything becomes visible that the records must come before.
/// </summary>
sealed class RunRecorder(IResultCache cache, IJournal journal)
{
    /// <summary>Enough for a write to cost little an item, and little enough to hold in memory twice.</summary>
    const int WorthWriting = 8192;

    List<JournalRecord> records = [];
    List<NodeOutputs> results = [];
    readonly Dictionary<NodeKey, NodeOutputs> unwritten = [];
    IReadOnlyList<NodeOutputs> beingWritten = [];
    Task writing = Task.CompletedTask;

    public void Add(JournalRecord record) => records.Add(record);

    public void Add(NodeOutputs result)
    {
        results.Add(result);
        unwritten[result.Key] = result;
    }

    /// <summary>Finds results by keys, those that are not written yet among them; null where there is none.</summary>
    public async ValueTask<NodeOutputs?[]> FindAsync(IReadOnlyList<NodeKey> keys, CancellationToken cancellationToken)
    {
        if (unwritten.Count == 0) return await cache.FindAsync(keys, cancellationToken);
        var found = new NodeOutputs?[keys.Count];
        var missing = new List<int>(keys.Count);
        for (var i = 0; i < found.Length; i++)
            if (!unwritten.TryGetValue(keys[i], out found[i])) missing.Add(i);
        if (missing.Count == 0) return found;
        var stored = await cache.FindAsync([.. missing.Select(i => keys[i])], cancellationToken);
        for (var i = 0; i < missing.Count; i++) found[missing[i]] = stored[i];
        return found;
    }

    /// <summary>The result that was added under a key and is not written yet; null where there is none.</summary>
    public NodeOutputs? Unwritten(NodeKey key) => unwritten.GetValueOrDefault(key);

    /// <summary>Begins to write once enough has come together, while the run goes on.</summary>
    public async ValueTask WriteBehindAsync()
    {
        if (records.Count + results.Count < WorthWriting) return;
        await WaitAsync();
        Begin();
    }

    /// <summary>Durable when it returns.</summary>
    public async ValueTask FlushAsync()
    {
        await WaitAsync();
        if (records.Count + results.Count == 0) return;
        Begin();
        await WaitAsync();
    }

    /// <summary>Lets a write that is under way end, whatever its end, so that nothing is left unawaited.</summary>
    public Task SettleAsync() => writing.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    void Begin()
    {
        var (these, those) = (results, records);
        (results, records, beingWritten) = ([], [], these);
        writing = Task.Run(() => WriteAsync(these, those), CancellationToken.None);
    }

    async Task WaitAsync()
    {
        await writing;
        foreach (var result in beingWritten)
            if (unwritten.TryGetValue(result.Key, out var newest) && ReferenceEquals(newest, result)) unwritten.Remove(result.Key);
        beingWritten = [];
    }

    async Task WriteAsync(List<NodeOutputs> these, List<JournalRecord> those)
    {
        if (these.Count > 0) await cache.StoreAsync(these, CancellationToken.None);
        if (those.Count > 0) await journal.AppendAsync(those, CancellationToken.None);
    }
}
