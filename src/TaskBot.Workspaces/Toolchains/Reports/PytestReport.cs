using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>pytest's terminal output: its short summary, its verbose lines, and its last line's numbers.</summary>
static partial class PytestReport
{
    public static TestReport Read(string[] lines)
    {
        var sum = lines.Select(line => Sum().Match(line)).LastOrDefault(match => match.Success);
        if (sum is null)
            return TestReport.Empty;
        var cases = new Dictionary<string, TestCase>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var match = Summary().Match(line) is { Success: true } summary ? summary : Verbose().Match(line);
            if (!match.Success)
                continue;
            var (name, outcome) = (match.Groups["name"].Value, Outcome(match.Groups["end"].Value));
            var message = match.Groups["message"].Value.Trim() is { Length: > 0 } text ? text : null;
            if (!cases.TryGetValue(name, out var known) || known.Message is null)
                cases[name] = new TestCase(name, outcome, name.Split("::")[0], Message: message ?? known?.Message);
        }
        foreach (var (name, failed) in cases.Where(test => test.Value.Outcome == TestOutcome.Failed).ToList())
        {
            if (Section(lines, name) is not { } section)
                continue;
            var line = section.Select(text => Position().Match(text)).LastOrDefault(match => match.Success && match.Groups["file"].Value == failed.File);
            cases[name] = failed with
            {
                Line = line is null ? null : int.Parse(line.Groups["line"].Value, CultureInfo.InvariantCulture),
                Message = $"{failed.Message}\n{string.Join('\n', section)}".Trim(),
            };
        }
        int Count(string word) => Counts().Matches(sum.Value).Where(match => match.Groups["word"].Value.StartsWith(word, StringComparison.Ordinal))
            .Sum(match => int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture));
        var named = cases.Values.ToLookup(test => test.Outcome);
        return new TestReport(
            [.. cases.Values],
            Math.Max(0, Count("passed") - named[TestOutcome.Passed].Count()),
            Math.Max(0, Count("failed") + Count("error") - named[TestOutcome.Failed].Count()));
    }

    /// <summary>The lines below <c>____ test_x ____</c>; a method's heading has its class with a dot.</summary>
    static List<string>? Section(string[] lines, string name)
    {
        var title = string.Join('.', name.Split("::").Skip(1));
        var at = Array.FindIndex(lines, line => Heading().Match(line) is { Success: true } match && match.Groups["title"].Value.EndsWith(title, StringComparison.Ordinal));
        return at < 0 || title.Length == 0 ? null : [.. lines.Skip(at + 1).TakeWhile(line => !Heading().IsMatch(line) && !line.StartsWith("====", StringComparison.Ordinal))];
    }

    static TestOutcome Outcome(string word) => word switch
    {
        "PASSED" or "XPASS" => TestOutcome.Passed,
        "SKIPPED" or "XFAIL" => TestOutcome.Skipped,
        _ => TestOutcome.Failed,
    };

    [GeneratedRegex(@"^(?:=+ )?(?:\d+ (?:passed|failed|skipped|errors?|deselected|xfailed|xpassed|warnings?|reruns?|subtests passed)(?:, )?)+ in [\d.:]+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Sum();

    [GeneratedRegex(@"(?<count>\d+) (?<word>[a-z]+)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Counts();

    [GeneratedRegex(@"^(?<end>PASSED|FAILED|ERROR|XFAIL|XPASS) (?<name>\S+\.py(?:::.+?(?:\[.*?\](?= - |$))?)?)(?: - (?<message>.*))?$|^(?<end>SKIPPED) \[\d+\] (?<name>\S+\.py:\d+): (?<message>.*)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Summary();

    // The second form is that of several processes: [gw1] [ 50%] PASSED test_a.py::test_b
    [GeneratedRegex(@"^\[gw\d+\] \[ *\d+%\] (?<end>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?<name>\S+\.py::.+?)\s*$|^(?<name>\S+\.py::.+?) (?<end>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \((?<message>.*)\))?\s*(?:\[ *\d+%\])?$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Verbose();

    [GeneratedRegex(@"^_{3,} (?:ERROR (?:at setup|at teardown|collecting)(?: of)? )?(?<title>.+?) _{3,}$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(?<file>\S+\.py):(?<line>\d+):", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Position();
}
