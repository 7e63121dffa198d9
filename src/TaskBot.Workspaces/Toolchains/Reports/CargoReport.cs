using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary><c>cargo test</c>'s text.</summary>
static partial class CargoReport
{
    public static TestReport Read(string[] lines)
    {
        var cases = new List<TestCase>();
        foreach (var match in lines.Select(line => Test().Match(line)).Where(match => match.Success))
        {
            var name = match.Groups["name"].Value;
            var outcome = match.Groups["end"].Value switch { "ok" => TestOutcome.Passed, "ignored" => TestOutcome.Skipped, _ => TestOutcome.Failed };
            cases.Add(new TestCase(name, outcome, Message: outcome == TestOutcome.Failed ? Message(lines, name) : null).Located());
        }
        return new TestReport(cases);
    }

    /// <summary>What the test wrote, with the panic's own words before its position.</summary>
    static string? Message(string[] lines, string name)
    {
        var at = Array.IndexOf(lines, $"---- {name} stdout ----");
        if (at < 0)
            return null;
        var said = lines.Skip(at + 1)
            .TakeWhile(line => !line.StartsWith("---- ", StringComparison.Ordinal) && line is not "failures:" && !line.StartsWith("test result:", StringComparison.Ordinal))
            .Where(line => !line.StartsWith("note: run with", StringComparison.Ordinal)).ToList();
        var panic = said.FindIndex(line => line.Contains("panicked at ", StringComparison.Ordinal));
        if (panic >= 0 && panic + 1 < said.Count && said[panic].EndsWith(':'))
            said.Insert(0, said[panic + 1]);
        return string.Join('\n', said).Trim();
    }

    [GeneratedRegex(@"^test (?<name>.+?)(?: - should panic)? \.\.\. (?<end>ok|FAILED|ignored)\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Test();
}
