using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>Ticks and crosses in nested lists, as node's, jest's, mocha's and vitest's runners print them.</summary>
static partial class SpecReport
{
    public static TestReport Read(string[] lines)
    {
        // Node and mocha list failures a second time, with their messages; mocha after its numbers.
        var again = Array.FindIndex(lines, line => line.EndsWith("failing tests:", StringComparison.Ordinal) || Number().IsMatch(line));
        var listed = again < 0 ? lines : lines[..again];
        // A numbered line is a failure only in a list that ends with mocha's numbers.
        var hasSum = Array.Exists(lines, Number().IsMatch);
        // A failing test that is only to be done carries a reason, and node counts such tests at the end.
        var hasTodo = listed.Any(line => line.StartsWith("ℹ todo ", StringComparison.Ordinal) && line != "ℹ todo 0");
        var cases = new List<TestCase>();
        var suites = new List<(int Indent, string Name)>();
        for (var i = 0; i < listed.Length; i++)
        {
            if (Item().Match(listed[i]) is not { Success: true } item || (!hasSum && item.Groups["mark"].Value.EndsWith(')')))
                continue;
            var indent = item.Groups["indent"].Length;
            suites.RemoveAll(suite => suite.Indent >= indent);
            var name = item.Groups["name"].Value;
            if (item.Groups["mark"].Value == "▶")
            {
                suites.Add((indent, name));
                continue;
            }
            var outcome = item.Groups["mark"].Value switch
            {
                "✔" or "✓" or "√" => TestOutcome.Passed,
                "﹣" or "○" or "↓" => TestOutcome.Skipped,
                _ when hasTodo && item.Groups["reason"].Success => TestOutcome.Skipped,
                _ => TestOutcome.Failed,
            };
            // A suite's end repeats its name with its outcome, after its tests.
            if (cases.Any(test => test.Name.StartsWith(Full(name) + " > ", StringComparison.Ordinal)))
                continue;
            cases.Add(new TestCase(Full(name), outcome, Message: outcome == TestOutcome.Failed ? Details(lines, again < 0 ? i : again, item) : null).Located());
        }
        int Count(string word) => lines.Select(line => Number().Match(line)).Where(match => match.Success && match.Groups["word"].Value == word)
            .Sum(match => int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture));
        int Unnamed(string word, TestOutcome outcome) => Math.Max(0, Count(word) - cases.Count(test => test.Outcome == outcome));
        return new TestReport(cases, Unnamed("passing", TestOutcome.Passed), Unnamed("failing", TestOutcome.Failed));
        string Full(string name) => string.Join(" > ", suites.Select(suite => suite.Name).Append(name));
    }

    static string? Details(string[] lines, int from, Match failed)
    {
        var by = failed.Groups["mark"].Value.EndsWith(')') ? "mark" : "name";
        var at = Array.FindIndex(lines, from, line => Item().Match(line) is { Success: true } item && item.Groups[by].Value == failed.Groups[by].Value);
        return at < 0 ? null : string.Join('\n', lines.Skip(at + 1).TakeWhile(line => !Item().IsMatch(line) && !line.StartsWith("test at ", StringComparison.Ordinal)).Select(line => line.Trim())).Trim();
    }

    [GeneratedRegex(@"^(?<indent>\s*)(?<mark>[✔✓√✖✕×✗▶﹣○↓]|\d+\)) (?<name>.+?)(?: \(\d+(?:\.\d+)? ?m?s\))?(?: \d+(?:\.\d+)? ?m?s)?(?: # (?<reason>.*))?$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Item();

    [GeneratedRegex(@"^\s+(?<count>\d+) (?<word>passing|failing)\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Number();
}
