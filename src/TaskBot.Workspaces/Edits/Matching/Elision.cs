using System.Text.RegularExpressions;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>
/// Lines that stand for text which the model left out ("// ... existing code ..."). Written into a file they delete what they stand for,
/// so a block that adds one is refused. A line that the block also has among its old lines is text of the file.
/// </summary>
internal static partial class Elision
{
    /// <summary>The first new line of the hunk that stands for other lines, or null.</summary>
    public static string? In(Hunk hunk, string path)
    {
        HashSet<string>? old = null;
        var previous = "";
        foreach (var line in hunk.Lines)
        {
            if (line.Role == LineRole.Removed) continue;
            if (line.Role == LineRole.Added && (Stands(line.Text, path) || IsBareDots(line.Text, previous, path)))
            {
                old ??= [.. hunk.Lines.Where(other => other.IsOld).Select(other => other.Text.Trim())];
                if (!old.Contains(line.Text.Trim())) return line.Text.Trim();
            }
            previous = line.Text;
        }
        return null;
    }

    /// <summary>The first line of a file's whole text that stands for other lines, or null. What the file has already is text of it.</summary>
    public static string? In(IEnumerable<string> lines, string path, IReadOnlySet<string> old) =>
        lines.FirstOrDefault(line => Stands(line, path) && !old.Contains(line.Trim()))?.Trim();

    /// <summary>A comment (or nothing else on the line) with dots at an end and a word for "what was there", or saying that the rest stays.</summary>
    public static bool Stands(string line, string path)
    {
        var leader = LeaderPattern().Match(line);
        var isComment = leader.Length > 0;
        var core = line.AsSpan(leader.Length).Trim(" \t*/-><)}]([{#");
        var startsWithDots = core.StartsWith("...") || core is ['…', ..];
        if (startsWithDots || core.EndsWith("...") || core is [.., '…'])
        {
            if (core.Trim(". …").IsEmpty) return isComment;
            if (isComment || startsWithDots) return WordPattern().IsMatch(core) || (!Prose.Is(path) && CodePattern().IsMatch(core));
        }
        return isComment && RestPattern().IsMatch(core);
    }

    /// <summary>Dots alone are text in prose, and a body in Python where a block was just opened; anywhere else no language has such a line.</summary>
    private static bool IsBareDots(string line, string previous, string path) =>
        line.AsSpan().Trim() is "..." or "…" && !Prose.Is(path) && Path.GetExtension(path) switch
        {
            ".py" or ".pyi" or ".pyx" => !previous.TrimEnd().EndsWith(':') && !previous.TrimEnd().EndsWith("\"\"\"", StringComparison.Ordinal),
            _ => true,
        };

    [GeneratedRegex(@"^\s*(?:#+|//+|/\*+|\{/\*+|<!--|--|;+|%+|\(\*|""|\*|REM\b)\s*", RegexOptions.NonBacktracking)]
    private static partial Regex LeaderPattern();

    [GeneratedRegex(
        @"\b(?:rest|remain\w*|existing|unchanged|same|previous|omitted|snip\w*)\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex WordPattern();

    [GeneratedRegex(
        @"\b(?:other|code|lines|methods|functions|imports|implementation|content|logic)\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex CodePattern();

    /// <summary>The whole comment: "rest of the class", "existing code here", "other methods remain the same", "unchanged", "code omitted for brevity".</summary>
    [GeneratedRegex(
        $@"^{Before}(?:rest|remainder)(?: of (?:the |your |this )?(?:\w+ ){{0,3}}{Noun}\b.*|(?: {Stays})+\W*)$"
        + $@"|^{Before}(?:existing|remaining|unchanged|original) {Code}(?:\W+(?:{Stays}|(?:goes )?here))*\W*$"
        + $@"|^{Before}(?:(?:existing|remaining|unchanged|original|other|previous|same|old) )?(?:\w+ )?{Noun}(?:\W+{Stays})+\W*$"
        + $@"|^(?:previous|same) {Code} (?:here|as above)$|^(?:unchanged|no changes?|same as before|omitted(?: for brevity)?)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex RestPattern();

    private const string Before = "(?:keep |and |include )?(?:the |all |your )*";

    private const string Code = "(?:code|implementation|logic|methods?|functions?|imports?|content)";

    private const string Noun = $"(?:{Code}|file|class|component|module|script|body|fields|properties|tests)";

    private const string Stays =
        "(?:(?:is |are )?(?:unchanged|omitted(?: for brevity)?|the same(?: as before)?|as before|as is)|(?:remains?|stays?)(?: (?:unchanged|the same|as is|as before))?)";
}
