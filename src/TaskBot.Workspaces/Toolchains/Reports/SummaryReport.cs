using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>
/// Runners whose text names the failures and counts the rest: jest and vitest without their lists, Microsoft's testing platform, ctest, rspec,
/// phpunit, maven and gradle.
/// </summary>
static partial class SummaryReport
{
    /// <summary>How one runner writes.</summary>
    /// <param name="Sum">A line with numbers: <c>total</c> or <c>passed</c>, and <c>failed</c>, <c>errors</c>, <c>skipped</c> where there are any.</param>
    /// <param name="Failure">The line above what a failed test says: its <c>name</c>, and <c>file</c> and <c>line</c> where it has them.</param>
    sealed record Dialect(Regex Sum, Regex Failure);

    static readonly Dialect[] Dialects =
    [
        new(JestSum(), JestFailure()), new(VitestSum(), VitestFailure()), new(PlatformSum(), PlatformFailure()), new(CtestSum(), CtestFailure()),
        new(RspecSum(), RspecFailure()), new(PhpunitSum(), PhpunitFailure()), new(MavenSum(), MavenFailure()), new(GradleSum(), GradleFailure()),
    ];

    public static TestReport Read(string[] lines) => Dialects.Select(dialect => Read(dialect, lines)).MaxBy(report => report.Passed + report.Failed)!;

    static TestReport Read(Dialect dialect, string[] lines)
    {
        var sums = lines.Select(line => dialect.Sum.Match(line)).Where(match => match.Success).ToList();
        if (sums.Count == 0)
            return TestReport.Empty;
        int Sum(string name) => sums.SelectMany(sum => sum.Groups[name].Captures).Sum(count => int.Parse(count.ValueSpan, CultureInfo.InvariantCulture));
        var failures = new Dictionary<string, TestCase>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length; i++)
            if (dialect.Failure.Match(lines[i]) is { Success: true } match)
                failures.TryAdd(match.Groups["name"].Value, Failure(match, lines.Skip(i + 1).TakeWhile(line => !dialect.Failure.IsMatch(line) && !dialect.Sum.IsMatch(line))));
        var failed = Sum("failed") + Sum("errors");
        return new TestReport(
            [.. failures.Values],
            Math.Max(0, Sum("passed") + Sum("total") - (Sum("total") > 0 ? failed + Sum("skipped") : 0)),
            Math.Max(0, failed - failures.Count));
    }

    static TestCase Failure(Match match, IEnumerable<string> details)
    {
        var message = string.Join('\n', details.Select(line => line.Trim()).Prepend(match.Groups["message"].Value)).Trim();
        var test = new TestCase(match.Groups["name"].Value, TestOutcome.Failed, Message: message.Length > 0 ? message : null);
        return match.Groups["file"].Success
            ? test with { File = match.Groups["file"].Value, Line = int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture) }
            : test.Located();
    }

    [GeneratedRegex(@"^Tests:\s+(?:(?<failed>\d+) failed, )?(?:(?<skipped>\d+) (?:skipped|todo), )*(?:(?<passed>\d+) passed, )?\d+ total", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex JestSum();

    [GeneratedRegex(@"^\s{1,3}● (?<name>.+)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex JestFailure();

    [GeneratedRegex(@"^\s*Tests\s{2,}(?:(?:(?<failed>\d+) failed|(?<passed>\d+) passed|(?<skipped>\d+) (?:skipped|todo))(?: \| )?)+ \(\d+\)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex VitestSum();

    [GeneratedRegex(@"^\s*FAIL\s+(?<name>\S+ > .+)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex VitestFailure();

    [GeneratedRegex(@"^\s{2}(?:failed: (?<failed>\d+)|succeeded: (?<passed>\d+)|skipped: (?<skipped>\d+))\s*$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PlatformSum();

    [GeneratedRegex(@"^failed (?<name>\S.*?) \(\d[^)]*\)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PlatformFailure();

    [GeneratedRegex(@"^\d+% tests passed(?:, |: )(?<failed>\d+) tests? failed out of (?<total>\d+)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex CtestSum();

    [GeneratedRegex(@"^\s*\d+/\d+ Test\s+#\d+: (?<name>\S+) \.*\s*\*\*\*(?<message>\S.*?)\s+[\d.]+ sec", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex CtestFailure();

    [GeneratedRegex(@"^(?<total>\d+) examples?, (?<failed>\d+) failures?(?:, (?<skipped>\d+) pending)?", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex RspecSum();

    [GeneratedRegex(@"^rspec '?(?<file>[^\s:]+):(?<line>\d+)'? # (?<name>.+)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex RspecFailure();

    [GeneratedRegex(@"^OK \((?<total>\d+) tests?, |^Tests: (?<total>\d+), Assertions: \d+(?:, (?:Errors: (?<errors>\d+)|Failures: (?<failed>\d+)|Skipped: (?<skipped>\d+)|Incomplete: (?<skipped>\d+)|\w+: \d+))*\.", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PhpunitSum();

    [GeneratedRegex(@"^\d+\) (?<name>[\w\\]+::\w+.*)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PhpunitFailure();

    [GeneratedRegex(@"^(?:\[\w+\] )?Tests run: (?<total>\d+), Failures: (?<failed>\d+), Errors: (?<errors>\d+), Skipped: (?<skipped>\d+)\s*$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex MavenSum();

    [GeneratedRegex(@"^\[ERROR\]\s+(?<name>[\w.$]+\.\w+)(?:\(\))?:\d+ (?<message>.*)$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex MavenFailure();

    [GeneratedRegex(@"^(?<total>\d+) tests? completed(?:, (?<failed>\d+) failed)?(?:, (?<skipped>\d+) skipped)?", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex GradleSum();

    [GeneratedRegex(@"^(?<name>\S+ > .+) FAILED$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex GradleFailure();
}
