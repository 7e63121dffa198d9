using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>The Test Anything Protocol, versions 12 to 14 and node's, with sub-tests by indentation and YAML blocks of diagnosis.</summary>
static partial class TapReport
{
    const int Indent = 4;

    public static TestReport Read(string[] lines)
    {
        if (!lines.Any(line => line.StartsWith("TAP version", StringComparison.Ordinal) || Plan().IsMatch(line)))
            return TestReport.Empty;
        var cases = new List<TestCase>();
        var suites = new Dictionary<int, string>();
        // How many cases there were when the last point of each depth had been read: more now means that this point sums up sub-tests.
        var before = new Dictionary<int, int>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (SubTest().Match(lines[i]) is { Success: true } begun)
            {
                var at = begun.Groups["indent"].Length / Indent;
                suites[at] = begun.Groups["name"].Value.Trim();
                before[at] = cases.Count;
            }
            if (Point().Match(lines[i]) is not { Success: true } point)
                continue;
            var depth = point.Groups["indent"].Length / Indent;
            var inner = cases.Skip(before.GetValueOrDefault(depth)).ToList();
            before[depth] = cases.Count;
            var failed = point.Groups["not"].Success;
            var isSum = inner.Count > 0 && suites.ContainsKey(depth);
            if (isSum && (!failed || inner.Any(test => test.Outcome == TestOutcome.Failed)))
                continue;
            var directive = point.Groups["directive"].Value.ToUpperInvariant();
            var diagnosis = Diagnosis(lines, i + 1);
            var outcome = directive.Length > 0 ? TestOutcome.Skipped : failed ? TestOutcome.Failed : TestOutcome.Passed;
            var name = point.Groups["name"].Value.Trim();
            var parents = Enumerable.Range(0, depth).Select(level => suites.GetValueOrDefault(level)).Where(suite => !string.IsNullOrEmpty(suite));
            var test = new TestCase(string.Join(" > ", parents.Append(name)), outcome, Message: outcome switch
            {
                TestOutcome.Failed => diagnosis,
                TestOutcome.Skipped => $"{directive} {point.Groups["reason"].Value}".Trim(),
                _ => null,
            });
            // Node says where the test stands besides where it failed.
            var location = Location().Match(diagnosis ?? "");
            cases.Add(outcome == TestOutcome.Failed && location.Success
                ? test with { File = location.Groups["file"].Value, Line = int.Parse(location.Groups["line"].Value) }
                : test.Located());
            before[depth] = cases.Count;
        }
        return new TestReport(cases);
    }

    static string? Diagnosis(string[] lines, int at)
    {
        var block = new List<string>();
        if (at < lines.Length && lines[at].Trim() == "---")
        {
            block.AddRange(lines.Skip(at + 1).TakeWhile(line => line.Trim() != "..."));
            // The error comes first, whatever stood before it.
            var error = block.FindIndex(line => line.TrimStart().StartsWith("error:", StringComparison.Ordinal) || line.TrimStart().StartsWith("message:", StringComparison.Ordinal));
            if (error > 0)
                block = [.. block.Skip(error), .. block.Take(error)];
            if (block.Count > 0)
                block[0] = ErrorKey().Replace(block[0], "").Trim('\'');
        }
        else
        {
            block.AddRange(lines.Skip(at).TakeWhile(line => line.TrimStart().StartsWith('#')).Select(line => line.TrimStart().TrimStart('#')));
        }
        return string.Join('\n', block.Select(line => line.Trim())).Trim() is { Length: > 0 } text ? text : null;
    }

    [GeneratedRegex(@"^\s*(?:1\.\.\d+)\s*(?:#.*)?$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Plan();

    [GeneratedRegex(@"^(?<indent>\s*)# Subtest:(?<name>.*)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex SubTest();

    [GeneratedRegex(@"^(?<indent>(?:    )*)(?<not>not )?ok\b(?:\s+\d+)?(?:\s*-)?\s*(?<name>(?:[^#\\]|\\.|#(?!\s*(?:skip|todo)))*?)\s*(?:#\s*(?<directive>skip|todo)\w*(?<reason>.*))?$", RegexOptions.IgnoreCase, TextLimits.MatchMilliseconds)]
    private static partial Regex Point();

    [GeneratedRegex(@"location: '?(?:file://)?(?<file>[^':\n]+):(?<line>\d+)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Location();

    [GeneratedRegex(@"^(\s*)(?:error|message):\s*(?:\|-?)?\s*", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex ErrorKey();
}
