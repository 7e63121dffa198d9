using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>
/// Makes a test run's output, and the report files that it wrote, into cases. Knows TRX and JUnit XML as files, and as text TAP, go test
/// (JSON or not), pytest, unittest, cargo test and nextest, dotnet test, the ticks and crosses of node, jest, mocha and vitest, and the sums of many more.
/// </summary>
public static class TestReportReader
{
    static readonly Func<string[], TestReport>[] TextFormats =
    [
        GoReport.ReadJson, GoReport.ReadText, TapReport.Read, PytestReport.Read, UnittestReport.Read, NextestReport.Read, CargoReport.Read, DotnetReport.Read, SpecReport.Read, SummaryReport.Read,
    ];

    /// <summary>Report files say more than output, so output counts only where no file has a case.</summary>
    /// <param name="files">The files' contents; those that are neither TRX nor JUnit XML are passed over.</param>
    public static TestReport Read(string output, IEnumerable<string> files)
    {
        var fromFiles = files.SelectMany(XmlReport.Read).ToList();
        return fromFiles.Count > 0 ? new TestReport(fromFiles) : ReadText(output);
    }

    /// <summary>The format that finds most in the text.</summary>
    static TestReport ReadText(string output)
    {
        var lines = TextLimits.Lines(output).Select(line => line.Contains('\x1B') ? TextLimits.Colour().Replace(line, "") : line).ToArray();
        return TextFormats.Select(read => read(lines)).MaxBy(report => report.Passed + report.Failed + report.Skipped)!;
    }
}
