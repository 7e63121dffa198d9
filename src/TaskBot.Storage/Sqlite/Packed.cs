using System.IO.Compression;

namespace TaskBot.Storage.Sqlite;

/// <summary>Bytes in zlib's format, whose checksum tells damage on reading.</summary>
static class Packed
{
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream((bytes.Length / 3) + 64);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(bytes);
        return packed.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static byte[] Unpack(byte[] packed)
    {
        using var bytes = new MemoryStream(packed.Length * 4);
        using (var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)) zlib.CopyTo(bytes);
        return bytes.ToArray();
    }
}
