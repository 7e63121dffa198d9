using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>Why a node ran, or why it did not have to: asked of the journal and the stored key texts, at any time after.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">The attempt of its last record; 1-based.</param>
/// <param name="Node">The node.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Cached">True where its result came from the cache.</param>
/// <param name="Key">The key that it last ran or was found under; null where it never came to have one.</param>
/// <param name="Reason">What the run itself said: what made it dirty, where its result is from, what stopped it; null where it said nothing.</param>
/// <param name="Facts">The lines of the key's text; empty where no result is stored under that key, as of one that failed.</param>
/// <param name="Differences">Lines that differ from when it last ran under another key; empty where it did not, or a text is not stored.</param>
/// <param name="StoredAt">When the result was stored, UTC; null where there is none.</param>
public sealed record Why(
    RunId RunId, int Attempt, NodePath Node, NodeState State, bool Cached, NodeKey? Key, string? Reason, ImmutableArray<string> Facts,
    ImmutableArray<KeyLine> Differences, DateTimeOffset? StoredAt)
{
    /// <summary>Null where the run knows no such node.</summary>
    public static async Task<Why?> AskAsync(IJournal journal, IResultCache cache, RunId runId, NodePath node, CancellationToken cancellationToken)
    {
        JournalRecord? last = null, keyed = null, started = null;
        NodeKey? before = null;
        await foreach (var record in journal.ReadAsync(runId, cancellationToken))
        {
            if (record.Node != node) continue;
            last = record;
            if (record.Key is not { } key) continue;
            if (record.State == NodeState.Running) started = record;
            if (keyed is not null && keyed.Key != key) before = keyed.Key;
            keyed = record;
        }

        if (last is null) return null;
        var now = keyed is { Key: { } current } ? await cache.FindAsync(current, cancellationToken) : null;
        var then = before is { } earlier ? await cache.FindAsync(earlier, cancellationToken) : null;
        var hasRun = started is not null && started.Key == last.Key && started.Attempt == last.Attempt && !last.Cached;
        return new(
            runId, last.Attempt, node, last.State, last.Cached, keyed?.Key, hasRun ? started!.Message : last.Message, now is null ? [] : [.. LinesOf(now)],
            now is null || then is null ? [] : [.. KeyDifference.Lines(TextOf(then), TextOf(now))], now?.StoredAt);
    }

    /// <summary>Text for people: what happened and which lines differ.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Node} {State.Verb} in attempt {Attempt} of run {RunId}").Append(Cached ? ", from the cache.\n" : ".\n");
        if (Reason is not null) text.Append(Reason).Append('\n');
        foreach (var line in Differences)
        {
            if (line.Before is not null) text.Append("- ").Append(line.Before).Append('\n');
            if (line.Now is not null) text.Append("+ ").Append(line.Now).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Text for people: why its result was there already, and all that would have had to be different.</summary>
    public string ToStringWhyNot()
    {
        var text = new StringBuilder();
        if (!Cached)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Node} was not taken from the cache in attempt {Attempt} of run {RunId}: it {State.Verb}.\n");
            if (Reason is not null) text.Append(Reason).Append('\n');
            return text.ToString();
        }

        text.Append(CultureInfo.InvariantCulture, $"{Node} did not run in attempt {Attempt} of run {RunId}: {Reason}\n");
        if (StoredAt is { } at) text.Append(CultureInfo.InvariantCulture, $"Its result was stored on {at:yyyy-MM-dd HH:mm:ss} UTC under {Key}. It runs again when one of these differs:\n");
        foreach (var fact in Facts) text.Append("  ").Append(fact).Append('\n');
        return text.ToString();
    }

    static IEnumerable<string> LinesOf(NodeOutputs result) => TextOf(result).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    static string TextOf(NodeOutputs result)
    {
        KeyWriter.WithReads(result.KeyText, result.Reads, out var whole);
        return whole;
    }
}
