using System.Text.RegularExpressions;

namespace TaskBot.Bot.Checks;

/// <summary>A failing job's log, cut to what a person or a model needs of it.</summary>
public static partial class JobLog
{
    /// <summary>Characters; more is noise, and paid for.</summary>
    public const int Maximum = 12_000;

    /// <summary>Lines shown before and after one that speaks of an error.</summary>
    const int Before = 25, After = 12;

    const string Gap = "[…]";

    /// <summary>
    /// Without times and colours, without what comes after the last error (cleaning up), and of the rest the neighbourhoods of lines that speak of
    /// errors. A log in which no line does is kept from its end.
    /// </summary>
    public static string Cut(string log)
    {
        var lines = log.ReplaceLineEndings("\n").Split('\n').Select(line => Colour().Replace(Time().Replace(line, ""), "").TrimEnd()).ToList();
        var last = lines.FindLastIndex(line => line.StartsWith("##[error]", StringComparison.Ordinal));
        if (last >= 0) lines.RemoveRange(last + 1, lines.Count - last - 1);
        var shown = new bool[lines.Count];
        for (var at = 0; at < lines.Count; at++)
        {
            if (!Error().IsMatch(lines[at])) continue;
            for (var near = Math.Max(0, at - Before); near <= Math.Min(lines.Count - 1, at + After); near++) shown[near] = true;
        }

        if (!shown.Contains(true)) Array.Fill(shown, true);
        var kept = new List<string>();
        var size = 0;
        var isGap = false;
        // From the end, as that is where it says what it failed of.
        for (var at = lines.Count - 1; at >= 0 && size + lines[at].Length < Maximum; at--)
        {
            if (!shown[at])
            {
                isGap = true;
                continue;
            }

            if (isGap && kept.Count > 0) kept.Add(Gap);
            isGap = false;
            kept.Add(lines[at]);
            size += lines[at].Length + 1;
        }

        kept.Reverse();
        return string.Join('\n', kept).Trim();
    }

    [GeneratedRegex(@"^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?", RegexOptions.NonBacktracking)]
    private static partial Regex Time();

    [GeneratedRegex(@"\x1B\[[0-9;]*[A-Za-z]", RegexOptions.NonBacktracking)]
    private static partial Regex Colour();

    [GeneratedRegex(@"##\[error\]|\b(error|errors|fail|failed|failure|failures|exception|panic|panicked|traceback|fatal|assert\w*|not ok)\b|[✗✘×]", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Error();
}
