using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// What is known of the nodes of a <see cref="CompiledGraph"/> that ended well: digest of the definition, key, and digest of the outputs. It holds
/// for one state of the result cache alone: whoever keeps it sees to it that nothing was removed there since. As a file it is a row for each node,
/// then pages of rows that replace earlier ones; each part has its checksum. Not safe for concurrent use.
/// </summary>
public sealed class BuildLog
{
    const int KeySize = SHA256.HashSizeInBytes;
    const int OutputsSize = 16;
    const int RowSize = CompiledGraph.DigestSize + KeySize + OutputsSize;
    const int ChangeSize = sizeof(int) + RowSize;

    /// <summary>Of a part: how many rows it has, and their checksum.</summary>
    const int HeadSize = sizeof(int) + sizeof(uint);

    /// <summary>The file as it was read; the rows of its first part are those of now.</summary>
    readonly byte[] file;
    readonly List<int> changed = [];

    BuildLog(byte[] file, int replaced) => (this.file, Replaced) = (file, replaced);

    /// <summary>Nothing known of any node.</summary>
    public BuildLog(CompiledGraph graph)
        : this(new byte[HeadSize + (graph.Count * RowSize)], replaced: graph.Count) => BinaryPrimitives.WriteInt32LittleEndian(file, graph.Count);

    /// <summary>Rows that the file holds in pages after the first part.</summary>
    int Replaced { get; }

    /// <summary>Nodes.</summary>
    int Count => BinaryPrimitives.ReadInt32LittleEndian(file);

    /// <param name="bytes">The file, which the log takes over.</param>
    /// <exception cref="InvalidDataException">These are no bytes of a log of that graph.</exception>
    public static BuildLog Read(byte[] bytes, CompiledGraph graph)
    {
        var first = HeadSize + (graph.Count * RowSize);
        if (bytes.Length < first || !IsWhole(bytes, graph.Count, bytes.AsSpan(HeadSize..first)))
            throw new InvalidDataException("The log is damaged, or of another graph.");
        var rows = bytes.AsSpan(HeadSize..first);
        var pages = bytes.AsSpan(first);
        var replaced = 0;
        while (pages.Length > 0)
        {
            var count = pages.Length < HeadSize ? -1 : BinaryPrimitives.ReadInt32LittleEndian(pages);
            if (count < 0 || count > (pages.Length - HeadSize) / ChangeSize || !IsWhole(pages, count, pages.Slice(HeadSize, count * ChangeSize)))
                throw new InvalidDataException("A page of the log is damaged.");
            for (var change = pages.Slice(HeadSize, count * ChangeSize); change.Length > 0; change = change[ChangeSize..])
            {
                var index = BinaryPrimitives.ReadInt32LittleEndian(change);
                if (index < 0 || index >= graph.Count) throw new InvalidDataException("A page of the log is of another graph.");
                change.Slice(sizeof(int), RowSize).CopyTo(rows[(index * RowSize)..]);
            }

            pages = pages[(HeadSize + (count * ChangeSize))..];
            replaced += count;
        }

        return new(bytes, replaced);
    }

    /// <summary>What is known of the same nodes in another graph, which were numbered otherwise in the one before.</summary>
    public BuildLog For(CompiledGraph graph, CompiledGraph before)
    {
        var log = new BuildLog(graph);
        var places = before.Places();
        for (var i = 0; i < graph.Count; i++)
            if (places.TryGetValue(graph.PathOf(i).ToString(), out var place)) Row(place).CopyTo(log.Row(i));
        return log;
    }

    /// <summary>A page that makes the file which was read say what is known now; null where the file is better written anew, as nothing was read or most has changed.</summary>
    public byte[]? ToPage()
    {
        if (Replaced + changed.Count > Count / 2) return null;
        var page = new byte[HeadSize + (changed.Count * ChangeSize)];
        for (var i = 0; i < changed.Count; i++)
        {
            var change = page.AsSpan(HeadSize + (i * ChangeSize), ChangeSize);
            BinaryPrimitives.WriteInt32LittleEndian(change, changed[i]);
            Row(changed[i]).CopyTo(change[sizeof(int)..]);
        }

        WriteHead(page, changed.Count, page.AsSpan(HeadSize));
        return page;
    }

    /// <summary>All that is known, as <see cref="Read"/> reads it.</summary>
    public ReadOnlySpan<byte> ToFile()
    {
        var whole = file.AsSpan(0, HeadSize + (Count * RowSize));
        WriteHead(whole, Count, whole[HeadSize..]);
        return whole;
    }

    /// <summary>True where every leaf has a result, and nothing that any node says has changed since: there is nothing to do.</summary>
    public bool Covers(CompiledGraph graph)
    {
        for (var i = 0; i < graph.Count; i++)
            if (!IsCurrent(i, graph)) return false;
        return true;
    }

    /// <summary>The key that a node has a result under; null where none is known.</summary>
    public NodeKey? KeyOf(int index) => Has(index) ? new(Convert.ToHexStringLower(Key(index))) : null;

    /// <summary>True where nothing that the node says has changed since, and a leaf has a result.</summary>
    internal bool IsCurrent(int index, CompiledGraph graph) =>
        (graph.IsBranch(index) || Has(index)) && graph.HasDefinition(index, Row(index)[..CompiledGraph.DigestSize]);

    internal void Clear(int index)
    {
        Row(index).Clear();
        changed.Add(index);
    }

    /// <summary>Notes what a branch says.</summary>
    internal void Set(int index, CompiledGraph graph)
    {
        graph.CopyDefinition(index, Row(index)[..CompiledGraph.DigestSize]);
        changed.Add(index);
    }

    /// <returns>Whether the outputs are others than those that are known.</returns>
    internal bool Set(int index, CompiledGraph graph, NodeKey key, ImmutableSortedDictionary<string, NodeValue> outputs)
    {
        Set(index, graph);
        Convert.FromHexString(key.Value, Key(index), out _, out _);
        Span<byte> digest = stackalloc byte[KeySize];
        Digest(outputs, digest);
        var known = Row(index)[(CompiledGraph.DigestSize + KeySize)..];
        if (known.SequenceEqual(digest[..OutputsSize])) return false;
        digest[..OutputsSize].CopyTo(known);
        return true;
    }

    bool Has(int index) => Key(index).ContainsAnyExcept((byte)0);

    Span<byte> Row(int index) => file.AsSpan(HeadSize + (index * RowSize), RowSize);

    Span<byte> Key(int index) => Row(index).Slice(CompiledGraph.DigestSize, KeySize);

    static void WriteHead(Span<byte> part, int rows, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt32LittleEndian(part, rows);
        BinaryPrimitives.WriteUInt32LittleEndian(part[sizeof(int)..], Checksum.Of(content));
    }

    static bool IsWhole(ReadOnlySpan<byte> part, int rows, ReadOnlySpan<byte> content) =>
        BinaryPrimitives.ReadInt32LittleEndian(part) == rows && BinaryPrimitives.ReadUInt32LittleEndian(part[sizeof(int)..]) == Checksum.Of(content);

    static void Digest(ImmutableSortedDictionary<string, NodeValue> outputs, Span<byte> digest)
    {
        var text = "";
        foreach (var (name, value) in outputs) text += $"{name} {value.Digest}\n";
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), digest);
    }
}
