using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>What a line that starts with <c>@@</c> says: numbers where it has them.</summary>
internal readonly partial record struct HunkHeader(bool HasNumbers, int? OldStart, (int Old, int New)? Promised, bool IsNewFile)
{
    public static HunkHeader Parse(string line)
    {
        var match = Pattern().Match(line);
        if (!match.Success) return default;
        var start = Number(match.Groups["old"]) ?? 0;
        var old = match.Groups["olds"].Success ? Number(match.Groups["olds"]) : 1;
        var added = match.Groups["news"].Success ? Number(match.Groups["news"]) : 1;
        // Text glued to the closing signs is the hunk's first context line: the start line is then that line's, not the next one's.
        var isGlued = match.Groups["rest"].Value is { Length: > 0 } rest && !char.IsWhiteSpace(rest[0]);
        return new HunkHeader(
            HasNumbers: true,
            isGlued || start == 0 ? null : start,
            old is null || added is null || isGlued ? null : (old.Value, added.Value),
            start == 0 && (old ?? 0) == 0);
    }

    private static int? Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^@@+ *-(?<old>\d+)(?:,(?<olds>\d+))? *\+(?<new>\d+)(?:,(?<news>\d+))? *@@+(?<rest>.*)$", RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
