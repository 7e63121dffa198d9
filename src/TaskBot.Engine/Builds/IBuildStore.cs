using System.Collections.Immutable;
using System.Text;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// Where a build finds results, and leaves what it did: the results and the journal that runs have too, but taken over without waiting for each,
/// as pure nodes end a hundred thousand times a second. Not safe for concurrent use.
/// </summary>
public interface IBuildStore
{
    /// <summary>Finds a result, what was added just now among them; null where there is none. A damaged one is a miss.</summary>
    NodeOutputs? Find(Sha256Digest key);

    /// <summary>Takes over what a node gave.</summary>
    void Add(BuiltResult result);

    void Add(BuildRecord record);

    /// <summary>
    /// All that was added is durable when it returns. What is durable of the records is so in their order, and never without the results that they speak of.
    /// Whoever adds much may find that some of it was made so before.
    /// </summary>
    void Commit();
}

/// <summary>What a node of a build gave: <see cref="NodeOutputs"/>, as long as nobody needs an object of it.</summary>
/// <param name="key">What it is a function of.</param>
/// <param name="keyText">UTF-8; good until the next node is looked at.</param>
/// <param name="outputs">Values by output name.</param>
/// <param name="trust">Of what the node was given.</param>
public readonly ref struct BuiltResult(
    Sha256Digest key, ReadOnlySpan<byte> keyText, ImmutableSortedDictionary<string, NodeValue> outputs, Trust trust, DateTimeOffset storedAt)
{
    public Sha256Digest Key { get; } = key;

    public ReadOnlySpan<byte> KeyText { get; } = keyText;

    public ImmutableSortedDictionary<string, NodeValue> Outputs { get; } = outputs;

    public Trust Trust { get; } = trust;

    public DateTimeOffset StoredAt { get; } = storedAt;

    /// <summary>The same as others keep it.</summary>
    public NodeOutputs ToOutputs() => new(Key.ToKey(), Encoding.UTF8.GetString(KeyText), Outputs, Layer: null, StoredAt) { LayerTrust = Trust };
}

/// <summary>A transition of a node of a build: <see cref="JournalRecord"/>, as long as nobody needs an object of it.</summary>
public readonly ref struct BuildRecord(RunId run, int attempt, ReadOnlySpan<byte> path, NodeState state, Sha256Digest? key, bool isCached, string? message, DateTimeOffset at)
{
    public RunId Run { get; } = run;

    /// <summary>1-based.</summary>
    public int Attempt { get; } = attempt;

    /// <summary>The node's path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    public NodeState State { get; } = state;

    public Sha256Digest? Key { get; } = key;

    public bool IsCached { get; } = isCached;

    public string? Message { get; } = message;

    public DateTimeOffset At { get; } = at;

    /// <summary>The same as others keep it.</summary>
    public JournalRecord ToRecord() => new(Run, Attempt, NodePath.Parse(Encoding.UTF8.GetString(Path)), State, Key?.ToKey(), IsCached, Message, At);
}
