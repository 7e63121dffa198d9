using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>
/// Search/replace blocks: aider's (also with its old words ORIGINAL and UPDATED), Cline's dashes and pluses, Roo's <c>:start_line:</c>.
/// </summary>
internal static partial class SearchReplaceParser
{
    public static bool IsIn(ReplyText text) => text.Lines.Any(line => IsOpen(line) || IsClose(line));

    /// <summary>The reply's lines without those of blocks, each of which becomes an empty line.</summary>
    public static ReplyText Outside(ReplyText text)
    {
        var inside = false;
        return text.Select(line =>
        {
            var isClose = IsClose(line);
            inside = (inside && !isClose) || IsOpen(line);
            return !inside && !isClose;
        });
    }

    public static ParsedReply Parse(ReplyText text)
    {
        var edits = ImmutableArray.CreateBuilder<FileEdit>();
        var problems = ImmutableArray.CreateBuilder<EditReport>();
        var lines = text.Lines;
        var block = 0;
        string? path = null;
        var previousEnd = -1;
        for (var i = 0; i < lines.Length; i++)
        {
            if (IsClose(lines[i]))
            {
                // What stands above belongs to a block whose start is lost: applying the other blocks would silently drop this one.
                problems.Add(ParsedReply.Problem(++block, i + 1, RefusalReason.Malformed,
                    $"'{Shorten(lines[i])}' closes a block that nothing opens. Start each block with a line '<<<<<<< SEARCH'."));
                continue;
            }
            if (!IsOpen(lines[i])) continue;
            block++;
            path = FindPath(lines, i, previousEnd) ?? (IsOnlyFences(lines, previousEnd + 1, i) ? path : null);
            var close = i + 1;
            while (close < lines.Length && !IsClose(lines[close]) && !IsOpen(lines[close])) close++;
            if (close == lines.Length)
            {
                problems.Add(ParsedReply.Problem(block, i + 1, RefusalReason.CutOff,
                    "The block has no '>>>>>>> REPLACE': the reply was cut off. Write the block again, to its end.", path));
                break;
            }
            if (IsOpen(lines[close]))
            {
                problems.Add(ParsedReply.Problem(block, i + 1, RefusalReason.Malformed,
                    $"The block is not closed before reply line {close + 1} opens another. End each block with a line '>>>>>>> REPLACE'.", path));
                i = close - 1;
                continue;
            }
            if (Divider(lines, i, close, MarkerLength(lines[i]), MarkerLength(lines[close])) is not { } divider)
            {
                problems.Add(ParsedReply.Problem(block, i + 1, RefusalReason.Malformed,
                    "The block needs exactly one line '=======' between its old and its new lines; "
                    + "where the text itself has such a line, make all three markers longer.", path));
            }
            else if (path is null)
            {
                problems.Add(ParsedReply.Problem(block, i + 1, RefusalReason.NoPath,
                    "The block names no file. Write the file's path on its own line right before the block."));
            }
            else
            {
                edits.Add(ReadBlock(lines, block, i, divider, close, path));
            }
            previousEnd = close;
            i = close;
        }
        if (block > 0 && previousEnd >= 0 && AnnouncedAtEnd(lines, previousEnd) is { } announced)
        {
            problems.Add(ParsedReply.Problem(++block, announced + 1, RefusalReason.CutOff,
                "The reply names a file and opens a fence, and ends: it was cut off before a block. Write all blocks again, to their end."));
        }
        return new ParsedReply(EditFormat.SearchReplace, edits.ToImmutable(), problems.ToImmutable());
    }

    /// <summary>The line of a fence that the reply ends with, right below a path: a block that was to come.</summary>
    private static int? AnnouncedAtEnd(ImmutableArray<string> lines, int previousEnd)
    {
        var last = lines.Length - 1;
        while (last > previousEnd && string.IsNullOrWhiteSpace(lines[last])) last--;
        var above = last - 1;
        while (above > previousEnd && string.IsNullOrWhiteSpace(lines[above])) above--;
        return above > previousEnd && ReplyText.OpeningFence(lines[last]) is not null && EditPath.FromLine(lines[above], allowBareName: true) is not null ? last : null;
    }

    /// <summary>The first character decides for nearly all lines, without a look at the pattern.</summary>
    private static bool IsOpen(string line) => line is ['<' or '-', ..] && OpenPattern().IsMatch(line);

    private static bool IsClose(string line) => line is ['>' or '+', ..] && ClosePattern().IsMatch(line);

    private static int MarkerLength(string line) => line.Length - line.AsSpan().TrimStart(line[0]).Length;

    private static FileEdit ReadBlock(ImmutableArray<string> lines, int block, int open, int divider, int close, string path)
    {
        var (start, first) = StartLine(lines, open + 1, divider);
        var before = lines.AsSpan(first, divider - first);
        var after = lines.AsSpan(divider + 1, close - divider - 1);
        var edit = new FileEdit { Block = block, ReplyLine = open + 1, Action = FileAction.Change, Paths = EditPath.Spellings(path) };
        if (before.IsEmpty) return edit with { Action = FileAction.Create, Content = [.. after] };
        var hunk = new Hunk { Block = block, ReplyLine = open + 1, Lines = LineDiff.Compare(before, after), OldStart = start };
        return edit with { Hunks = [hunk] };
    }

    /// <summary>
    /// The one line of equals signs. Where the text has such lines too, the one that is as long as both other markers, if only one is:
    /// a heading's underline of another length cannot be it. Otherwise nothing tells, and the block is refused.
    /// </summary>
    private static int? Divider(ImmutableArray<string> lines, int open, int close, int openLength, int closeLength)
    {
        var found = new List<int>();
        for (var i = open + 1; i < close; i++)
        {
            if (lines[i] is ['=', ..] && DividerPattern().IsMatch(lines[i])) found.Add(i);
        }
        if (found.Count == 1) return found[0];
        if (openLength != closeLength) return null;
        found.RemoveAll(line => lines[line].TrimEnd().Length != openLength);
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>Roo writes the line number between the opening marker and a line of dashes.</summary>
    private static (int? Start, int FirstLine) StartLine(ImmutableArray<string> lines, int first, int divider)
    {
        if (first >= divider || StartLinePattern().Match(lines[first]) is not { Success: true } match) return (null, first);
        var next = first + 1;
        if (next < divider && lines[next].StartsWith(":end_line:", StringComparison.Ordinal)) next++;
        if (next < divider && lines[next].Trim() is { Length: >= 5 } dashes && dashes.Trim('-').Length == 0) next++;
        return (int.TryParse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture, out var start) ? start : null, next);
    }

    /// <summary>The path right above a block: beyond at most two blank lines and any fence lines, or inside a fence line.</summary>
    private static string? FindPath(ImmutableArray<string> lines, int open, int previousEnd)
    {
        var blanks = 0;
        for (var i = open - 1; i > previousEnd; i--)
        {
            if (lines[i].Length == 0 || string.IsNullOrWhiteSpace(lines[i]))
            {
                if (++blanks > 2) return null;
            }
            else if (ReplyText.OpeningFence(lines[i]) is { } fence)
            {
                var info = fence.Info[(fence.Info.LastIndexOfAny([' ', ':', '=']) + 1)..];
                if (EditPath.FromLine(info, allowBareName: false) is { } path) return path;
            }
            else if (!TagFencePattern().IsMatch(lines[i]))
            {
                return EditPath.FromLine(lines[i], allowBareName: true) ?? EditPath.FromProse(lines[i]);
            }
        }
        return null;
    }

    private static bool IsOnlyFences(ImmutableArray<string> lines, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (!string.IsNullOrWhiteSpace(lines[i]) && ReplyText.OpeningFence(lines[i]) is null && !TagFencePattern().IsMatch(lines[i])) return false;
        }
        return true;
    }

    private static string Shorten(string line) => line.Length <= 40 ? line : line[..40] + "...";

    [GeneratedRegex(@"^(?:<{5,}|-{5,}) ?(?:SEARCH|ORIGINAL)>?\s*$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex OpenPattern();

    [GeneratedRegex(@"^={5,}\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex DividerPattern();

    [GeneratedRegex(@"^(?:>{5,}|\+{5,}) ?(?:REPLACE|UPDATED)\s*$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex ClosePattern();

    [GeneratedRegex(@"^:start_line:\s*(?<line>\d+)\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex StartLinePattern();

    [GeneratedRegex(@"^\s*</?(?:source|code|pre|codeblock|sourcecode|diff|content|search_replace|replace_in_file|apply_diff)>(?:<!\[CDATA\[)?\w*\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex TagFencePattern();
}
