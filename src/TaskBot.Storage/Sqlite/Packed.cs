using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using Snappier;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// Compressed bytes that tell damage on reading: their length (four bytes, big-endian; the highest bit says how they are packed), their CRC-32C (the same),
/// then Brotli's format or Snappy's, which have no checksums of their own. Brotli at its fastest packs a webhook's body smaller than zlib does and in half
/// the time; Snappy packs it a quarter larger than that, in a third of that time.
/// </summary>
static class Packed
{
    const uint IsSnappy = 1u << 31;
    const int HeadSize = 2 * sizeof(int);
    const int Quality = 0;
    const int SmallestWindow = 14;
    const int LargestWindow = 22;

    /// <summary>Far above any body or result; a damaged length must not take all memory.</summary>
    const int MaxLength = 1 << 30;

    /// <summary>For what is kept.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        var window = Math.Clamp(BitOperations.Log2((uint)bytes.Length) + 1, SmallestWindow, LargestWindow);
        return Pack(bytes, head: 0, BrotliEncoder.GetMaxCompressedLength(bytes.Length), (from, to) => BrotliEncoder.TryCompress(from, to, out var written, Quality, window) ? written : -1);
    }

    /// <summary>For what is mostly gone in a moment.</summary>
    public static byte[] PackFast(ReadOnlySpan<byte> bytes) =>
        Pack(bytes, IsSnappy, Snappy.GetMaxCompressedLength(bytes.Length), static (from, to) => Snappy.TryCompress(from, to, out var written) ? written : -1);

    static byte[] Pack(ReadOnlySpan<byte> bytes, uint head, int longest, Func<ReadOnlySpan<byte>, Span<byte>, int> compress)
    {
        var rented = ArrayPool<byte>.Shared.Rent(HeadSize + longest);
        try
        {
            BinaryPrimitives.WriteUInt32BigEndian(rented, head | (uint)bytes.Length);
            BinaryPrimitives.WriteUInt32BigEndian(rented.AsSpan(sizeof(int)), Checksum(bytes));
            var written = compress(bytes, rented.AsSpan(HeadSize));
            return written >= 0 ? rented[..(HeadSize + written)] : throw new InvalidOperationException($"{bytes.Length} bytes could not be compressed.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        var head = packed.Length < HeadSize ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(packed);
        if ((head & ~IsSnappy) > MaxLength) throw new InvalidDataException("Packed bytes begin with no length.");
        var bytes = new byte[head & ~IsSnappy];
        var content = packed[HeadSize..];
        return ((head & IsSnappy) != 0 ? Snappy.TryDecompress(content, bytes, out var written) : BrotliDecoder.TryDecompress(content, bytes, out written)) && written == bytes.Length
            && Checksum(bytes) == BinaryPrimitives.ReadUInt32BigEndian(packed[sizeof(int)..])
            ? bytes
            : throw new InvalidDataException("Packed bytes are not those that were packed.");
    }

    static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) checksum = BitOperations.Crc32C(checksum, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) checksum = BitOperations.Crc32C(checksum, rest);
        return ~checksum;
    }
}
