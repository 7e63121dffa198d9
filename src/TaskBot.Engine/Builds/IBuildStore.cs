using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Where a build finds results, and leaves what it did: the results and the journal that runs have too, but taken over without waiting for each,
/// as pure nodes end a hundred thousand times a second. Not safe for concurrent use.
/// </summary>
public interface IBuildStore
{
    /// <summary>Finds results by keys, each at the place of its key, what was added just now among them; null where there is none. A damaged one is a miss.</summary>
    void Find(ReadOnlySpan<NodeKey> keys, Span<NodeOutputs?> found);

    void Add(NodeOutputs result);

    /// <summary>What is durable of the records is durable in their order, and never without the results that they speak of.</summary>
    void Add(JournalRecord record);

    /// <summary>All that was added is durable when it returns. Whoever adds much may find that some of it was made so before.</summary>
    void Commit();
}
