using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>Python's unittest with <c>-v</c>, and its failures and number without.</summary>
static partial class UnittestReport
{
    public static TestReport Read(string[] lines)
    {
        var ran = lines.Select(line => Ran().Match(line)).LastOrDefault(match => match.Success);
        if (ran is null)
            return TestReport.Empty;
        var messages = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length - 2; i++)
            if (Block().Match(lines[i]) is { Success: true } block && (IsRule(lines[i + 1]) || IsRule(lines[i + 2])))
            {
                var text = lines.Skip(IsRule(lines[i + 1]) ? i + 2 : i + 3).TakeWhile(line => !line.StartsWith("=====", StringComparison.Ordinal) && !IsRule(line)).ToList();
                // The traceback's last line is what went wrong.
                var last = text.LastOrDefault(line => line.Length > 0 && !char.IsWhiteSpace(line[0])) ?? "";
                messages[Name(block)] = $"{last}\n{string.Join('\n', text)}".Trim();
            }
        var cases = new Dictionary<string, TestCase>(StringComparer.Ordinal);
        // A test's docstring stands on a line of its own, before the outcome.
        var verbose = lines.Zip(lines.Skip(1), (line, next) => Verbose().Match(line) is { Success: true } match ? match : Verbose().Match($"{line} {next}"));
        foreach (var match in verbose.Where(match => match.Success))
        {
            var outcome = match.Groups["end"].Value switch
            {
                "ok" or "unexpected success" => TestOutcome.Passed,
                "FAIL" or "ERROR" => TestOutcome.Failed,
                _ => TestOutcome.Skipped,
            };
            cases[Name(match)] = new TestCase(Name(match), outcome);
        }
        foreach (var (name, message) in messages)
            cases[name] = new TestCase(name, TestOutcome.Failed, Message: message).Located();
        var skipped = lines.Select(line => Skipped().Match(line)).LastOrDefault(match => match.Success)?.Groups["count"].Captures.Sum(count => int.Parse(count.Value)) ?? 0;
        var unnamed = int.Parse(ran.Groups["count"].Value) - Math.Max(0, skipped - cases.Values.Count(test => test.Outcome == TestOutcome.Skipped)) - cases.Count;
        return new TestReport([.. cases.Values], UnnamedPassed: Math.Max(0, unnamed));
    }

    static bool IsRule(string line) => line.StartsWith("-----", StringComparison.Ordinal);

    /// <summary>Python 3.11 and later repeat the method behind the class.</summary>
    static string Name(Match match)
    {
        var (method, owner) = (match.Groups["method"].Value, match.Groups["owner"].Value);
        return owner.EndsWith("." + method, StringComparison.Ordinal) ? owner : $"{owner}.{method}";
    }

    [GeneratedRegex(@"^Ran (?<count>\d+) tests? in ", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Ran();

    [GeneratedRegex(@"^(?:OK|FAILED) \((?:(?:skipped|expected failures)=(?<count>\d+)(?:, )?|\w[\w ]*=\d+(?:, )?)+\)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Skipped();

    [GeneratedRegex(@"^(?:FAIL|ERROR): (?<method>\S+) \((?<owner>[\w.]+)\)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?<method>\w+) \((?<owner>[\w.]+)\)(?: [^()]*)? \.\.\. (?<end>ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Verbose();
}
