using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>The file and line that a message or stack speaks of.</summary>
static partial class SourcePosition
{
    const int MostLines = 500;

    static readonly string[] NotOurs =
        ["node_modules/", "site-packages/", "node:", "/usr/lib/", "/rustc/", "/lib/python", "dist-packages/", "java.base/", "_pytest/", "internal/process"];

    /// <summary>The first position that is not a library's.</summary>
    public static (string? File, int? Line) Find(string? text)
    {
        foreach (var match in TextLimits.Lines(text ?? "").Take(MostLines).SelectMany(line => Position().Matches(line)))
        {
            var file = match.Groups["file"].Value;
            if (!NotOurs.Any(part => file.Contains(part, StringComparison.Ordinal)) && int.TryParse(match.Groups["line"].Value, CultureInfo.InvariantCulture, out var line))
                return (file, line);
        }
        return (null, null);
    }

    public static TestCase Located(this TestCase test)
    {
        if (test.File is not null || test.Message is null)
            return test;
        var (file, line) = Find(test.Message);
        return test with { File = file, Line = line };
    }

    // .NET's "in file:line 7", Python's 'File "file", line 7', and everybody's file:7, file(7) with an extension.
    [GeneratedRegex("""
        \bin\s(?<file>\S[^\n]*?):line\s(?<line>\d+)|File\s"(?<file>[^"\n]+)",\sline\s(?<line>\d+)|(?:file://)?(?<file>[\w./\\+@-]*[\w-]\.[A-Za-z]\w{0,5})[:(](?<line>\d+)\b
        """, RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Position();
}
