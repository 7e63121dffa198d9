using System.Text;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>One line of a file: its text, its own line end, and where it stood before any edit (from 1; 0 for a line that the reply wrote).</summary>
internal readonly record struct TextLine(string Text, string End, int Origin);

/// <summary>
/// A file as lines that can be written back byte for byte: byte order mark, each line's own end, and whether the last line has one.
/// A lone carriage return is a character like any other.
/// </summary>
internal sealed class TextFile
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly bool _hasMark;
    private readonly Encoding _encoding;

    private TextFile(IReadOnlyList<TextLine> lines, bool hasMark, Encoding encoding, bool endsWithNewline)
    {
        Lines = lines;
        _hasMark = hasMark;
        _encoding = encoding;
        EndsWithNewline = endsWithNewline;
        var returns = lines.Count(line => line.End == "\r\n");
        LineEnd = returns * 2 > lines.Count ? "\r\n" : "\n";
    }

    public IReadOnlyList<TextLine> Lines { get; }

    /// <summary>Whether the last line has an end; true for an empty file, so that its first line gets one.</summary>
    public bool EndsWithNewline { get; }

    /// <summary>The end that most lines have.</summary>
    public string LineEnd { get; }

    /// <summary>A file that the reply creates.</summary>
    public static TextFile Create(IEnumerable<string> lines, string lineEnd, bool endsWithNewline) =>
        new([.. lines.Select(line => new TextLine(line, lineEnd, 0))], hasMark: false, StrictUtf8, endsWithNewline);

    /// <summary>Reads UTF-8, or any other 8-bit text as opaque bytes, to which only ASCII can be added. Null, with the reason, for the rest.</summary>
    public static TextFile? TryRead(ReadOnlySpan<byte> content, out string problem)
    {
        problem = "";
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            problem = "The file is UTF-16, which is not edited.";
            return null;
        }
        if (content.Contains((byte)0))
        {
            problem = "The file is binary.";
            return null;
        }
        var hasMark = content.StartsWith(Encoding.UTF8.Preamble);
        if (hasMark) content = content[Encoding.UTF8.Preamble.Length..];
        var encoding = System.Text.Unicode.Utf8.IsValid(content) ? StrictUtf8 : Encoding.Latin1;
        var lines = Split(encoding.GetString(content));
        return new TextFile(lines, hasMark, encoding, lines.Count == 0 || lines[^1].End.Length > 0);
    }

    /// <summary>The bytes of these lines under this file's mark and encoding; every line but the last gets an end, the last as asked.</summary>
    public byte[]? TryWrite(IReadOnlyList<TextLine> lines, bool endsWithNewline)
    {
        var text = new StringBuilder(lines.Sum(line => line.Text.Length + 2));
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append(lines[i].Text);
            if (i < lines.Count - 1 || endsWithNewline) text.Append(lines[i].End.Length > 0 ? lines[i].End : LineEnd);
        }
        var written = text.ToString();
        // The file's bytes are opaque here: a character outside of ASCII that the reply adds has no known bytes.
        if (_encoding is not UTF8Encoding && lines.Any(line => line.Origin == 0 && !Ascii.IsValid(line.Text))) return null;
        var bytes = _encoding.GetBytes(written);
        return _hasMark ? [.. Encoding.UTF8.Preamble, .. bytes] : bytes;
    }

    private static List<TextLine> Split(string text)
    {
        var lines = new List<TextLine>();
        for (var start = 0; start < text.Length;)
        {
            var newline = text.IndexOf('\n', start);
            if (newline < 0)
            {
                lines.Add(new TextLine(text[start..], "", lines.Count + 1));
                break;
            }
            var hasReturn = newline > start && text[newline - 1] == '\r';
            lines.Add(new TextLine(text[start..(hasReturn ? newline - 1 : newline)], hasReturn ? "\r\n" : "\n", lines.Count + 1));
            start = newline + 1;
        }
        return lines;
    }
}
