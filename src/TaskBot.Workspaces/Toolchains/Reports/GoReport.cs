using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary><c>go test -json</c>, and <c>go test</c> with or without <c>-v</c>.</summary>
static partial class GoReport
{
    public static TestReport ReadJson(string[] lines)
    {
        var outputs = new Dictionary<(string, string), StringBuilder>();
        var ends = new List<(string Package, string Test, string Action)>();
        foreach (var line in lines.Where(line => line.StartsWith('{') && line.Contains("\"Action\"", StringComparison.Ordinal)))
        {
            if (Event(line) is not { } e)
                continue;
            var key = (e.Package, e.Test);
            if (e.Action == "output")
                (outputs.TryGetValue(key, out var text) ? text : outputs[key] = new StringBuilder()).Append(e.Output);
            else if (e.Action is "pass" or "fail" or "skip")
                ends.Add((e.Package, e.Test, e.Action));
        }
        var cases = new List<TestCase>();
        foreach (var (package, test, action) in ends)
        {
            var children = ends.Where(other => other.Package == package && other.Test.StartsWith(test + "/", StringComparison.Ordinal)).ToList();
            var explained = test.Length == 0
                ? action != "fail" || ends.Any(other => other.Package == package && other.Test.Length > 0 && other.Action == "fail")
                : children.Count > 0 && (action != "fail" || children.Any(child => child.Action == "fail"));
            if (explained)
                continue;
            var message = outputs.TryGetValue((package, test), out var said) ? Message(said.ToString()) : null;
            cases.Add(new TestCase(test.Length == 0 ? package : $"{package}.{test}", Outcome(action), Message: action == "pass" ? null : message).Located());
        }
        return new TestReport(cases);
    }

    public static TestReport ReadText(string[] lines)
    {
        var cases = new List<TestCase>();
        var passedPackages = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (PackageOk().IsMatch(lines[i]) && !lines[i].EndsWith("[no tests to run]", StringComparison.Ordinal))
                passedPackages++;
            if (NotBuilt().Match(lines[i]) is { Success: true } package)
                cases.Add(new TestCase(package.Groups["name"].Value, TestOutcome.Failed, Message: Complaints(lines, package.Groups["name"].Value)).Located());
            if (TestEnd().Match(lines[i]) is not { Success: true } match)
                continue;
            var indent = match.Groups["indent"].Length;
            var message = lines.Skip(i + 1).TakeWhile(line => line.Length > indent && line.StartsWith(new string(' ', indent + 4), StringComparison.Ordinal) && !TestEnd().IsMatch(line));
            var outcome = Outcome(match.Groups["end"].Value.ToLowerInvariant());
            cases.Add(new TestCase(match.Groups["name"].Value, outcome, Message: outcome == TestOutcome.Passed ? null : Message(string.Join('\n', message))).Located());
        }
        cases.RemoveAll(test => cases.Any(other => other.Name.StartsWith(test.Name + "/", StringComparison.Ordinal) && other.Outcome == test.Outcome));
        return new TestReport(cases, UnnamedPassed: cases.Any(test => test.Outcome == TestOutcome.Passed) ? 0 : passedPackages);
    }

    /// <summary>What the compiler says stands below "# package", with the name of the test's variant behind.</summary>
    static string? Complaints(string[] lines, string package)
    {
        var at = Array.FindIndex(lines, line => line == $"# {package}" || line.StartsWith($"# {package} ", StringComparison.Ordinal));
        return at < 0 ? null : string.Join('\n', lines.Skip(at + 1).TakeWhile(line => line.Length > 0 && line[0] != '#' && !NotBuilt().IsMatch(line) && !PackageOk().IsMatch(line)));
    }

    static TestOutcome Outcome(string action) => action switch
    {
        "pass" => TestOutcome.Passed,
        "skip" => TestOutcome.Skipped,
        _ => TestOutcome.Failed,
    };

    /// <summary>Without the lines that only say that a test began or ended.</summary>
    static string? Message(string output)
    {
        var said = output.Split('\n').Where(line => !Frame().IsMatch(line)).Select(line => line.TrimEnd());
        return string.Join('\n', said).Trim() is { Length: > 0 } text ? text : null;
    }

    static (string Package, string Test, string Action, string Output)? Event(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            string Text(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
            return (Text("Package"), Text("Test"), Text("Action"), Text("Output"));
        }
        catch (JsonException)
        {
            return null; // Output of a test that looks like an event.
        }
    }

    [GeneratedRegex(@"^(?<indent>\s*)--- (?<end>PASS|FAIL|SKIP): (?<name>\S+)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex TestEnd();

    [GeneratedRegex(@"^ok\s+\S+\s+(?:\d|\(cached\))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex PackageOk();

    [GeneratedRegex(@"^FAIL\s+(?<name>\S+) \[(?:build|setup) failed\]$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex NotBuilt();

    [GeneratedRegex(@"^\s*(?:=== |--- |FAIL\s*$|FAIL\t|PASS\s*$|exit status \d)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Frame();
}
