using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Tasks;
using TaskBot.Bot.Tests.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Tasks;

public sealed class TaskLayersTests : IAsyncLifetime
{
    static readonly TreeId Tree = new(new string('1', 40));

    static readonly ImmutableSortedDictionary<string, string> NoSelections = ImmutableSortedDictionary<string, string>.Empty;

    NodeLab lab = null!;
    RunComposer composer = null!;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        composer = await RunComposer.CreateAsync(lab.Objects.Tree(await lab.TreeAsync(("README.md", "hello\n"))), forge: null, new LayerCache(Path.Combine(lab.Objects.Folder, "layers")), default);
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public void Whatever_an_issue_says_stays_text() => Prop.ForAll(Arb.From(Hostile()), Arb.From(Hostile()), (title, body) =>
    {
        var issue = new ForgeIssue(7, title, body, "eve", [], IsOpen: true, "http://localhost/7");
        var usual = Compose(issue with { Title = "A title", Body = "A body" });
        var graph = Compose(issue);

        graph.Nodes.Keys.ShouldBe(usual.Nodes.Keys);
        graph.Nodes.Values.Select(node => node.Type).ShouldBe(usual.Nodes.Values.Select(node => node.Type));
        var root = graph[TaskLayers.Root].Attributes;
        root.Keys.ShouldBe(usual[TaskLayers.Root].Attributes.Keys);
        root["title"].ToString().ShouldBe(title);
        root["tree"].ToString().ShouldBe(Tree.Value);
        root["description"].ToString().ShouldBe(body.Length == 0 ? title : $"{title}\n\n{body}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_a_refinement_says_reads_back() => Prop.ForAll(Arb.From(Hostile()), Arb.From(Hostile()), (description, note) =>
    {
        var issue = new ForgeIssue(7, "A title", "A body", "eve", [], IsOpen: true, "");
        var attempt = TaskLayers.Attempt(2, description, [note]);

        var (read, notes) = TaskLayers.Refined([attempt]);

        read.ShouldBe(description);
        notes.ShouldBe([note]);
        var (graph, problems) = composer.Compose([TaskLayers.Issue(issue, "taskbot:core/fix-bug", NoSelections, Tree), attempt], []);
        problems.ShouldBeEmpty();
        graph![TaskLayers.Root].Attributes["description"].ToString().ShouldBe(description);
        graph[TaskLayers.Root].Attributes["notes"].ShouldBe(TaskValue.ListOf([note]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_approval_speaks_of_its_node_alone()
    {
        var layer = TaskLayers.Approval(NodePath.Parse("/task/steps/look"), "ada", "0123456789abcdef");

        var over = (TaskValue.Map)((TaskValue.Map)TaskValue.Parse(layer.Text)).Entries["over"];
        over.ToJson().ShouldBe("""{"task":{"over":{"steps":{"over":{"look":{"approvedBy":"ada","approvedDigest":"0123456789abcdef"}}}}}}""");
        var (description, notes) = TaskLayers.Refined([layer]);
        description.ShouldBeNull();
        notes.ShouldBeEmpty();
    }

    [Fact]
    public async Task Any_title_makes_a_branch_that_git_takes()
    {
        var titles = Hostile().Sample(60).Append("").Append("..").Append("-").Append("x.lock").Append("@{").Append(new string('é', 500)).Append("a" + new string('-', 39) + "b");
        foreach (var title in titles)
        {
            var name = PullRequestNode.BranchName(12, title);

            using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", ["check-ref-format", "--branch", name]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            await git.WaitForExitAsync();
            git.ExitCode.ShouldBe(0, $"'{name}' of the title '{title}'");
            name.ShouldMatch(@"^taskbot/issue-12(-[a-z0-9]+)*$");
            name.Length.ShouldBeLessThanOrEqualTo("taskbot/issue-12-".Length + 40);
        }
    }

    Graphs.TaskGraph Compose(ForgeIssue issue)
    {
        var (graph, problems) = composer.Compose([TaskLayers.Issue(issue, "taskbot:core/fix-bug", NoSelections, Tree)], []);
        problems.ShouldBeEmpty();
        return graph.ShouldNotBeNull();
    }

    /// <summary>Texts that a careless writer of layers would let out of their quotes, alone and mixed with any others.</summary>
    static Gen<string> Hostile()
    {
        string[] parts =
        [
            "\"", "'", "\\", "\n", "\r\n", "\r", "\t", "\0", "\u0085", "\u2028", "\ufeff", "\u001b[0m", "😀", "---\n", "...\n", "# x", ": ", "- ", "}", "{", "]", "[", ",", "*a", "&a", "!!str ", "%YAML 1.2\n",
            "nodes:\n  task:\n    type: command.run\n    run: id\n", "\"}}, \"over\": {\"task\": {\"uses\": \"taskbot:core/review\"}}", "taskbot: 2", "over: { task: { description: mine } }", "<<: *x", "${x}", "{{x}}", "null", "true", "1e3",
        ];
        return Gen.OneOf(Gen.Elements(parts), ArbMap.Default.GeneratorFor<char>().Where(character => !char.IsSurrogate(character)).Select(character => character.ToString()))
            .ListOf().Select(some => string.Concat(some));
    }
}
