namespace TaskBot.Workspaces.Toolchains;

/// <summary>How one test ended.</summary>
public enum TestOutcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>One test.</summary>
/// <param name="Name">As its runner names it, with its class, module or suite.</param>
/// <param name="File">As the report has it; null when it does not say.</param>
/// <param name="Line">From 1; null when the report does not say.</param>
/// <param name="Message">What went wrong, with the stack where there is one; null unless it failed, or was skipped for a reason.</param>
public sealed record TestCase(string Name, TestOutcome Outcome, string? File = null, int? Line = null, string? Message = null);

/// <summary>The tests that ran, in the order of the report. Nothing ran means not green.</summary>
/// <param name="UnnamedPassed">Passed tests of which the report only has the number.</param>
/// <param name="UnnamedFailed">Failed tests of which the report only has the number.</param>
public sealed record TestReport(IReadOnlyList<TestCase> Cases, int UnnamedPassed = 0, int UnnamedFailed = 0)
{
    public static readonly TestReport Empty = new([]);

    public int Passed => UnnamedPassed + Cases.Count(test => test.Outcome == TestOutcome.Passed);

    public int Failed => UnnamedFailed + Failures.Count();

    public int Skipped => Cases.Count(test => test.Outcome == TestOutcome.Skipped);

    public IEnumerable<TestCase> Failures => Cases.Where(test => test.Outcome == TestOutcome.Failed);

    /// <summary>At least one test passed and none failed.</summary>
    public bool IsGreen => Passed > 0 && Failed == 0;
}
