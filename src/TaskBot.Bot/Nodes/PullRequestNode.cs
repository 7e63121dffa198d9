using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>Puts a tree on the run's branch, on top of the base, and keeps the branch's draft pull request up to date.</summary>
public sealed class PullRequestNode(RunScope scope) : INodeType
{
    public const string TypeName = "forge.pr";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Publishes a tree as a branch with one commit and a draft pull request.")
    {
        IsEffect = true,
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
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

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

    async Task<NodeResult> PublishAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var record = scope.Run;
        var baseCommit = new CommitId(record.BaseCommit);
        var baseTree = await scope.Objects.TreeOfAsync(baseCommit, cancellationToken);
        var tree = new TreeId(run.Inputs["tree"].Content.ToString());
        if (tree == baseTree) return new NodeResult.Skipped("The tree is the base's own: there is nothing to publish.");

        var changes = await scope.Objects.ChangesAsync(baseTree, tree, cancellationToken);
        var branch = record.Branch ?? BranchName(record.Issue, record.Request.Title);
        var coAuthor = $"{record.RequestedBy} <{record.RequestedBy}@users.noreply.github.com>";
        var head = await scope.Forge.PublishAsync(
            new PublishRequest(
                scope.Repository, scope.Objects, branch, record.BaseBranch, baseCommit, tree, record.HeadSha is { } known ? new CommitId(known) : null,
                PullRequestBody.Message(record), coAuthor),
            cancellationToken);
        run.Report($"Published {head.Value[..7]} on {branch}.");
        var body = PullRequestBody.Render(
            record, run.Inputs.GetValueOrDefault("summary")?.Content.ToString() ?? "", Checks(run.Inputs), [.. changes.Select(change => change.Path)]);
        var pull = await scope.Forge.PutPullRequestAsync(
            new PullRequestText(scope.Repository, branch, record.BaseBranch, PullRequestBody.Title(record), body), cancellationToken);
        return NodeResult.Success(
            ("number", pull.Number), ("url", pull.Url), ("branch", branch), ("head", head.Value), ("tree", tree.Value));
    }

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
