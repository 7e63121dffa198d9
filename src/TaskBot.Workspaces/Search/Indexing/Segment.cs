using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>
/// Some documents and the terms that they have, as one array of bytes that is searched as it is: opening one reads its documents' paths
/// and nothing of its terms. Immutable. Made by <see cref="SegmentBuilder"/>, which has the format.
/// </summary>
sealed class Segment
{
    /// <summary>Changes when the format or what is read from a file does, so that older segments are no longer used.</summary>
    public const int Format = 2;

    readonly byte[] bytes;
    readonly int termCount;
    readonly int offsets;
    readonly int keys;
    readonly int postings;
    readonly int[] lengths;
    Dictionary<string, int>? byPath;
    string? id;

    /// <param name="bytes">As <see cref="SegmentBuilder"/> writes them.</param>
    public Segment(byte[] bytes)
    {
        this.bytes = bytes;
        var reader = new VariableReader(bytes, 0);
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        termCount = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        reader.At = 12;
        Paths = new string[count];
        Blobs = new string[count];
        lengths = new int[count * KeyKind.Fields];
        for (var document = 0; document < count; document++)
        {
            Paths[document] = GitPath.Decode(reader.Bytes());
            Blobs[document] = Convert.ToHexStringLower(reader.Bytes());
            for (var field = 0; field < KeyKind.Fields; field++)
                lengths[(document * KeyKind.Fields) + field] = reader.Next();
        }
        offsets = reader.At;
        keys = offsets + ((termCount + 1) * 2 * sizeof(int));
        postings = keys + Offset(termCount, 0);
    }

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>SHA-256 of the bytes, lower-case hexadecimal.</summary>
    public string Id => id ??= Convert.ToHexStringLower(SHA256.HashData(bytes));

    public string[] Paths { get; }

    /// <summary>Ids of the documents' contents; empty for one that has none.</summary>
    public string[] Blobs { get; }

    public int Count => Paths.Length;

    public int Length(int document, Field field) => lengths[(document * KeyKind.Fields) + (int)field];

    /// <summary>Null when the bytes are of another format.</summary>
    public static Segment? TryOpen(byte[] bytes) =>
        bytes.Length > 12 && BinaryPrimitives.ReadInt32LittleEndian(bytes) == Format ? new Segment(bytes) : null;

    /// <summary>The document of a path; -1 where there is none.</summary>
    public int Find(string path)
    {
        var known = byPath;
        if (known is null)
        {
            known = new Dictionary<string, int>(Count, StringComparer.Ordinal);
            for (var document = 0; document < Count; document++)
                known[Paths[document]] = document;
            byPath = known;
        }
        return known.GetValueOrDefault(path, -1);
    }

    public PostingReader Find(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, termCount - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Key(middle).SequenceCompareTo(key);
            if (order == 0)
                return Postings(middle);
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return default;
    }

    /// <summary>Every key in order.</summary>
    public IEnumerable<int> Terms => Enumerable.Range(0, termCount);

    public ReadOnlySpan<byte> Key(int term) => bytes.AsSpan(keys + Offset(term, 0), Offset(term + 1, 0) - Offset(term, 0));

    public PostingReader Postings(int term) =>
        new(bytes.AsSpan(postings + Offset(term, 1), Offset(term + 1, 1) - Offset(term, 1)), hasCounts: Key(term)[0] == KeyKind.Term);

    int Offset(int term, int which) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(offsets + (((term * 2) + which) * sizeof(int))));
}

/// <summary>Numbers of seven bits a byte, lowest first.</summary>
static class VariableNumber
{
    public const int Longest = 5;

    public static int Length(int value)
    {
        var length = 1;
        for (; value >= 0x80; value >>= 7)
            length++;
        return length;
    }

    /// <returns>How many bytes were written.</returns>
    public static int Write(int value, Span<byte> to)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
            to[at++] = (byte)(value | 0x80);
        to[at++] = (byte)value;
        return at;
    }
}

/// <summary>Reads numbers as <see cref="VariableNumber"/> writes them.</summary>
ref struct VariableReader(ReadOnlySpan<byte> bytes, int at)
{
    readonly ReadOnlySpan<byte> bytes = bytes;

    public int At { get; set; } = at;

    public readonly bool IsAtEnd => At >= bytes.Length;

    public int Next()
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var read = bytes[At++];
            value |= (read & 0x7F) << shift;
            if (read < 0x80)
                return value;
        }
    }

    public byte Byte() => bytes[At++];

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Next();
        At += length;
        return bytes.Slice(At - length, length);
    }
}

/// <summary>Walks through the documents that have a term.</summary>
ref struct PostingReader
{
    readonly bool hasCounts;
    VariableReader reader;
    FieldCounts counts;

    public PostingReader(ReadOnlySpan<byte> bytes, bool hasCounts)
    {
        this.hasCounts = hasCounts;
        reader = new VariableReader(bytes, 0);
        Count = reader.Next();
    }

    /// <summary>How many documents of the segment have the term, alive or not.</summary>
    public int Count { get; }

    /// <summary>The last that was read; numbers are stored as distances.</summary>
    public int Document { get; private set; } = -1;

    /// <summary>How often the term stands in each field; zero for keys that are no terms.</summary>
    public readonly FieldCounts Counts => counts;

    public bool MoveNext()
    {
        if (reader.IsAtEnd)
            return false;
        Document += reader.Next() + 1;
        if (!hasCounts)
            return true;
        counts = default;
        var fields = reader.Byte();
        for (var field = 0; field < KeyKind.Fields; field++)
            if ((fields & 1 << field) != 0)
                counts[field] = reader.Next();
        return true;
    }
}

/// <summary>A number for each <see cref="Field"/>.</summary>
[InlineArray(KeyKind.Fields)]
struct FieldCounts
{
    int first;
}
