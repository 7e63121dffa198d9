using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>Results as one file each, put in place by renaming: what is there is whole.</summary>
sealed class FileResultCache(string folder) : IResultCache
{
    public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, key.Value);
        if (!File.Exists(path)) return null;
        var map = ((TaskValue.Map)TaskValue.Parse(await File.ReadAllTextAsync(path, cancellationToken))).Entries;
        return new(
            key, map["text"].AsText()!,
            ((TaskValue.Map)map["outputs"]).Entries.ToImmutableSortedDictionary(
                output => output.Key, output => new NodeValue(output.Value, Trust.Trusted), StringComparer.Ordinal),
            map["layer"].AsText(), DateTimeOffset.UnixEpoch)
        { LayerTrust = Trust.Trusted };
    }

    public async ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, result.Key.Value);
        var map = TaskValue.MapOf(
            ("text", result.KeyText),
            ("layer", result.Layer is null ? TaskValue.Null.Value : result.Layer),
            ("outputs", TaskValue.MapOf(result.Outputs.Select(output => (output.Key, output.Value.Content)))));
        await File.WriteAllTextAsync(path + ".new", map.ToJson(), cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }
}

/// <summary>Records as lines; a last line that was cut off is no record.</summary>
sealed class FileJournal(string file) : IJournal
{
    public async ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        var lines = new StringBuilder();
        foreach (var record in records)
            lines.Append($"{record.RunId}\t{record.Attempt}\t{record.Node}\t{record.State}\t{record.Key}\t{record.Cached}\t.\n");
        await File.AppendAllTextAsync(file, lines.ToString(), cancellationToken);
    }

    public async IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!File.Exists(file)) yield break;
        foreach (var line in await File.ReadAllLinesAsync(file, cancellationToken))
        {
            if (line.Split('\t') is not [var run, var attempt, var node, var state, var key, var cached, "."] || run != runId.Value) continue;
            yield return new(
                runId, int.Parse(attempt), NodePath.Parse(node), Enum.Parse<NodeState>(state), key.Length == 0 ? null : new(key),
                bool.Parse(cached), Message: null, DateTimeOffset.UnixEpoch);
        }
    }

    public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<RunId?>(File.Exists(file) ? new(File.ReadLines(file).Last().Split('\t')[0]) : null);
}
