using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Reviews;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>Puts a tree on the run's branch, on top of the base, and keeps the branch's draft pull request up to date.</summary>
public sealed class PullRequestNode(RunScope scope) : IEffectNode
{
    public const string TypeName = "forge.pr";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Publishes a tree as a branch with one commit and a draft pull request.")
    {
        IsEffect = true,
        Attributes =
        [
            new("suggestions", ValueKind.List, "What reviewers wrote as it should be; a review sets it, and it is applied exactly or not at all."),
            new(TaskLayers.ApprovedBy, ValueKind.Text, "Login of the person who approved a change of protected paths; a slash command's layer sets it."),
            new("approvedDigest", ValueKind.Text, "The tree that was approved: another one has to be approved anew."),
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What to publish.") { Required = true },
            new("summary", ValueKind.Text, "What changed and why, for the pull request's text."),
            new("checks", ValueKind.Any, "What was run on the tree and what it said; several may be connected."),
        ],
        Outputs =
        [
            new("number", ValueKind.Integer, "The pull request's number."),
            new("url", ValueKind.Text, "Its address."),
            new("branch", ValueKind.Text, "Its branch."),
            new("head", ValueKind.Text, "The commit at its head."),
            new("tree", ValueKind.Tree, "The tree of that commit."),
            new("summary", ValueKind.Text, "What changed and why, as it was handed in."),
            new("refused", ValueKind.Map, "Why suggestions could not be applied, by the comment that they stand in."),
            Effect.Port,
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    /// <summary>Where the branch stands decides what publishing does: a tree that was published before is published again over another one.</summary>
    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("head", scope.Run.HeadSha ?? "").Add("base", scope.Run.BaseCommit));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        try
        {
            return await PublishAsync(run, cancellationToken);
        }
        catch (ForgeException e) when (TransientFailure.Is(e))
        {
            return NodeResult.Failure(e.Message) with { IsTransient = true };
        }
    }

    public async ValueTask<Effect> DescribeEffectAsync(NodeRun run, CancellationToken cancellationToken) => Describe(run, (await SuggestedAsync(run, cancellationToken)).Tree);

    /// <summary>The text of the pull request tells of the run besides; what is published, and what is said of it, comes from the inputs.</summary>
    Effect Describe(NodeRun run, TreeId tree) =>
        Effect.Of($"pull-request:{scope.Repository}:{Branch}", [PullRequestBody.Title(scope.Run), scope.Run.BaseCommit, tree.Value, SummaryOf(run), .. Checks(run.Inputs)]);

    string Branch => scope.Run.Branch ?? BranchName(scope.Run.Issue, scope.Run.Request.Title);

    static string SummaryOf(NodeRun run) => run.Inputs.GetValueOrDefault("summary")?.Content.ToString() ?? "";

    Task<(TreeId Tree, ImmutableSortedDictionary<long, string> Refused)> SuggestedAsync(NodeRun run, CancellationToken cancellationToken) =>
        Suggestion.ApplyAsync(scope.Objects, run.Tree("tree"), Suggestion.ListOf(run.Node.Attributes.GetValueOrDefault("suggestions")), cancellationToken);

    async Task<NodeResult> PublishAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var record = scope.Run;
        var baseCommit = new CommitId(record.BaseCommit);
        var baseTree = await scope.Objects.TreeOfAsync(baseCommit, cancellationToken);
        var (tree, refused) = await SuggestedAsync(run, cancellationToken);
        if (tree == baseTree) return new NodeResult.Skipped("The tree is the base's own: there is nothing to publish.");

        var changes = await scope.Objects.ChangesAsync(baseTree, tree, cancellationToken);
        if (run.Node.Text("approvedDigest") != tree.Value && ProtectedPaths.Question(scope.Project, changes.Select(change => change.Path)) is { } question)
            return new NodeResult.WaitingForHuman(question) { SubjectDigest = tree.Value };
        var branch = Branch;
        var head = await scope.Forge.PublishAsync(
            new PublishRequest(
                scope.Repository, scope.Objects, branch, record.BaseBranch, baseCommit, tree, record.HeadSha is { } known ? new CommitId(known) : null,
                PullRequestBody.Message(record), PullRequestBody.CoAuthor(record, scope.Forge.MailHost))
            {
                OnTopOfBase = record.StandsOnBranch,
            },
            cancellationToken);
        var summary = SummaryOf(run);
        var checks = Checks(run.Inputs).ToImmutableArray();
        var pull = await scope.Forge.PutPullRequestAsync(
            PullRequestBody.TextOf(record, scope.Repository, branch, summary, checks, [.. changes.Select(change => change.Path)]), cancellationToken);
        run.Report(pull.Number == SealedForge.NotOpened ? $"Sealed the change for {branch}." : $"Published {head.Value[..7]} on {branch}.");
        return NodeResult.Success(
            ("number", pull.Number), ("url", pull.Url), ("branch", branch), ("head", head.Value), ("tree", tree.Value), ("summary", summary),
            ("refused", TaskValue.MapOf(refused.Select(pair => (pair.Key.ToString(CultureInfo.InvariantCulture), (TaskValue)pair.Value)))),
            (Effect.PortName, Describe(run, tree).ToString()));
    }

    /// <summary>What was done and which suggestions were not applied, by comment.</summary>
    public static (string Summary, ImmutableSortedDictionary<long, string> Refused) ReadAnswers(ImmutableSortedDictionary<string, NodeValue> outputs) =>
        (outputs.GetValueOrDefault("summary")?.Content.ToString() ?? "",
            (outputs.GetValueOrDefault("refused")?.Content as TaskValue.Map ?? TaskValue.Map.Empty).Entries
                .ToImmutableSortedDictionary(entry => long.Parse(entry.Key, CultureInfo.InvariantCulture), entry => entry.Value.ToString()));

    /// <summary>The outputs of a node of this type, typed.</summary>
    public static (int Number, string Url, string Branch, CommitId Head, TreeId Tree) Read(ImmutableSortedDictionary<string, NodeValue> outputs) =>
        ((int)((TaskValue.Integer)outputs["number"].Content).Value, outputs["url"].Content.ToString(), outputs["branch"].Content.ToString(),
            new CommitId(outputs["head"].Content.ToString()), new TreeId(outputs["tree"].Content.ToString()));

    /// <summary><c>taskbot/issue-12-short-title</c>: letters, digits and dashes only, so that git and every shell take it.</summary>
    public static string BranchName(int issue, string title)
    {
        var slug = new StringBuilder();
        foreach (var character in title.ToLowerInvariant())
        {
            if (slug.Length >= 40) break;
            if (char.IsAsciiLetterOrDigit(character)) slug.Append(character);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }

        var name = slug.ToString().Trim('-');
        return string.Create(CultureInfo.InvariantCulture, $"taskbot/issue-{issue}{(name.Length == 0 ? "" : "-")}{name}");
    }

    static IEnumerable<string> Checks(ImmutableSortedDictionary<string, NodeValue> inputs) => inputs.GetValueOrDefault("checks")?.Content switch
    {
        null => ["Nothing was run."],
        TaskValue.List list => list.Items.Select(Line),
        var one => [Line(one)],
    };

    static string Line(TaskValue check) => check is TaskValue.Map map && map.Entries.TryGetValue("passed", out var passed)
        ? $"Tests: {passed} passed, {map.Entries.GetValueOrDefault("failed")} failed, {map.Entries.GetValueOrDefault("skipped")} skipped."
        : check.ToString().ReplaceLineEndings(" ");
}
