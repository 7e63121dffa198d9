using System.Collections.Immutable;
using System.Text.RegularExpressions;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Asks a model to change code and applies its answer to a tree, all of it or nothing. An answer that does not apply exactly as meant is a
/// failure that says why; a model is never asked to mend its own answer.
/// </summary>
public sealed partial class EditNode(RunScope scope) : ModelNode(scope)
{
    /// <summary>How much of a reply that was no use is kept as evidence, in characters.</summary>
    const int KeptReply = 4000;

    const int KeptSummary = 300;

    public const string TypeName = "llm.edit";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Changes code as a task describes it.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("code"),
            new("format", ValueKind.Text, "How the model must write its edits; 'auto' takes any form that is understood.")
            {
                Default = "auto",
                AllowedValues = [.. EditFormats.Names.Select(TaskValue.FromString)],
            },
            new("filesMaxTokens", ValueKind.Integer, "How much to add of files that the description and notes name and the context does not show.")
            {
                Default = 12_000,
                Unit = "tokens",
            },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What is changed.") { Required = true },
            new("description", ValueKind.Text, "What is to be done.") { Required = true },
            new("acceptance", ValueKind.List, "What must hold in the end."),
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to know: files, search results, answers; several may be connected."),
        ],
        Outputs =
        [
            new("tree", ValueKind.Tree, "The changed tree."),
            new("patch", ValueKind.Text, "The difference to the input tree, as a unified diff."),
            new("summary", ValueKind.Text, "What was changed, in one sentence."),
        ],
    };

    public override NodeTypeSchema Schema => TypeSchema;

    public override ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Model.Describe(node).Add("protected", TaskValue.ListOf(Scope.Project.Protected.Select(TaskValue.FromString)).ToJson()));

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(run.Text("description")))
            return NodeResult.Failure($"{run.Node.Path} has no description. Say in the issue what is to be done.");

        var before = run.Tree("tree");
        var tree = Scope.Objects.Tree(before);
        var named = await NamedFilesAsync(run, tree, cancellationToken);
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context(named)),
                ("description", DataBlock.Of("task", run.Text("description"))),
                ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
                ("protected", string.Join(", ", Scope.Project.Protected)),
                ("rules", Model.Rules(run.Node, TypeName)),
            ],
            cancellationToken);
        return answer.Ending ?? await ApplyAsync(run, tree, answer.Value, cancellationToken);
    }

    async Task<NodeResult> ApplyAsync(NodeRun run, GitTree tree, string reply, CancellationToken cancellationToken)
    {
        // A blank line takes the summary's place, so that line numbers in a refusal are those of the reply.
        var summary = SummaryLine().Match(reply);
        var edits = summary.Success ? reply.Remove(summary.Index, summary.Length) : reply;
        _ = EditFormats.TryParse(run.Node.Text("format") ?? "auto", out var format);
        var result = await EditPlanner.PlanAsync(tree, edits, format, cancellationToken);
        if (Verdict().Match(edits) is { Success: true } verdict)
            return Decline(verdict, reply, hasEdits: !result.Reports.Any(report => report.Reason == RefusalReason.NoEdit));
        if (!result.Applied)
            return Refused("The model's edits were refused, and nothing was changed.", result.ToString(), reply);

        TreeId after;
        try
        {
            after = await Scope.Objects.WriteTreeAsync(tree.Id, result.Changes, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            return Refused("The model's edits do not fit the tree, and nothing was changed.", exception.Message, reply);
        }

        if (after == tree.Id) return Refused("The model's edits change nothing.", "Every file would be what it is already.", reply);
        run.Report($"Changed {string.Join(", ", result.Changes.Select(change => change.Path))}.");
        return NodeResult.Success(
            ("tree", after.Value),
            ("patch", await Scope.Objects.DiffAsync(tree.Id, after, contextLines: 3, cancellationToken)),
            ("summary", summary.Success ? Cut(summary.Groups["text"].Value.Trim(), KeptSummary) : $"Changes {string.Join(", ", result.Changes.Select(change => change.Path))}."));
    }

    /// <summary>Files that the task speaks of and the context does not show in full: no edit of a file can be right that was not seen.</summary>
    async Task<string> NamedFilesAsync(NodeRun run, GitTree tree, CancellationToken cancellationToken)
    {
        var context = run.Text("context");
        var files = new FileContext(tree, run.Node.Integer("filesMaxTokens"));
        foreach (var path in MentionedFiles.In($"{run.Text("description")}\n{run.Text("notes")}", await tree.ListAsync(cancellationToken)))
            if (!FileContext.Shows(context, path))
                await files.AddFileAsync(path, cancellationToken);
        return files.ToString();
    }

    static NodeResult Decline(Match verdict, string reply, bool hasEdits)
    {
        var reason = Cut(verdict.Groups["reason"].Value.Trim(), KeptReply);
        if (hasEdits)
            return Refused($"The model says '{verdict.Groups["word"].Value}' and writes edits all the same.", "Write either edits or that line, not both.", reply);
        if (reason.Length == 0)
            return Refused($"The model says '{verdict.Groups["word"].Value}' without a reason.", "Write the reason behind the colon.", reply);
        return verdict.Groups["word"].Value.StartsWith("NO", StringComparison.Ordinal)
            ? new NodeResult.Skipped($"No change needed: {reason}")
            : NodeResult.Failure($"The model cannot do this from what it was shown: {reason}", ("missing", reason), ("reply", Cut(reply, KeptReply)));
    }

    static NodeResult.Failed Refused(string message, string refusal, string reply) =>
        NodeResult.Failure($"{message} {FirstRefusal(refusal)}", ("refusal", refusal), ("reply", Cut(reply, KeptReply)));

    static string FirstRefusal(string refusal) =>
        refusal.Split('\n').FirstOrDefault(line => line.StartsWith("refused", StringComparison.Ordinal))?.Trim() ?? refusal.Split('\n')[0].Trim();

    static string Cut(string text, int characters) => text.Length <= characters ? text : text[..(characters - 1)] + "…";

    [GeneratedRegex(@"^[ \t]*\**SUMMARY:\**(?<text>[^\r\n]*)", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SummaryLine();

    /// <summary>The reply's first line that is not empty, where it is one of the two lines that stand for "no edits".</summary>
    [GeneratedRegex(@"\A\s*(?:```\w*\s+)?\**(?<word>NO CHANGE NEEDED|CANNOT)\**:\**(?<reason>[^\r\n]*(?:\r?\n(?!\s*\r?\n)[^\r\n]+)*)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Verdict();
}
