using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>What a build did, to be written together: results before the records that speak of them.</summary>
sealed class BuildBatch
{
    const int Most = 512;

    public List<NodeOutputs> Results { get; } = [];

    public List<JournalRecord> Records { get; } = [];

    /// <summary>Pages of results that were read and have to be noted as used.</summary>
    public List<long> UsedPages { get; } = [];

    /// <summary>Keys of rows of results that were read and have to be noted as used.</summary>
    public List<NodeKey> UsedRows { get; } = [];

    public bool IsFull => Results.Count >= Most || Records.Count >= Most;
}
