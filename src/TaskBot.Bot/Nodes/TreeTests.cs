using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>How a tree's tests ended.</summary>
/// <param name="Log">The end of what they wrote.</param>
/// <param name="Report">What was read of them; null where it never came to that.</param>
/// <param name="Failure">Why nothing is green; null where all is.</param>
sealed record TestsEnded(string Log, TestReport? Report, NodeResult.Failed? Failure);

/// <summary>Runs a tree's tests as its project says, or else as its files give away.</summary>
static class TreeTests
{
    /// <summary>Failing tests that are named; more do not help to find what is wrong.</summary>
    const int NamedFailures = 20;

    /// <summary>Characters kept of one test's message.</summary>
    const int KeptMessage = 1500;

    /// <summary>Report files beyond this size or number are no reports.</summary>
    const long MaxReportBytes = 16 << 20;

    const int MaxReports = 500;

    public static async Task<TestsEnded> RunAsync(RunScope scope, NodeRun run, TreeId tree, CancellationToken cancellationToken)
    {
        if (SparseCheckout.Refuse(run) is { } refused) return new("", null, refused);
        var (chosen, _) = await ProjectToolchain.FindAsync(scope, tree, toolchain => toolchain.Test, cancellationToken);
        if (chosen is not { } toolchain)
            return new("", null, NodeResult.Failure($"It is not known how this repository is tested. Write the shell line to {Project.FilePath} of the base branch, for example 'test: make test'."));

        run.Report($"Testing with {toolchain.Name} ({toolchain.Reason}).");
        await using var checkout = await scope.Checkouts.RentAsync(tree, keepIgnored: false, SparseCheckout.Folders(run), cancellationToken);
        var prepared = await ProjectToolchain.RunAsync(scope, run, checkout, toolchain, [(toolchain.Restore, true), (toolchain.Build, false)], cancellationToken);
        if (prepared.Failure is not null) return new(prepared.Log, null, prepared.Failure);
        var ended = await ProjectToolchain.RunAsync(scope, run, checkout, toolchain, [(toolchain.Test, false)], cancellationToken);
        var report = TestReportReader.Read(ended.Output, await ReportsAsync(checkout, toolchain, cancellationToken));
        return new(ended.Log, report, ended.Failure is null && report.IsGreen ? null : Failure(ended, report));
    }

    public static TaskValue Counts(TestReport report) => TaskValue.MapOf(("passed", report.Passed), ("failed", report.Failures.Count()), ("skipped", report.Skipped));

    static NodeResult.Failed Failure(CommandEnded ended, TestReport report)
    {
        var failures = report.Failures.ToList();
        var failing = TaskValue.ListOf(failures.Take(NamedFailures).Select(test => (TaskValue)Describe(test)));
        var message = failures.Count > 0
            ? $"{failures.Count} of {report.Cases.Count} tests failed: {string.Join(", ", failures.Take(5).Select(test => test.Name))}{(failures.Count > 5 ? ", …" : "")}."
            : ended.Failure?.Message
            ?? (report.Skipped > 0
                ? $"No test ran: all {report.Skipped} were skipped. What is not run is not known to work."
                : "The test command ended well, but no test was found in what it wrote. What is not run is not known to work: have it print TAP, or write a JUnit or TRX report.");
        return NodeResult.Failure(
            message, ("log", ended.Log), ("failing", failing), ("report", Counts(report)), ("signature", FailureSignature.Of(report) ?? FailureSignature.Of(ended.Output)));
    }

    static string Describe(TestCase test)
    {
        var place = test.File is null ? "" : test.Line is { } line ? $" ({test.File}:{line})" : $" ({test.File})";
        var message = test.Message?.Trim() ?? "";
        return $"{test.Name}{place}: {(message.Length <= KeptMessage ? message : message[..KeptMessage] + "…")}".TrimEnd(':', ' ');
    }

    /// <summary>The report files that the test line left. Links are not followed: they may lead out of the checkout.</summary>
    static async Task<IReadOnlyList<string>> ReportsAsync(Checkout checkout, Toolchain toolchain, CancellationToken cancellationToken)
    {
        if (toolchain.Reports.Count == 0) return [];
        var folder = Path.Combine(checkout.Folder, toolchain.Folder);
        var patterns = new PathPatterns(toolchain.Reports.Select(glob => $"/{glob}"));
        var texts = new List<string>();
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options).Where(file => file.Length <= MaxReportBytes))
        {
            if (!patterns.IsMatch(Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'))) continue;
            texts.Add(await File.ReadAllTextAsync(file.FullName, cancellationToken));
            if (texts.Count == MaxReports) break;
        }

        return texts;
    }
}
