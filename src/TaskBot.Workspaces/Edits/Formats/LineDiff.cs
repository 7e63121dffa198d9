using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>
/// Turns "these old lines become these new lines" into a hunk with context, so that lines which stay keep the file's own bytes.
/// </summary>
internal static class LineDiff
{
    /// <summary>Cells of the table beyond which the middle is replaced whole: a choice of bytes at line ends, never of meaning.</summary>
    private const int MaxCells = 1_000_000;

    public static ImmutableArray<HunkLine> Compare(ReadOnlySpan<string> before, ReadOnlySpan<string> after)
    {
        var start = 0;
        while (start < before.Length && start < after.Length && before[start] == after[start]) start++;
        var end = 0;
        while (end < before.Length - start && end < after.Length - start && before[^(end + 1)] == after[^(end + 1)]) end++;

        var lines = ImmutableArray.CreateBuilder<HunkLine>(before.Length + after.Length);
        foreach (var line in before[..start]) lines.Add(new HunkLine(LineRole.Context, line, line));
        Middle(before[start..^end], after[start..^end], lines);
        foreach (var line in before[(before.Length - end)..]) lines.Add(new HunkLine(LineRole.Context, line, line));
        return lines.DrainToImmutable();
    }

    /// <summary>Longest common subsequence by table; removed lines come before added ones.</summary>
    private static void Middle(ReadOnlySpan<string> before, ReadOnlySpan<string> after, ImmutableArray<HunkLine>.Builder lines)
    {
        var width = after.Length + 1;
        var isSmall = (long)(before.Length + 1) * width <= MaxCells;
        var common = new int[isSmall ? (before.Length + 1) * width : 0];
        for (var i = isSmall ? before.Length - 1 : -1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[(i * width) + j] = before[i] == after[j]
                    ? common[((i + 1) * width) + j + 1] + 1
                    : Math.Max(common[((i + 1) * width) + j], common[(i * width) + j + 1]);
            }
        }
        var (old, added) = (0, 0);
        while (old < before.Length || added < after.Length)
        {
            if (isSmall && old < before.Length && added < after.Length && before[old] == after[added])
            {
                lines.Add(new HunkLine(LineRole.Context, before[old], before[old]));
                old++;
                added++;
            }
            else if (old < before.Length
                && (!isSmall || added == after.Length || common[((old + 1) * width) + added] >= common[(old * width) + added + 1]))
            {
                lines.Add(new HunkLine(LineRole.Removed, before[old], before[old]));
                old++;
            }
            else
            {
                lines.Add(new HunkLine(LineRole.Added, after[added], after[added]));
                added++;
            }
        }
    }
}
