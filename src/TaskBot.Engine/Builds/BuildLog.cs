using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// What is known of the nodes of a <see cref="CompiledGraph"/> that ended well: digest of the definition, key, and digest of the outputs. It holds
/// for one state of the result cache alone: whoever keeps it sees to it that nothing was removed there since. Not safe for concurrent use.
/// </summary>
public sealed class BuildLog
{
    const int KeySize = SHA256.HashSizeInBytes;
    const int RowSize = CompiledGraph.DigestSize + KeySize + KeySize;

    readonly byte[] rows;

    BuildLog(byte[] rows) => this.rows = rows;

    /// <summary>Nothing known of any node.</summary>
    public BuildLog(CompiledGraph graph) => rows = new byte[graph.Count * RowSize];

    /// <summary>Nodes that the log has a row for.</summary>
    public int Count => rows.Length / RowSize;

    /// <exception cref="InvalidDataException">These are no bytes of a log of that graph.</exception>
    public static BuildLog Read(byte[] bytes, CompiledGraph graph) =>
        bytes.Length == graph.Count * RowSize ? new(bytes) : throw new InvalidDataException("The log is of another graph.");

    /// <summary>What is known of the same nodes in another graph, which were numbered otherwise in the one before.</summary>
    public BuildLog For(CompiledGraph graph, CompiledGraph before)
    {
        var log = new BuildLog(graph);
        var places = new Dictionary<string, int>(before.Count, StringComparer.Ordinal);
        for (var i = 0; i < before.Count; i++) places.Add(Encoding.UTF8.GetString(before.PathBytes(i)), i);
        for (var i = 0; i < graph.Count; i++)
            if (places.TryGetValue(Encoding.UTF8.GetString(graph.PathBytes(i)), out var place)) Row(place).CopyTo(log.Row(i));
        return log;
    }

    public byte[] ToBytes() => rows;

    /// <summary>True where every leaf has a result, and nothing that any node says has changed since: there is nothing to do.</summary>
    public bool Covers(CompiledGraph graph)
    {
        for (var i = 0; i < graph.Count; i++)
            if (!IsCurrent(i, graph)) return false;
        return true;
    }

    /// <summary>The key that a node has a result under; null where none is known.</summary>
    public NodeKey? KeyOf(int index) => Has(index) ? new(Convert.ToHexStringLower(Key(index))) : null;

    ReadOnlySpan<byte> DefinitionOf(int index) => Row(index)[..CompiledGraph.DigestSize];

    /// <summary>True where nothing that the node says has changed since, and a leaf has a result.</summary>
    internal bool IsCurrent(int index, CompiledGraph graph) =>
        (graph.IsBranch(index) || Has(index)) && graph.HasDefinition(index, DefinitionOf(index));

    internal void Clear(int index) => Row(index).Clear();

    /// <summary>Notes what a branch says.</summary>
    internal void Set(int index, CompiledGraph graph) => graph.CopyDefinition(index, Row(index)[..CompiledGraph.DigestSize]);

    /// <returns>Whether the outputs are others than those that are known.</returns>
    internal bool Set(int index, CompiledGraph graph, NodeKey key, ImmutableSortedDictionary<string, NodeValue> outputs)
    {
        Set(index, graph);
        Convert.FromHexString(key.Value, Key(index), out _, out _);
        Span<byte> digest = stackalloc byte[KeySize];
        Digest(outputs, digest);
        if (Outputs(index).SequenceEqual(digest)) return false;
        digest.CopyTo(Outputs(index));
        return true;
    }

    bool Has(int index) => Key(index).ContainsAnyExcept((byte)0);

    Span<byte> Row(int index) => rows.AsSpan(index * RowSize, RowSize);

    Span<byte> Key(int index) => Row(index).Slice(CompiledGraph.DigestSize, KeySize);

    Span<byte> Outputs(int index) => Row(index)[(CompiledGraph.DigestSize + KeySize)..];

    static void Digest(ImmutableSortedDictionary<string, NodeValue> outputs, Span<byte> digest)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in outputs) text.Append(name).Append(' ').Append(value.Digest).Append('\n');
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), digest);
    }
}
