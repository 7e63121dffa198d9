using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>A path on its own line, or beside the opening fence, and the whole file in the fence.</summary>
internal static class WholeFileParser
{
    /// <param name="isGuess">Set where nothing says that the fences hold whole files, so that a snippet must not replace a file.</param>
    public static ParsedReply Parse(ReplyText text, bool isGuess)
    {
        var edits = ImmutableArray.CreateBuilder<FileEdit>();
        var problems = ImmutableArray.CreateBuilder<EditReport>();
        var lines = text.Lines;
        var block = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (ReplyText.OpeningFence(lines[i]) is not { } fence) continue;
            var path = PathOf(lines, i);
            var close = FindClose(lines, i, fence.Indent, fence.Marker);
            if (path is not null)
            {
                block++;
                if (close < 0)
                {
                    problems.Add(ParsedReply.Problem(block, i + 1, RefusalReason.CutOff,
                        "The reply ends inside the file's fence: it was cut off, or the file has fences of its own, which need a longer fence around them.", path));
                }
                else
                {
                    edits.Add(new FileEdit
                    {
                        Block = block,
                        ReplyLine = i + 1,
                        Action = FileAction.Replace,
                        Paths = [path],
                        Content = [.. lines.AsSpan(i + 1, close - i - 1)],
                        IsGuess = isGuess,
                    });
                }
            }
            if (close < 0) break;
            i = close;
        }
        return new ParsedReply(EditFormat.WholeFile, edits.ToImmutable(), problems.ToImmutable());
    }

    /// <summary>The path of the file in a fence: beside its opening line, or right above it; null where none stands there.</summary>
    public static string? PathOf(ImmutableArray<string> lines, int open)
    {
        var info = ReplyText.OpeningFence(lines[open])?.Info ?? "";
        if (EditPath.FromLine(info[(info.LastIndexOfAny([' ', ':', '=']) + 1)..], allowBareName: false) is { } path) return path;
        var above = open - 1;
        if (above >= 0 && string.IsNullOrWhiteSpace(lines[above])) above--;
        return above < 0 ? null : EditPath.FromLine(lines[above], allowBareName: false);
    }

    /// <summary>The closing fence; fences inside the file (a line with a language opens one) are skipped in pairs. -1 where there is none.</summary>
    private static int FindClose(ImmutableArray<string> lines, int open, string indent, string marker)
    {
        var depth = 0;
        for (var i = open + 1; i < lines.Length; i++)
        {
            if (ReplyText.Closes(lines[i], indent, marker))
            {
                if (depth-- == 0) return i;
            }
            else if (ReplyText.OpeningFence(lines[i]) is { Info.Length: > 0 } inner
                && inner.Indent == indent && inner.Marker[0] == marker[0] && inner.Marker.Length >= marker.Length)
            {
                depth++;
            }
        }
        return -1;
    }
}
