namespace TaskBot.Workspaces.Files;

/// <summary>Bounds on reading what a command wrote: a line without end must not hold a pattern up.</summary>
static class TextLimits
{
    /// <summary>A pattern on one line ends in microseconds; this is for the one that we got wrong.</summary>
    public const int MatchMilliseconds = 1000;

    const int LongestLine = 2000;

    /// <summary>The lines, whatever ends them, each cut to a bounded length.</summary>
    public static IEnumerable<string> Lines(string text) =>
        text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Length > LongestLine ? line[..LongestLine] : line);
}
