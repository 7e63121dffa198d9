using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>A fenced block of Markdown: indexes of its two fence lines, and what stands beside the opening one.</summary>
/// <param name="Close">Index of the closing line; the number of lines where the reply ends inside the fence.</param>
internal readonly record struct Fence(int Open, int Close, string Info, bool IsClosed);

/// <summary>A reply as lines without their ends, with the Markdown fences among them.</summary>
internal sealed partial class ReplyText
{
    public ReplyText(string reply)
    {
        if (reply.StartsWith('\uFEFF')) reply = reply[1..];
        var lines = reply.Split('\n');
        var returns = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].EndsWith('\r')) continue;
            lines[i] = lines[i][..^1];
            returns++;
        }
        BlankReasoning(lines);
        EndsWithNewline = lines.Length > 1 && lines[^1].Length == 0;
        Lines = [.. EndsWithNewline ? lines.AsSpan(0, lines.Length - 1) : lines];
        LineEnd = returns * 2 > Lines.Length ? "\r\n" : "\n";
        Fences = FindFences(Lines);
    }

    private ReplyText(ImmutableArray<string> lines, ReplyText original)
    {
        Lines = lines;
        EndsWithNewline = original.EndsWithNewline;
        LineEnd = original.LineEnd;
        Fences = FindFences(lines);
    }

    public ImmutableArray<string> Lines { get; }

    public bool EndsWithNewline { get; }

    /// <summary>The line end that most lines of the reply have; new files take it.</summary>
    public string LineEnd { get; }

    public ImmutableArray<Fence> Fences { get; }

    /// <summary>The same reply with an empty line in the place of every line that is not wanted, asked in order.</summary>
    public ReplyText Select(Func<string, bool> isWanted) => new([.. Lines.Select(line => isWanted(line) ? line : "")], this);

    /// <summary>An opening fence's marker and info string, or null.</summary>
    public static (string Indent, string Marker, string Info)? OpeningFence(string line)
    {
        if (line.AsSpan().TrimStart(" \t") is not ['`' or '~', ..]) return null;
        var match = FencePattern().Match(line);
        if (!match.Success) return null;
        var info = match.Groups["info"].Value.Trim();
        // Markdown: no backtick beside a backtick fence, or the line is inline code.
        if (match.Groups["marker"].Value[0] == '`' && info.Contains('`')) return null;
        return (match.Groups["indent"].Value, match.Groups["marker"].Value, info);
    }

    /// <summary>
    /// Empties the lines of a reasoning section at the start (<c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c> and its relatives): what is drafted
    /// there is not the answer. Without its closing line nothing is taken out.
    /// </summary>
    private static void BlankReasoning(string[] lines)
    {
        var start = Array.FindIndex(lines, line => !string.IsNullOrWhiteSpace(line));
        if (start < 0 || ReasoningPattern().Match(lines[start]) is not { Success: true } match) return;
        var closing = $"</{match.Groups["tag"].Value}>";
        var end = Array.FindIndex(lines, start, line => line.TrimEnd().EndsWith(closing, StringComparison.Ordinal));
        if (end >= 0) Array.Fill(lines, "", start, end - start + 1);
    }

    private static ImmutableArray<Fence> FindFences(ImmutableArray<string> lines)
    {
        var fences = ImmutableArray.CreateBuilder<Fence>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (OpeningFence(lines[i]) is not { } opening) continue;
            var close = i + 1;
            while (close < lines.Length && !Closes(lines[close], opening.Indent, opening.Marker)) close++;
            fences.Add(new Fence(i, close, opening.Info, close < lines.Length));
            i = close;
        }
        return fences.ToImmutable();
    }

    /// <summary>A closing fence stands exactly as deep as its opening one: a diff's context line " ```" does not close the diff.</summary>
    public static bool Closes(string line, string indent, string marker) =>
        line.StartsWith(indent, StringComparison.Ordinal)
        && line.AsSpan(indent.Length).TrimEnd() is { Length: > 0 } rest
        && rest.Length >= marker.Length
        && rest.TrimStart(marker[0]).IsEmpty;

    [GeneratedRegex("^\\s*<(?<tag>think[a-z0-9-]*|reasoning|scratchpad)>", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ReasoningPattern();

    [GeneratedRegex(@"^(?<indent>[ \t]*)(?<marker>`{3,}|~{3,})(?<info>.*)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex FencePattern();
}
