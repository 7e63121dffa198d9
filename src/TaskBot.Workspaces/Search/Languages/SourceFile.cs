using System.Text;
using System.Text.Unicode;

namespace TaskBot.Workspaces.Search.Languages;

/// <summary>A file's text, or why it has none for the index.</summary>
static class SourceFile
{
    /// <summary>Larger files are data or generated; they are known by their path only.</summary>
    public const int LargestBytes = 512 * 1024;

    const int BinaryProbeBytes = 8000;

    /// <summary>From this size on, lines of this average length were written by a program.</summary>
    const int MinifiedBytes = 8 * 1024;
    const int MinifiedLine = 400;

    /// <summary>
    /// The text: UTF-8, UTF-16 where a byte order mark says so, else Latin-1, which any bytes are. Null for what is known by its path only:
    /// files that are too large, have a NUL byte, or are minified, and code of others.
    /// </summary>
    public static string? Text(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LargestBytes || PathNames.IsOfOthers(path))
            return null;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (bytes[..Math.Min(bytes.Length, BinaryProbeBytes)].Contains((byte)0))
            return null;
        if (bytes.Length > MinifiedBytes && bytes.Length / (bytes.Count((byte)'\n') + 1) > MinifiedLine)
            return null;
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        return (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }
}
