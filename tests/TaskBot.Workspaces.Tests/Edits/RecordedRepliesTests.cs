using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>Runs where the recorded replies lie beside the checkout.</summary>
public sealed class RecordedRepliesFactAttribute : FactAttribute
{
    public RecordedRepliesFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    {
        _ = (sourceFilePath, sourceLineNumber);
        if (RecordedRepliesTests.CasesPath is null) Skip = "The recorded replies (shared/edits/dev.jsonl) are not beside the checkout.";
    }
}

/// <summary>Recorded replies of many models, with the files before and the right files after.</summary>
public sealed class RecordedRepliesTests
{
    internal static string? CasesPath { get; } = FindCases();

    [RecordedRepliesFact]
    public async Task Nothing_is_applied_wrongly_and_nearly_all_that_can_be_applied_is()
    {
        var verdicts = new List<(string Id, string Format, string Origin, string Expect, string Verdict)>();
        await foreach (var line in File.ReadLinesAsync(CasesPath!))
        {
            using var document = JsonDocument.Parse(line);
            var recorded = document.RootElement;
            string Field(string name) => recorded.GetProperty(name).GetString()!;
            verdicts.Add((Field("id"), Field("format"), Field("origin"), Field("expect"), await JudgeAsync(recorded)));
        }

        verdicts.Where(verdict => verdict.Verdict is "wrong" or "no change").ShouldBeEmpty();
        ShouldApply("udiff", "", least: 0.95);
        ShouldApply("udiff", "real", least: 0.90);
        ShouldApply("search_replace", "", least: 0.98);
        ShouldApply("whole_file", "", least: 0.80);

        void ShouldApply(string format, string origin, double least)
        {
            var due = verdicts.Where(verdict => verdict.Expect == "apply" && verdict.Format == format && verdict.Origin.StartsWith(origin, StringComparison.Ordinal)).ToList();
            var refused = due.FindAll(verdict => verdict.Verdict != "right");
            (1 - (refused.Count / (double)due.Count)).ShouldBeGreaterThanOrEqualTo(least, string.Join('\n', refused));
        }
    }

    private static async Task<string> JudgeAsync(JsonElement recorded)
    {
        var before = Files(recorded.GetProperty("before"));
        var tree = new MemoryTree([.. before.Select(file => (file.Key, file.Value))]);
        var result = await tree.PlanAsync(recorded.GetProperty("reply").GetString()!);
        if (!result.Applied) return "refused: " + string.Join(" | ", result.Reports.Where(report => report.Status == EditStatus.Refused).Select(report => report.Message));
        var after = new SortedDictionary<string, string>(before, StringComparer.Ordinal);
        foreach (var change in result.Changes)
        {
            if (change.After is null) after.Remove(change.Path);
            else after[change.Path] = Encoding.UTF8.GetString(change.After.Content.Span);
        }
        if (after.SequenceEqual(before)) return "no change";
        var expect = recorded.GetProperty("expect").GetString();
        if (expect == "unknown") return "unknown";
        return expect != "refuse" && after.SequenceEqual(Files(recorded.GetProperty("after"))) ? "right" : "wrong";
    }

    private static SortedDictionary<string, string> Files(JsonElement files) =>
        new(files.EnumerateObject().ToDictionary(file => file.Name, file => file.Value.GetString()!, StringComparer.Ordinal), StringComparer.Ordinal);

    private static string? FindCases()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "TaskBot.sln"))) continue;
            var path = Path.Combine(folder.Parent?.FullName ?? "/", "shared", "edits", "dev.jsonl");
            return File.Exists(path) ? path : null;
        }
        return null;
    }
}
