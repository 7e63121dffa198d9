using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Tests.Library;

public sealed class TaskLibraryTests
{
    /// <summary>Every node type that the library uses; where the forge's are not there, their ports stand in for them.</summary>
    public static NodeTypeCatalog Schemas { get; } = new(NodeTypes.Schemas.All.Where(type => type.Name != TaskNode.GraphType).Concat(
        new NodeTypeSchema[]
        {
            new("forge.pr", "Opens a pull request.") { Inputs = [new("tree", ValueKind.Tree, "."), new("summary", ValueKind.Text, "."), new("checks", ValueKind.Any, ".")] },
            new("forge.comment", "Comments.") { Inputs = [new("text", ValueKind.Text, ".")] },
        }.Where(type => NodeTypes.Schemas.Find(type.Name) is null)));

    [Fact]
    public void The_library_has_what_it_promises()
    {
        TaskLibrary.Tasks.Select(task => task.AssetPath).ShouldBe(
        [
            "taskbot:core/change", "taskbot:core/explain-code", "taskbot:core/fix-bug", "taskbot:core/refine", "taskbot:core/review",
            "taskbot:core/write-function", "taskbot:core/write-tests",
        ]);
        TaskLibrary.Tasks.ShouldAllBe(task => task.Summary.EndsWith('.'));
    }

    [Theory]
    [InlineData("fix-bug", "fast", "here", "examples implement locate map memory open-pr rules test")]
    [InlineData("fix-bug", "fast", "ci", "examples implement locate map memory open-pr rules")]
    [InlineData("fix-bug", "thorough", "here", "build clarify examples implement locate map memory open-pr plan premise review review-plan rules test")]
    [InlineData("write-function", "fast", "ci", "examples implement locate map memory open-pr rules")]
    [InlineData("write-tests", "fast", "here", "examples implement locate map memory open-pr rules test")]
    public void A_task_that_changes_code_composes_with_every_variant(string task, string strictness, string verify, string nodes) =>
        string.Join(' ', Leaves(Compose(task, $"strictness: {strictness}, verify: {verify}"))).ShouldBe(nodes);

    [Theory]
    [InlineData("explain-code", "answer comment locate map rules")]
    [InlineData("review", "answer comment locate map rules")]
    [InlineData("refine", "correct")]
    public void A_task_that_only_thinks_composes(string task, string nodes) => string.Join(' ', Leaves(Compose(task, ""))).ShouldBe(nodes);

    [Fact]
    public void Little_depends_on_what_a_refinement_changes()
    {
        var graph = Compose("fix-bug", "strictness: fast, verify: ci");
        var dirty = new HashSet<NodePath>();
        // Children of the task whose inputs lead to its description or notes, by any way.
        foreach (var _ in graph.Nodes)
            foreach (var node in graph.Nodes.Values)
                if (node.Inputs.Values.SelectMany(sources => sources).Any(source => source.Name is "description" or "notes" && source.Node == graph.Root || dirty.Contains(source.Node)))
                    dirty.Add(node.Path);

        dirty.Select(path => path.Name).ShouldBe(["implement", "open-pr"], ignoreOrder: true);
    }

    [Fact]
    public void What_builds_on_another_task_says_what_is_different()
    {
        var graph = Compose("write-tests", "");

        graph[NodePath.Parse("/task/implement")].Attributes["instructions"].ToString().ShouldStartWith("Write tests only");
        graph[NodePath.Parse("/task/implement")].Attributes["timeoutMinutes"].ToString().ShouldBe("20");
        graph.Nodes[graph.Root].Attributes["acceptance"].ToString().ShouldContain("No code outside the tests is changed.");
    }

    [Theory]
    [InlineData("Crash when adding", "It is broken since yesterday.", "", "fix-bug")]
    [InlineData("Add a function that parses signs", "", "", "write-function")]
    [InlineData("More tests for the parser", "Coverage is low.", "", "write-tests")]
    [InlineData("How does the parser work?", "", "", "explain-code")]
    [InlineData("Look at the parser", "", "review", "review")]
    [InlineData("Parser", "", "taskbot", "change")]
    [InlineData("", "", "", "change")]
    public void The_task_that_an_issue_names_most_is_chosen(string title, string body, string label, string task) =>
        TaskLibrary.Choose(title, body, [label]).Task.ShouldBe($"taskbot:core/{task}");

    [Fact]
    public void A_choice_says_why()
    {
        TaskLibrary.Choose("Crash in add", "", []).Reason.ShouldBe("the issue says 'crash': 3 points");
        TaskLibrary.Choose("Parser", "", []).Score.ShouldBe(0);
    }

    [Fact]
    public void What_nothing_in_the_library_fits_is_planned()
    {
        var choice = TaskLibrary.Choose("Parser", "", []);

        choice.Selections["strictness"].ShouldBe("thorough");
        choice.Reason.ShouldContain("planned");
        Leaves(Compose("change", "strictness: thorough")).ShouldContain("plan");
    }

    [Fact]
    public void A_repositorys_own_task_is_chosen_where_it_fits_better_or_as_well()
    {
        LibraryTask[] own = [new(".github/taskbot/tasks/money.task.yml", "Money.", ["money", "crash"]), new(".github/taskbot/tasks/part.task.yml", "A part.", [])];

        TaskLibrary.Choose("Crash with money", "", [], own).Task.ShouldBe(own[0].AssetPath);
        TaskLibrary.Choose("Crash", "", [], own).Task.ShouldBe(own[0].AssetPath);
        TaskLibrary.Choose("More tests for the parser", "Coverage is low.", [], own).Task.ShouldBe("taskbot:core/write-tests");
    }

    [Fact]
    public void The_resolver_knows_the_library_and_suggests_a_name()
    {
        TaskLibrary.Resolver.Resolve("taskbot:core/fix-bug", null).Text.ShouldNotBeNull();
        TaskLibrary.Resolver.Resolve("taskbot:core/fix-bgu", null).Error!.Fix!.ShouldContain("core/fix-bug");
    }

    static IEnumerable<string> Leaves(TaskGraph graph) => graph.Nodes.Values.Where(node => !node.IsBranch).Select(node => node.Path.Name);

    static TaskGraph Compose(string task, string select)
    {
        var root = TaskLayer.Parse("issue", $$"""
            { taskbot: 1, default: task, nodes: { task: { uses: "taskbot:core/{{task}}", {{(select.Length == 0 ? "" : $"select: {{ {select} }},")}} description: Add must add,
              tree: "{{new string('0', 40)}}", issue: { title: Add, body: Add must add }, with: { failure: { headline: boom } } } } }
            """).Layer;
        var composition = new TaskComposer(TaskLibrary.Resolver, Schemas).Compose(root, NodePath.Parse("/task"));
        composition.Problems.ShouldBeEmpty();
        return composition.Graph!;
    }
}
