using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary><c>cargo nextest</c>'s text: a line for each try of a test, what it wrote below a failure, and the failures again at the end.</summary>
static partial class NextestReport
{
    public static TestReport Read(string[] lines)
    {
        var ends = new Dictionary<string, (TestOutcome Outcome, string Message)>(StringComparer.Ordinal);
        var order = new List<string>();
        var isOver = false;
        for (var i = 0; i < lines.Length; i++)
        {
            isOver |= lines[i].TrimStart().StartsWith("Summary [", StringComparison.Ordinal);
            if (Test().Match(lines[i]) is not { Success: true } test || Outcome(test.Groups["end"].Value) is not { } outcome)
                continue;
            var name = test.Groups["name"].Value;
            if (!ends.TryGetValue(name, out var known))
                order.Add(name);
            // The last try counts. The failures that are listed again after the sum have no words.
            var said = outcome == TestOutcome.Failed && !isOver ? Said(lines, i + 1) : "";
            ends[name] = (outcome, said.Length > 0 ? said : known.Message ?? "");
        }
        return new TestReport([.. order.Select(name => new TestCase(name, ends[name].Outcome, Message: ends[name] is (TestOutcome.Failed, { Length: > 0 } said) ? said : null).Located())]);
    }

    /// <summary>What the test wrote, the panic first: before it stands the list that the test's own runner makes of its one test.</summary>
    static string Said(string[] lines, int from)
    {
        var said = lines.Skip(from).TakeWhile(line => !Test().IsMatch(line) && !Sum().IsMatch(line)).Select(line => line.Trim())
            .Where(line => !line.StartsWith("note: run with", StringComparison.Ordinal) && !Rule().IsMatch(line)).ToList();
        var panic = said.FindIndex(line => line.Contains("panicked at ", StringComparison.Ordinal));
        if (panic < 0)
            return string.Join('\n', said).Trim();
        // As of cargo test: the panic's own words stand below its position.
        var words = said[panic].EndsWith(':') && panic + 1 < said.Count ? said[panic + 1] + "\n" : "";
        return (words + string.Join('\n', said.Skip(panic))).Trim();
    }

    static TestOutcome? Outcome(string end) => end switch
    {
        "PASS" or "LEAK" => TestOutcome.Passed,
        _ when end.StartsWith("FLAKY", StringComparison.Ordinal) => TestOutcome.Passed,
        "SKIP" => TestOutcome.Skipped,
        "SLOW" or "TERMINATING" => null,
        _ => TestOutcome.Failed,
    };

    [GeneratedRegex(
        @"^\s*(?:TRY \d+ )?(?<end>PASS|LEAK|FLAKY \d+/\d+|SKIP|SLOW|TERMINATING|FAIL(?: \+ LEAK)?|FL\+LK|LEAK-FAIL|XFAIL|TIMEOUT|TMT|ABORT|SIG[A-Z0-9]+)\s+\[[> ]*(?:\d+\.\d+s)?\s*\]\s+(?:\([^)]*\)\s+)?(?<name>\S+\s+\S.*?)\s*$",
        RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Test();

    [GeneratedRegex(@"^\s*(?:Summary \[|Canceling due to|Cancelling due to|-{6,}$|─{6,}$)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Sum();

    [GeneratedRegex(@"^(?:--- STD(?:OUT|ERR):.*---|std(?:out|err) ─+|output ─+|running 1 test)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Rule();
}
