using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;

namespace TaskBot.Bot.Refinement;

/// <summary>What an attempt died of, reduced to what a refiner needs.</summary>
/// <param name="Headline">One sentence for people.</param>
/// <param name="Blamed">The node whose work it speaks against; null for the checks of the forge.</param>
/// <param name="Evidence">The end of the log, the refused edit, the failing tests.</param>
/// <param name="Patch">What was tried, as a unified diff; empty where nothing was.</param>
/// <param name="Signature">SHA-256, lower-case hex: the same for the same failure, whatever its times, places and numbers.</param>
public sealed partial record FailureRecord(string Headline, string? Blamed, string Evidence, string Patch, string Signature)
{
    /// <summary>The end of a log says what went wrong; more than this is noise, and paid for. Characters.</summary>
    const int MaximumEvidence = 12_000;

    /// <summary>Annotations beyond these are not read.</summary>
    const int MostNotes = 50;

    /// <summary>The branch whose description has to be corrected: the task, or the one step of its plan that the failure speaks against.</summary>
    public NodePath Corrects { get; init; } = TaskLayers.Root;

    public FailureClass Class { get; init; }

    /// <summary>Facts that were not known and would have helped, as far as anybody said so: what a model asked for, files that it did not see.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>A run's first failed node, with what it left for whoever tries again.</summary>
    public static FailureRecord Of(RunResult result)
    {
        var failed = result.Nodes.Values.FirstOrDefault(node => node.State == NodeState.Failed && node.Result is NodeResult.Failed);
        var evidence = (failed?.Result as NodeResult.Failed)?.Evidence;
        var text = new StringBuilder(failed?.Why ?? string.Join('\n', result.Problems)).Append('\n');
        foreach (var (name, value) in evidence ?? ImmutableSortedDictionary<string, TaskValue>.Empty)
            if (name is not "signature" and not "patch") text.Append('\n').Append(name).Append(":\n").Append(value).Append('\n');
        var patch = evidence?.GetValueOrDefault("patch")?.ToString()
            ?? result.Nodes.Values.Select(node => node.Outputs.GetValueOrDefault("patch")?.Content.ToString()).FirstOrDefault(diff => diff is not null) ?? "";
        var body = End(text.ToString());
        var headline = failed is null ? FirstLine(body) : $"{failed.Node.Path.Name}: {FirstLine(failed.Why)}";
        return new(headline, failed?.Node.Path.ToString(), body, patch, evidence?.GetValueOrDefault("signature")?.AsText() ?? Sign(body))
        {
            Corrects = (failed is null ? null : Blame.Find(result, failed, body)) ?? TaskLayers.Root,
            Class = failed is null ? FailureClass.Other : Classify(failed.Node.Type, evidence!),
            Missing = evidence?.GetValueOrDefault("missing") switch
            {
                null => [],
                TaskValue.List list => [.. list.Items.Select(item => item.ToString())],
                var said => [said.ToString()],
            },
        };
    }

    /// <summary>What the checks of a published commit said.</summary>
    public static FailureRecord Of(ChecksVerdict verdict)
    {
        var log = End(verdict.Log);
        var failing = log.Split('\n').FirstOrDefault(line => TestFailing().IsMatch(line)) ?? FirstLine(log);
        return new($"The checks failed: {Cut(failing.Trim())}", Blamed: null, log, Patch: "", Sign(log)) { Class = FailureClass.ChecksFailed };
    }

    /// <summary>What a review asks for, as something that the description did not say.</summary>
    public static FailureRecord Of(ForgeReview review)
    {
        var evidence = string.Join("\n\n", review.Remarks.Select(remark => $"{(remark.Path.Length == 0 ? "The pull request" : $"{remark.Path}:{remark.Line}")}: {remark.Body.Trim()}").Prepend(review.Body.Trim()).Where(text => text.Length > 0));
        return new($"{review.Author} asks for changes.", Blamed: null, End(evidence), Patch: "", $"review-{review.Id}") { Class = FailureClass.ChangesAsked };
    }

    /// <summary>The failing tests that stand in files of the change, at their lines.</summary>
    public ImmutableArray<CheckNote> NotesOn(ImmutableArray<string> changed) =>
    [
        .. TestReportReader.Read(Evidence, []).Failures
            .Select(test => (test, path: changed.FirstOrDefault(path => test.File is { } file && (file == path || file.EndsWith($"/{path}", StringComparison.Ordinal)))))
            .Where(found => found is { path: not null, test.Line: > 0 })
            .Select(found => new CheckNote(found.path!, found.test.Line!.Value, $"{found.test.Name}: {Cut(found.test.Message?.Trim() ?? "failed")}"))
            .Take(MostNotes),
    ];

    /// <summary>As an input of the refinement's graph.</summary>
    public TaskValue ToValue() => TaskValue.MapOf(
        ("headline", Headline), ("blamed", Blamed ?? "the checks of the pull request"), ("class", Class.ToString()), ("missing", TaskValue.ListOf(Missing.Select(TaskValue.FromString))),
        ("evidence", Evidence), ("signature", Signature));

    static FailureClass Classify(string type, ImmutableSortedDictionary<string, TaskValue> evidence) =>
        evidence.ContainsKey("missing") ? FailureClass.FactsMissing
        : evidence.ContainsKey("refusal") ? FailureClass.EditRefused
        : type switch
        {
            BuildNode.TypeName => FailureClass.BuildFailed,
            TestNode.TypeName or VoteNode.TypeName => FailureClass.TestsFailed,
            ReviewNode.TypeName or VerifyAnswerNode.TypeName or VerifyRunNode.TypeName or PremiseNode.TypeName => FailureClass.ReviewFailed,
            _ when evidence.ContainsKey("error") || evidence.ContainsKey("reply") => FailureClass.ModelFailed,
            _ => FailureClass.Other,
        };

    static string End(string text) => text.Length <= MaximumEvidence ? text.Trim() : "…" + text[^MaximumEvidence..].Trim();

    static string FirstLine(string text) => text.Trim() is { Length: > 0 } said ? Cut(said.Split('\n', 2)[0].TrimEnd()) : "no reason was given";

    static string Cut(string line) => line.Length <= 200 ? line : line[..199] + "…";

    /// <summary>Of the tests that a log names, else of what it says of errors.</summary>
    static string Sign(string log) => FailureSignature.Of(TestReportReader.Read(log, [])) ?? FailureSignature.Of(log);

    /// <summary>The line of a test that failed, as common runners write it.</summary>
    [GeneratedRegex(@"^\s*(not ok\b|FAILED?\b|--- FAIL|✗|✘|×)|\.\.\. FAILED|\[FAIL\]", RegexOptions.NonBacktracking)]
    private static partial Regex TestFailing();
}
