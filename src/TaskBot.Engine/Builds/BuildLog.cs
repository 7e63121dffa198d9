using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Builds;

/// <summary>
/// What is known of the nodes of a <see cref="CompiledGraph"/> that ended well: digest of the definition, key, and digest of the outputs. It holds
/// for one state of the result cache alone: whoever keeps it sees to it that nothing was removed there since. As a file it is three columns, one after
/// the other, then pages of rows that replace earlier ones; each part has its checksum. Not safe for concurrent use.
/// </summary>
public sealed class BuildLog
{
    const int KeySize = Sha256Digest.Size;
    const int OutputsSize = 16;
    const int RowSize = CompiledGraph.DigestSize + KeySize + OutputsSize;
    const int ChangeSize = sizeof(int) + RowSize;

    /// <summary>So that the same values in another order are other outputs.</summary>
    const ulong Odd = 0x9E3779B97F4A7C15;

    /// <summary>Of a part: how many rows it has, and their checksum.</summary>
    const int HeadSize = sizeof(int) + sizeof(uint);

    /// <summary>The file as it was read; its first part says what is known now.</summary>
    readonly byte[] file;
    readonly List<int> changed = [];

    /// <summary>Digests of the names of outputs.</summary>
    readonly Dictionary<string, Sha256Digest> names = new(StringComparer.Ordinal);

    BuildLog(byte[] file) => (this.file, Count) = (file, BinaryPrimitives.ReadInt32LittleEndian(file));

    /// <summary>Nothing known of any node.</summary>
    public BuildLog(CompiledGraph graph)
    {
        (Count, Replaced) = (graph.Count, graph.Count);
        file = new byte[HeadSize + (Count * RowSize)];
    }

    /// <summary>Rows that the file holds in pages after the first part.</summary>
    int Replaced { get; set; }

    /// <summary>Nodes.</summary>
    int Count { get; }

    /// <param name="bytes">The file, which the log takes over.</param>
    /// <exception cref="InvalidDataException">These are no bytes of a log of that graph.</exception>
    public static BuildLog Read(byte[] bytes, CompiledGraph graph)
    {
        var first = HeadSize + (graph.Count * RowSize);
        if (bytes.Length < first || !IsWhole(bytes, graph.Count, bytes.AsSpan(HeadSize..first)))
            throw new InvalidDataException("The log is damaged, or of another graph.");
        var log = new BuildLog(bytes);
        var pages = bytes.AsSpan(first);
        while (pages.Length > 0)
        {
            var count = pages.Length < HeadSize ? -1 : BinaryPrimitives.ReadInt32LittleEndian(pages);
            if (count < 0 || count > (pages.Length - HeadSize) / ChangeSize || !IsWhole(pages, count, pages.Slice(HeadSize, count * ChangeSize)))
                throw new InvalidDataException("A page of the log is damaged.");
            for (var change = pages.Slice(HeadSize, count * ChangeSize); change.Length > 0; change = change[ChangeSize..])
            {
                var index = BinaryPrimitives.ReadInt32LittleEndian(change);
                if (index < 0 || index >= graph.Count) throw new InvalidDataException("A page of the log is of another graph.");
                log.Replace(index, change.Slice(sizeof(int), RowSize));
            }

            pages = pages[(HeadSize + (count * ChangeSize))..];
            log.Replaced += count;
        }

        return log;
    }

    /// <summary>What is known of the same nodes in another graph, which were numbered otherwise in the one before.</summary>
    public BuildLog For(CompiledGraph graph, CompiledGraph before)
    {
        var log = new BuildLog(graph);
        var places = before.Places();
        Span<byte> row = stackalloc byte[RowSize];
        for (var i = 0; i < graph.Count; i++)
        {
            if (!places.TryGetValue(graph.PathOf(i).ToString(), out var place)) continue;
            CopyRow(place, row);
            log.Replace(i, row);
        }

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
            CopyRow(changed[i], change[sizeof(int)..]);
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
    public bool Covers(CompiledGraph graph) => NextChanged(graph, 0) < 0;

    /// <summary>The key that a node has a result under; null where none is known.</summary>
    public Sha256Digest? KeyOf(int index) => Key(index).ContainsAnyExcept((byte)0) ? Sha256Digest.Read(Key(index)) : null;

    /// <summary>The first node, from a number on, that says something else than what is known of it, or of which nothing is known; -1 for none.</summary>
    internal int NextChanged(CompiledGraph graph, int from)
    {
        var next = NextOtherThanCompiled(graph, from);
        while (next >= 0 && graph.Changed.Count > 0 && graph.HasDefinition(next, Definition(next))) next = NextOtherThanCompiled(graph, next + 1);
        foreach (var index in graph.Changed)
            if (index >= from && (next < 0 || index < next) && !graph.HasDefinition(index, Definition(index))) next = index;
        return next;
    }

    int NextOtherThanCompiled(CompiledGraph graph, int from)
    {
        var start = from * CompiledGraph.DigestSize;
        var same = Definitions[start..].CommonPrefixLength(graph.CompiledDefinitions[start..]);
        return start + same == Definitions.Length ? -1 : (start + same) / CompiledGraph.DigestSize;
    }

    internal void Clear(int index)
    {
        Replace(index, stackalloc byte[RowSize]);
        changed.Add(index);
    }

    /// <summary>Notes what a branch says.</summary>
    internal void Set(int index, CompiledGraph graph)
    {
        graph.CopyDefinition(index, Definition(index));
        changed.Add(index);
    }

    /// <returns>Whether the outputs are others than those that are known.</returns>
    internal bool Set(int index, CompiledGraph graph, Sha256Digest key, ImmutableSortedDictionary<string, NodeValue> outputs)
    {
        Set(index, graph);
        key.CopyTo(Key(index));
        Span<byte> digest = stackalloc byte[OutputsSize];
        WriteDigest(outputs, digest);
        if (digest.SequenceEqual(Outputs(index))) return false;
        digest.CopyTo(Outputs(index));
        return true;
    }

    Span<byte> Definitions => file.AsSpan(HeadSize, Count * CompiledGraph.DigestSize);

    Span<byte> Definition(int index) => file.AsSpan(HeadSize + (index * CompiledGraph.DigestSize), CompiledGraph.DigestSize);

    Span<byte> Key(int index) => file.AsSpan(HeadSize + (Count * CompiledGraph.DigestSize) + (index * KeySize), KeySize);

    Span<byte> Outputs(int index) => file.AsSpan(HeadSize + (Count * (CompiledGraph.DigestSize + KeySize)) + (index * OutputsSize), OutputsSize);

    /// <summary>What is known of a node as one row, as <see cref="Replace"/> takes it.</summary>
    void CopyRow(int index, Span<byte> row)
    {
        Definition(index).CopyTo(row);
        Key(index).CopyTo(row[CompiledGraph.DigestSize..]);
        Outputs(index).CopyTo(row[(CompiledGraph.DigestSize + KeySize)..]);
    }

    void Replace(int index, ReadOnlySpan<byte> row)
    {
        row[..CompiledGraph.DigestSize].CopyTo(Definition(index));
        row.Slice(CompiledGraph.DigestSize, KeySize).CopyTo(Key(index));
        row[(CompiledGraph.DigestSize + KeySize)..].CopyTo(Outputs(index));
    }

    static void WriteHead(Span<byte> part, int rows, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt32LittleEndian(part, rows);
        BinaryPrimitives.WriteUInt32LittleEndian(part[sizeof(int)..], Checksum.Of(content));
    }

    static bool IsWhole(ReadOnlySpan<byte> part, int rows, ReadOnlySpan<byte> content) =>
        BinaryPrimitives.ReadInt32LittleEndian(part) == rows && BinaryPrimitives.ReadUInt32LittleEndian(part[sizeof(int)..]) == Checksum.Of(content);

    /// <summary>Made of the digests that the values have already, and of those of their names.</summary>
    void WriteDigest(ImmutableSortedDictionary<string, NodeValue> outputs, Span<byte> digest)
    {
        var (first, second) = (0UL, (ulong)outputs.Count);
        foreach (var (name, value) in outputs)
        {
            if (!names.TryGetValue(name, out var ofName)) names.Add(name, ofName = Sha256Digest.Of(MemoryMarshal.AsBytes(name.AsSpan())));
            first = unchecked((first * Odd) + (ofName.First ^ value.Sha256.First));
            second = unchecked((second * Odd) + (ofName.Second ^ value.Sha256.Second));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(digest, first);
        BinaryPrimitives.WriteUInt64LittleEndian(digest[sizeof(ulong)..], second);
    }
}
