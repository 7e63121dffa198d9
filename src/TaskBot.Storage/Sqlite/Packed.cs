using System.Buffers.Binary;
using System.IO.Compression;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// Compressed bytes that tell damage on reading: the length (four bytes, big-endian), then zlib's format with its checksum. The length is
/// there because the framework reads a stream that was cut short as if it ended there.
/// </summary>
static class Packed
{
    const int LengthSize = sizeof(int);

    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream((bytes.Length / 3) + 64);
        Span<byte> length = stackalloc byte[LengthSize];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        packed.Write(length);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(bytes);
        return packed.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static byte[] Unpack(byte[] packed)
    {
        if (packed.Length < LengthSize || BinaryPrimitives.ReadInt32BigEndian(packed) is not (>= 0 and <= MaxLength and var length))
            throw new InvalidDataException("Packed bytes begin with no length.");
        var bytes = new byte[length];
        using var zlib = new ZLibStream(new MemoryStream(packed, LengthSize, packed.Length - LengthSize), CompressionMode.Decompress);

        // The read beyond the end is what makes zlib compare its checksum.
        return zlib.ReadAtLeast(bytes, length, throwOnEndOfStream: false) == length && zlib.ReadByte() == -1
            ? bytes
            : throw new InvalidDataException("Packed bytes have another length than they say.");
    }

    /// <summary>Far above any body or result; a damaged length must not take all memory.</summary>
    const int MaxLength = 1 << 30;
}
