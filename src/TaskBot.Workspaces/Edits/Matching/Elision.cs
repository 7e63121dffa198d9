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
            if (isComment || startsWithDots) return WordPattern().IsMatch(core) || (!IsProse(path) && CodePattern().IsMatch(core));
        }
        return isComment && RestPattern().IsMatch(core);
    }

    /// <summary>Dots alone are text in prose, and a body in Python where a block was just opened; anywhere else no language has such a line.</summary>
    private static bool IsBareDots(string line, string previous, string path) =>
        line.AsSpan().Trim() is "..." or "…" && !IsProse(path) && Path.GetExtension(path) switch
        {
            ".py" or ".pyi" or ".pyx" => !previous.TrimEnd().EndsWith(':') && !previous.TrimEnd().EndsWith("\"\"\"", StringComparison.Ordinal),
            _ => true,
        };

    /// <summary>Prose shows samples of code with parts left out on purpose.</summary>
    private static bool IsProse(string path) => Path.GetExtension(path).ToUpperInvariant() is ".MD" or ".RST" or ".TXT" or ".ADOC" or ".TEX";

    [GeneratedRegex(@"^\s*(?:#+|//+|/\*+|\{/\*+|<!--|--|;+|%+|\(\*|""|\*|REM\b)\s*", RegexOptions.NonBacktracking)]
    private static partial Regex LeaderPattern();

    [GeneratedRegex(
        @"\b(?:rest|remain\w*|existing|unchanged|same|previous|omitted|snip\w*)\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex WordPattern();

    [GeneratedRegex(
        @"\b(?:other|code|lines|methods|functions|imports|implementation|content|logic)\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex CodePattern();

    [GeneratedRegex(
        @"^(?:the )?(?:(?:rest|remainder) of (?:the |your )?(?:\w+ ){0,3}(?:code|file|function|method|class|implementation|logic|component|module|script)\b|(?:existing|remaining|unchanged) (?:code|implementation|logic|methods|functions|imports|content)\b[^\w]*(?:here|unchanged|remains?|stays?|as before|goes here|same)?\W*$)",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex RestPattern();
}
