using System.Numerics;
using System.Runtime.InteropServices;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>Which documents of a segment belong to a tree. Immutable but for the owner that is making it.</summary>
sealed class DocumentSet
{
    readonly ulong[] bits;

    DocumentSet(ulong[] bits, int count) => (this.bits, Count) = (bits, count);

    public int Count { get; private set; }

    public static DocumentSet All(int size)
    {
        var set = new DocumentSet(new ulong[(size + 63) / 64], 0);
        for (var document = 0; document < size; document++)
            set.Add(document);
        return set;
    }

    public static DocumentSet Parse(ReadOnlySpan<byte> bytes)
    {
        var read = MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
        return new DocumentSet(read, read.Sum(BitOperations.PopCount));
    }

    public byte[] ToBytes() => MemoryMarshal.AsBytes(bits.AsSpan()).ToArray();

    public DocumentSet Clone() => new([.. bits], Count);

    public bool Has(int document) => (bits[document >> 6] & (1UL << (document & 63))) != 0;

    public void Add(int document)
    {
        if (Has(document))
            return;
        bits[document >> 6] |= 1UL << (document & 63);
        Count++;
    }

    public void Remove(int document)
    {
        if (!Has(document))
            return;
        bits[document >> 6] &= ~(1UL << (document & 63));
        Count--;
    }
}
