using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Files;

/// <summary>Bounds on reading what a command wrote: a line without end must not hold a pattern up.</summary>
static partial class TextLimits
{
    /// <summary>A pattern on one line ends in microseconds; this is for the one that we got wrong.</summary>
    public const int MatchMilliseconds = 1000;

    const int LongestLine = 2000;

    /// <summary>What a terminal would take for a colour or a movement.</summary>
    [GeneratedRegex(@"\x1B\[[0-9;?]*[ -/]*[@-~]", RegexOptions.None, MatchMilliseconds)]
    public static partial Regex Colour();

    /// <summary>The lines, whatever ends them, each cut to a bounded length.</summary>
    public static IEnumerable<string> Lines(string text) =>
        text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Length > LongestLine ? line[..LongestLine] : line);
}
