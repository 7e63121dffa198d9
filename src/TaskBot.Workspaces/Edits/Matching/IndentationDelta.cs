using System.Collections.Immutable;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>Blanks that every line of the file has more (or fewer) than the block at its start.</summary>
/// <param name="Blanks">All tabs or all spaces; a delta of both is never even.</param>
/// <param name="IsDeeper">Whether the file is deeper than the block.</param>
internal readonly record struct IndentationDelta(string Blanks, bool IsDeeper)
{
    /// <summary>The one delta between the block's old lines and the file's lines from <paramref name="start"/> on, or null.</summary>
    public static IndentationDelta? Between(IReadOnlyList<string> oldLines, IReadOnlyList<TextLine> lines, int start)
    {
        IndentationDelta? delta = null;
        for (var i = 0; i < oldLines.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(oldLines[i])) continue;
            var block = Indentation(oldLines[i]);
            var file = Indentation(lines[start + i].Text);
            IndentationDelta here;
            if (file.EndsWith(block)) here = new IndentationDelta(file[..^block.Length].ToString(), IsDeeper: true);
            else if (block.EndsWith(file)) here = new IndentationDelta(block[..^file.Length].ToString(), IsDeeper: false);
            else return null;
            if (delta is not null && delta != here) return null;
            delta = here;
        }
        return delta is { } even && even.Blanks.Length > 0 && even.Blanks.AsSpan().Trim(even.Blanks[0]).IsEmpty ? even : null;
    }

    /// <summary>
    /// The line moved by the delta, or null where it cannot be: it is less deep than the delta, or it would mix tabs and spaces.
    /// </summary>
    public string? Move(string line)
    {
        if (string.IsNullOrWhiteSpace(line)) return line;
        if (!IsDeeper) return line.StartsWith(Blanks, StringComparison.Ordinal) ? line[Blanks.Length..] : null;
        return line[0] is ' ' or '\t' && line[0] != Blanks[0] ? null : Blanks + line;
    }

    /// <summary>All added lines moved, or null where one cannot be.</summary>
    public ImmutableArray<HunkLine>? Move(ImmutableArray<HunkLine> lines)
    {
        var moved = ImmutableArray.CreateBuilder<HunkLine>(lines.Length);
        foreach (var line in lines)
        {
            if (line.Role != LineRole.Added) moved.Add(line);
            else if (Move(line.Text) is { } text) moved.Add(line with { Text = text });
            else return null;
        }
        return moved.MoveToImmutable();
    }

    /// <summary>How many blanks the line starts with.</summary>
    public static int Depth(string line) => Indentation(line).Length;

    private static ReadOnlySpan<char> Indentation(string line) => line.AsSpan(0, line.Length - line.AsSpan().TrimStart(" \t").Length);
}
