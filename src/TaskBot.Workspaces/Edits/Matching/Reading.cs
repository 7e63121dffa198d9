using System.Collections.Immutable;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>One way to read a hunk's lines. A hunk is matched under one reading from its first line to its last, never under two.</summary>
/// <param name="SkippedOldLines">Old lines of the hunk that this reading leaves out at its start.</param>
internal sealed record Reading(MatchTier Tier, LineForm Form, ImmutableArray<HunkLine> Lines, int SkippedOldLines)
{
    public IReadOnlyList<string> OldLines { get; } = [.. Lines.Where(line => line.IsOld).Select(line => line.Text)];

    /// <summary>
    /// All readings, strictest first. The first that occurs in the file decides; where it occurs more than once, no laxer one is asked.
    /// Each is safe for the reason that stands beside it, and only because the text so read must occur once.
    /// </summary>
    public static IEnumerable<Reading> Of(Hunk hunk)
    {
        if (!hunk.LostColumn)
        {
            var whole = hunk.Lines;
            yield return new Reading(MatchTier.Exact, LineForm.Exact, whole, 0);
            // Editors and models strip blanks at line ends; they carry no meaning that an edit could be about, and kept lines keep theirs.
            yield return new Reading(MatchTier.TrailingBlanks, LineForm.WithoutTrailingBlanks, whole, 0);
            if (WithoutEdges(hunk) is var (inner, skipped))
            {
                yield return new Reading(MatchTier.EdgeBlankLines, LineForm.Exact, inner, skipped);
                yield return new Reading(MatchTier.EdgeBlankLines, LineForm.WithoutTrailingBlanks, inner, skipped);
            }
            // The same delta on every line keeps the block's inner shape; the new lines move with the old ones.
            yield return new Reading(MatchTier.Indentation, LineForm.WithoutIndentation, whole, 0);
        }
        if (!hunk.HasColumn) yield break;

        // A context line without its column is the file's line as it is; signed lines cannot lose theirs and remain signed.
        foreach (var reading in Exactly(MatchTier.ContextColumn, hunk with { Lines = [.. hunk.Lines.Select(WithRawContext)] })) yield return reading;

        // "- old" and "+ new": one blank too many after every sign. Only where a removed line shows it, for then the file proves the blank.
        if (!hunk.Lines.All(HasWideSign) || !hunk.Lines.Any(line => line.Role == LineRole.Removed && !line.IsBlank)) yield break;
        var narrow = hunk with { Lines = [.. hunk.Lines.Select(WithNarrowSign)] };
        if (!hunk.LostColumn)
        {
            foreach (var reading in Exactly(MatchTier.SignColumn, narrow)) yield return reading;
        }
        foreach (var reading in Exactly(MatchTier.SignColumn, narrow with { Lines = [.. narrow.Lines.Select(WithRawContext)] })) yield return reading;
    }

    private static IEnumerable<Reading> Exactly(MatchTier tier, Hunk hunk)
    {
        yield return new Reading(tier, LineForm.Exact, hunk.Lines, 0);
        yield return new Reading(tier, LineForm.WithoutTrailingBlanks, hunk.Lines, 0);
        if (WithoutEdges(hunk) is not var (inner, skipped)) yield break;
        yield return new Reading(tier, LineForm.Exact, inner, skipped);
        yield return new Reading(tier, LineForm.WithoutTrailingBlanks, inner, skipped);
    }

    private static HunkLine WithRawContext(HunkLine line) => line.Role == LineRole.Context ? line with { Text = line.Raw } : line;

    private static bool HasWideSign(HunkLine line) => line.Role == LineRole.Context || line.Text.Length == 0 || line.Text[0] == ' ';

    private static HunkLine WithNarrowSign(HunkLine line) => line.Role == LineRole.Context || line.Text.Length == 0 ? line : line with { Text = line.Text[1..] };

    /// <summary>
    /// The hunk without empty lines around it that may belong to the reply's layout. In a diff: empty lines without a column, at both ends.
    /// In a block: the first line after the marker, where it is empty; it goes from the new lines too if they start with as many.
    /// </summary>
    private static (ImmutableArray<HunkLine> Lines, int Skipped)? WithoutEdges(Hunk hunk)
    {
        var lines = hunk.Lines;
        if (!hunk.HasColumn)
        {
            string[] before = [.. lines.Where(line => line.IsOld).Select(line => line.Text)];
            string[] after = [.. lines.Where(line => line.Role != LineRole.Removed).Select(line => line.Text)];
            var (blanksBefore, blanksAfter) = (LeadingBlanks(before), LeadingBlanks(after));
            if (blanksBefore == 0 || blanksBefore == before.Length) return null;
            // An empty line that the block would remove was never in the file; one that it keeps was in neither text.
            return (LineDiff.Compare(before.AsSpan(1), after.AsSpan(blanksAfter >= blanksBefore ? 1 : 0)), 1);
        }
        var (start, end) = (0, lines.Length);
        while (start < end && lines[start] is { Role: LineRole.Context, Raw.Length: 0 }) start++;
        while (end > start && lines[end - 1] is { Role: LineRole.Context, Raw.Length: 0 }) end--;
        return end - start < lines.Length && end > start ? (lines[start..end], start) : null;
    }

    private static int LeadingBlanks(string[] lines) => lines.TakeWhile(string.IsNullOrWhiteSpace).Count();
}
