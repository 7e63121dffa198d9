using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace TaskBot.Workspaces.Toolchains.Reports;

/// <summary>TRX (Visual Studio's test results) and JUnit XML (with the dialects of pytest, surefire, gradle, ctest, jest).</summary>
static class XmlReport
{
    public static IEnumerable<TestCase> Read(string xml)
    {
        XElement root;
        try
        {
            // A report comes from a command that nobody has read: nothing is fetched and no entity grows.
            using var reader = XmlReader.Create(
                new StringReader(xml.TrimStart('\uFEFF')), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, CheckCharacters = false });
            root = XDocument.Load(reader).Root!;
        }
        catch (XmlException)
        {
            return []; // Cut off by a time-out, or no XML at all; the text output is read instead.
        }
        return root.Name.LocalName switch
        {
            "TestRun" => Trx(root),
            "testsuites" or "testsuite" => root.Descendants().Where(element => element.Name.LocalName == "testcase").Select(JUnit),
            _ => [],
        };
    }

    static IEnumerable<TestCase> Trx(XElement run)
    {
        XElement? Inner(XElement element, string name) => element.Elements().FirstOrDefault(inner => inner.Name.LocalName == name);
        var classes = run.Descendants().Where(element => element.Name.LocalName == "UnitTest")
            .GroupBy(test => (string?)test.Attribute("id") ?? "")
            .ToDictionary(group => group.Key, group => (string?)Inner(group.First(), "TestMethod")?.Attribute("className"));
        foreach (var result in run.Descendants().Where(element => element.Name.LocalName == "UnitTestResult"))
        {
            var name = (string?)result.Attribute("testName") ?? "";
            if (classes.GetValueOrDefault((string?)result.Attribute("testId") ?? "") is { } owner && !name.StartsWith(owner, StringComparison.Ordinal))
                name = $"{owner}.{name}";
            var error = Inner(result, "Output") is { } output ? Inner(output, "ErrorInfo") : null;
            var message = error is null ? null : $"{Inner(error, "Message")?.Value}\n{Inner(error, "StackTrace")?.Value}".Trim();
            var outcome = (string?)result.Attribute("outcome") switch
            {
                "Passed" => TestOutcome.Passed,
                "NotExecuted" or "Inconclusive" or "Pending" => TestOutcome.Skipped,
                _ => TestOutcome.Failed,
            };
            yield return new TestCase(name, outcome, Message: message).Located();
        }
    }

    static TestCase JUnit(XElement test)
    {
        XElement? Inner(params string[] names) => test.Elements().FirstOrDefault(inner => names.Contains(inner.Name.LocalName));
        string? Text(XElement? element) => element is null ? null : $"{(string?)element.Attribute("message")}\n{element.Value}".Trim();
        var (name, owner) = ((string?)test.Attribute("name") ?? "", (string?)test.Attribute("classname"));
        var failed = Inner("failure", "error");
        // ctest writes its skipped and failed tests into a status besides.
        var skipped = Inner("skipped") ?? ((string?)test.Attribute("status") is "notrun" or "disabled" ? test : null);
        return new TestCase(
            string.IsNullOrEmpty(owner) || owner == name ? name : $"{owner}.{name}",
            failed is not null ? TestOutcome.Failed : skipped is not null ? TestOutcome.Skipped : TestOutcome.Passed,
            (string?)test.Attribute("file"),
            int.TryParse((string?)test.Attribute("line"), CultureInfo.InvariantCulture, out var line) ? line : null,
            failed is not null ? Text(failed) : skipped == test ? null : Text(skipped)).Located();
    }
}
