using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary><c>dotnet test</c>'s console text: each failure, each passed test where its verbosity says so, and the numbers at the end.</summary>
static partial class DotnetReport
{
    public static TestReport Read(string[] lines)
    {
        var cases = new List<TestCase>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Test().Match(lines[i]) is not { Success: true } match)
                continue;
            var outcome = match.Groups["end"].Value switch { "Passed" => TestOutcome.Passed, "Skipped" => TestOutcome.Skipped, _ => TestOutcome.Failed };
            var details = lines.Skip(i + 1).TakeWhile(line => !Test().IsMatch(line) && !Sum().IsMatch(line) && !line.StartsWith("[xUnit.net", StringComparison.Ordinal))
                .Where(line => line.Trim() is not ("Error Message:" or "Stack Trace:")).Select(line => line.Trim());
            var message = outcome == TestOutcome.Failed ? string.Join('\n', details).Trim() : null;
            cases.Add(new TestCase(match.Groups["name"].Value, outcome, Message: message).Located());
        }
        var sums = lines.Select(line => Sum().Match(line)).Where(match => match.Success).ToList();
        int Total(string group, TestOutcome outcome) => Math.Max(
            0, sums.Sum(sum => int.Parse(sum.Groups[group].Value, CultureInfo.InvariantCulture)) - cases.Count(test => test.Outcome == outcome));
        return new TestReport(cases, Total("passed", TestOutcome.Passed), Total("failed", TestOutcome.Failed));
    }

    [GeneratedRegex(@"^\s{1,2}(?<end>Passed|Failed|Skipped) (?<name>.+?)(?: \[(?:<? ?\d[^\]]*)\])\s*$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Test();

    [GeneratedRegex(@"^\s*(?:Passed|Failed|Skipped)!\s+- Failed:\s+(?<failed>\d+), Passed:\s+(?<passed>\d+), Skipped:\s+\d+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Sum();
}
