using TaskBot.Bot.Projects;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class ContextNodesTests : IAsyncLifetime
{
    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        tree = await lab.TreeAsync(
            ("README.md", "# Calculator\n```\nadd 1 2\n```\n"), ("docs/style.md", "Be kind.\n"), ("src/calc.py", "def add(a, b):\n    return a - b\n"),
            ("src/parse.py", "def parse_number(text):\n    return int(text)\n"), ("tests/test_calc.py", "from calc import add\n"), ("logo.png", "\0PNG"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task Files_stand_under_their_paths_in_fences_that_they_cannot_close()
    {
        var result = await FilesAsync("README.md", "logo.png");

        result["context"].ToString().ShouldBe("### README.md\n````md\n# Calculator\n```\nadd 1 2\n```\n````\n\n### logo.png\n(binary, 4 bytes)");
        result["files"].ShouldBe(TaskValue.ListOf(["README.md"]));
    }

    [Fact]
    public async Task Patterns_are_taken_in_order_and_each_file_once() =>
        (await FilesAsync("src/calc.py", "src/*.py", "!src/none.py"))["files"].ShouldBe(TaskValue.ListOf(["src/calc.py", "src/parse.py"]));

    [Fact]
    public async Task A_pattern_without_a_file_is_said_and_fails_unless_that_is_fine()
    {
        (await lab.RunAsync("context.files", [("tree", tree.Value)], ("paths", TaskValue.ListOf(["src/clac.py"]))))
            .ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'src/clac.py'");
        (await lab.RunAsync("context.files", [("tree", tree.Value)], ("paths", TaskValue.ListOf(["../../etc/passwd"])), ("optional", true)))
            .ShouldBeOfType<NodeResult.Succeeded>().Outputs["context"].ToString().ShouldBeEmpty();
        lab.Told.ShouldContain("No file matches '../../etc/passwd'.");
        (await lab.RunAsync("context.files", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("paths");
    }

    [Fact]
    public async Task A_project_shows_its_vision_and_its_own_files_first()
    {
        lab.Project = Project.Default with { Vision = "Sums for all.", Languages = ["python"], Style = ["docs/style.md"] };

        var result = (await lab.RunAsync("context.files", [("tree", tree.Value)], ("project", true))).ShouldBeOfType<NodeResult.Succeeded>();

        result.Outputs["context"].ToString().ShouldBe("About the project: Sums for all.\nLanguages: python\n\n### docs/style.md\n```md\nBe kind.\n```");
        var node = NodeLab.Node("/task/step", "context.files", [("project", true)]);
        var before = await lab.EnvironmentAsync(node);
        lab.Project = lab.Project with { Vision = "Differences for some." };
        (await lab.EnvironmentAsync(node)).ShouldNotBe(before);
    }

    [Fact]
    public async Task What_has_no_room_is_cut_where_a_declaration_begins_or_named()
    {
        var one = "def one():\n" + string.Concat(Enumerable.Repeat("    print('one')\n", 60));
        var large = await lab.TreeAsync(("a.py", one + "\n" + one.Replace("one", "two")), ("b.py", one));

        var result = (await lab.RunAsync("context.files", [("tree", large.Value)], ("paths", TaskValue.ListOf(["*.py"])), ("maxTokens", 520)))
            .ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        var context = result["context"].ToString();
        context.ShouldContain("### a.py (lines 1-62 of ");
        context.ShouldNotContain("def two");
        context.ShouldEndWith("Left out, as there was no room: b.py.");
        result["files"].ShouldBe(TaskValue.ListOf([]));
    }

    [Fact]
    public async Task Paths_alone_are_listed_and_folded_into_folders_where_they_are_too_many()
    {
        var all = await lab.RunAsync("context.files", [("tree", tree.Value)], ("paths", TaskValue.ListOf(["**"])), ("show", "paths"));
        var few = await lab.RunAsync("context.files", [("tree", tree.Value)], ("paths", TaskValue.ListOf(["**"])), ("show", "paths"), ("maxTokens", 30));

        all.ShouldBeOfType<NodeResult.Succeeded>().Outputs["context"].ToString().ShouldBe(
            "Files of the repository:\nREADME.md\ndocs/style.md\nlogo.png\nsrc/calc.py\nsrc/parse.py\ntests/test_calc.py");
        few.ShouldBeOfType<NodeResult.Succeeded>().Outputs["context"].ToString().ShouldContain("./ (2)");
    }

    [Fact]
    public async Task A_search_finds_the_code_that_an_issue_speaks_of()
    {
        var issue = TaskValue.MapOf(("number", 7), ("title", "parse_number fails on '+1'"), ("body", "ParseNumber must take a sign."), ("author", "calc"));

        var result = (await lab.RunAsync("context.search", [("tree", tree.Value), ("query", issue)])).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        result["files"].ShouldBeOfType<TaskValue.List>().Items[0].ShouldBe("src/parse.py");
        result["context"].ToString().ShouldContain("return int(text)");
    }

    [Fact]
    public async Task A_file_that_is_named_comes_first_and_globs_limit_where_to_look()
    {
        (await SearchAsync("see test_calc.py about parse_number"))["files"].ShouldBeOfType<TaskValue.List>().Items[0].ShouldBe("tests/test_calc.py");
        (await SearchAsync("add", ("paths", TaskValue.ListOf(["tests/**"]))))["files"].ShouldBe(TaskValue.ListOf(["tests/test_calc.py"]));
    }

    [Fact]
    public async Task A_map_shows_what_the_code_declares()
    {
        var context = (await lab.RunAsync("context.map", [("tree", tree.Value)], ("query", "parse_number"))).ShouldBeOfType<NodeResult.Succeeded>().Outputs["context"].ToString();

        context.ShouldContain("src/parse.py:\n  1: def parse_number(text):");
        context.ShouldNotContain("return int");
    }

    [Fact]
    public async Task Finding_nothing_fails_unless_that_is_fine()
    {
        (await lab.RunAsync("context.search", [("tree", tree.Value), ("query", "xylophone")])).ShouldBeOfType<NodeResult.Failed>();
        (await lab.RunAsync("context.search", [("tree", tree.Value), ("query", "xylophone")], ("optional", true))).ShouldBeOfType<NodeResult.Succeeded>();
        (await lab.RunAsync("context.search", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("nothing to look for");
        (await lab.RunAsync("context.map", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("nothing to rank by");
    }

    async Task<System.Collections.Immutable.ImmutableSortedDictionary<string, TaskValue>> FilesAsync(params string[] paths) =>
        (await lab.RunAsync("context.files", [("tree", tree.Value)], ("paths", TaskValue.ListOf(paths.Select(TaskValue.FromString))))).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

    async Task<System.Collections.Immutable.ImmutableSortedDictionary<string, TaskValue>> SearchAsync(string query, params (string, TaskValue)[] attributes) =>
        (await lab.RunAsync("context.search", [("tree", tree.Value), ("query", query)], attributes)).ShouldBeOfType<NodeResult.Succeeded>().Outputs;
}
