using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class PlanNodeTests : IAsyncLifetime
{
    const string Good = """
        {
          "summary": "Look it up, teach the parser, then the calculator.",
          "context": [
            {"name": "parser", "type": "context.files", "paths": ["src/parse.py"], "query": ""},
            {"name": "uses", "type": "context.search", "paths": [], "query": "parse_number"}
          ],
          "steps": [
            {"name": "use-signs", "type": "llm.edit", "description": "Use the sign.", "acceptance": ["-1 + 1 is 0"], "files": ["src/calc.py"], "context": ["uses", "which-signs"], "after": ["parse-signs"]},
            {"name": "parse-signs", "type": "llm.edit", "description": "Parse a sign.", "acceptance": ["'-1' parses"], "files": ["src/parse.py", "tests/test_parse.py"], "context": ["parser"], "after": []},
            {"name": "which-signs", "type": "llm.answer", "description": "Which signs are there?", "acceptance": [], "files": [], "context": ["parser"], "after": []}
          ]
        }
        """;

    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        tree = await lab.TreeAsync(("src/calc.py", "def add(a, b): pass\n"), ("src/parse.py", "def parse_number(t): pass\n"), (".github/workflows/ci.yml", "on: push\n"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task A_plan_becomes_a_layer_whose_edits_are_chained_into_the_tasks_own()
    {
        lab.Reply(Good, "> task\nSigns must work", "src/parse.py");

        var result = (await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>();

        result.Outputs["steps"].ShouldBe(TaskValue.ListOf(["parse-signs", "which-signs", "use-signs"]));
        var graph = Compose(result.Layer);
        var first = graph[NodePath.Parse("/task/parse-signs/edit")];
        Sources(first, "description").ShouldBe(["/task/parse-signs.description"]);
        Sources(first, "context").ShouldBe(["/task/parse-signs/parser.context", "/task/parse-signs/step-files.context"], ignoreOrder: true);
        graph[NodePath.Parse("/task/parse-signs")].Attributes["acceptance"].ShouldBe(TaskValue.ListOf(["'-1' parses"]));
        // The last step is done by the task's own node, on what the first step made, and reads its files from there.
        var last = graph[NodePath.Parse("/task/implement")];
        Sources(last, "tree").ShouldBe(["/task/parse-signs/edit.tree"]);
        Sources(last, "description").ShouldBe(["/task/use-signs.description"]);
        Sources(last, "acceptance").ShouldBe(["/task.acceptance", "/task/use-signs.acceptance"]);
        Sources(last, "context").ShouldContain("/task/which-signs/answer.text");
        Sources(graph[NodePath.Parse("/task/use-signs/step-files")], "tree").ShouldBe(["/task/parse-signs/edit.tree"]);
        graph[NodePath.Parse("/task/use-signs/uses")].Attributes["query"].ShouldBe("parse_number");
    }

    [Fact]
    public async Task A_step_that_is_not_simple_is_planned_by_itself_one_level_deeper()
    {
        lab.Reply("""
            {"summary": "Two.", "context": [], "steps": [
              {"name": "rebuild", "type": "llm.plan", "description": "Rebuild the parser.", "acceptance": ["It parses"], "files": ["a", "b", "c", "d", "e", "f"], "context": [], "after": []},
              {"name": "finish", "type": "llm.edit", "description": "Use it.", "acceptance": ["Done"], "files": ["src/calc.py"], "context": [], "after": []}]}
            """);

        var graph = Compose((await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>().Layer);

        var inner = graph[NodePath.Parse("/task/rebuild/plan")];
        inner.Attributes["maxDepth"].ShouldBe(1);
        inner.Attributes["into"].ShouldBe("edit");
        graph[NodePath.Parse("/task/rebuild/edit")].Needs.ShouldContain(inner.Path);
        Sources(graph[NodePath.Parse("/task/implement")], "tree").ShouldBe(["/task/rebuild/edit.tree"]);

        inner.Attributes["maxLooks"].ShouldBe(1, "what stands deeper looks less often");
        graph[NodePath.Parse("/task/rebuild/edit")].Needs.ShouldContain(NodePath.Parse("/task/rebuild/review-plan"));

        // The innermost plan has to do with simple steps.
        var innermost = await lab.RunAsync(inner, Inputs(), graph);
        innermost.ShouldBeOfType<NodeResult.WaitingForHuman>().Question.ShouldContain("unknown type 'llm.plan'");
    }

    [Fact]
    public async Task A_step_whose_files_cannot_be_shown_is_too_large()
    {
        tree = await lab.TreeAsync(("src/large.py", new string('x', 60_000)));
        lab.Reply("""
            {"summary": "One.", "context": [], "steps": [
              {"name": "all", "type": "llm.edit", "description": "Do it.", "acceptance": ["Done"], "files": ["src/large.py"], "context": [], "after": []}]}
            """);

        (await PlanAsync()).ShouldBeOfType<NodeResult.WaitingForHuman>().Question.ShouldContain("The files of 'all' fill about 20000 tokens; at most 8000 can be shown");
    }

    [Fact]
    public async Task One_step_is_a_plan_too()
    {
        lab.Reply("""
            {"summary": "One.", "context": [], "steps": [
              {"name": "all", "type": "llm.edit", "description": "Do it.", "acceptance": ["Done"], "files": ["src/new.py"], "context": [], "after": []}]}
            """);

        var graph = Compose((await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>().Layer);

        Sources(graph[NodePath.Parse("/task/implement")], "tree").ShouldBe(["/task.tree"]);
        Sources(graph[NodePath.Parse("/task/implement")], "description").ShouldBe(["/task/all.description"]);
    }

    [Fact]
    public async Task A_bad_plan_goes_back_once_with_everything_that_is_wrong_with_it()
    {
        lab.Reply(Good, "cannot be accepted", "unknown type 'llm.guess'", "has no acceptance", "No file matches 'src/nowhere.py'", "which nothing gives",
            "changes what is protected: .github/workflows/ci.yml", "comes after 'nobody'", "is taken by a node", "leaves the repository");
        lab.Reply("""
            {"summary": "Bad.", "context": [{"name": "x", "type": "context.files", "paths": ["src/nowhere.py"], "query": ""}], "steps": [
              {"name": "implement", "type": "llm.guess", "description": "Guess.", "acceptance": ["a"], "files": [], "context": ["y"], "after": ["nobody"]},
              {"name": "ci", "type": "llm.edit", "description": "CI.", "acceptance": [], "files": [".github/workflows/ci.yml", "../x"], "context": [], "after": []}]}
            """);

        (await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Theory]
    [InlineData("""{"summary": "None.", "context": [], "steps": []}""", "has no steps")]
    [InlineData("""{"summary": "Circle.", "context": [], "steps": [{"name": "a", "type": "llm.edit", "description": "A", "acceptance": ["a"], "files": ["a"], "context": [], "after": ["b"]}, {"name": "b", "type": "llm.edit", "description": "B", "acceptance": ["b"], "files": ["b"], "context": [], "after": ["a"]}]}""", "wait for each other: a, b")]
    [InlineData("""{"summary": "Talk.", "context": [], "steps": [{"name": "a", "type": "llm.answer", "description": "A", "acceptance": [], "files": [], "context": [], "after": []}]}""", "must be of type llm.edit")]
    [InlineData("""{"summary": "Much.", "context": [], "steps": [{"name": "a", "type": "llm.edit", "description": "A", "acceptance": ["a"], "files": ["1", "2", "3", "4", "5"], "context": [], "after": []}]}""", "at most 4 are allowed")]
    [InlineData("""{"summary": "Named.", "context": [], "steps": [{"name": "no name", "type": "llm.edit", "description": "A", "acceptance": ["a"], "files": ["a"], "context": [], "after": []}]}""", "'no name' is no name")]
    public async Task A_plan_that_stays_bad_is_asked_of_a_person_with_all_problems(string plan, string problem)
    {
        lab.Reply(plan);

        var asked = (await PlanAsync()).ShouldBeOfType<NodeResult.WaitingForHuman>();

        asked.Question.ShouldContain(problem);
        asked.Question.ShouldEndWith("?");
    }

    [Fact]
    public async Task A_plan_of_too_many_steps_is_asked_of_a_person()
    {
        var steps = Enumerable.Range(1, 40).Select(i => $$"""{"name": "s{{i}}", "type": "llm.edit", "description": "A", "acceptance": ["a"], "files": ["f{{i}}"], "context": [], "after": []}""");
        lab.Reply($$"""{"summary": "Many.", "context": [], "steps": [{{string.Join(", ", steps)}}]}""");

        (await PlanAsync()).ShouldBeOfType<NodeResult.WaitingForHuman>().Question.ShouldContain("The plan has 40 steps; at most");
    }

    [Fact]
    public async Task An_answer_that_is_no_plan_is_asked_of_a_person_and_a_model_that_cannot_be_asked_is_a_failure()
    {
        lab.Reply("First, let us think about it.");
        (await PlanAsync()).ShouldBeOfType<NodeResult.WaitingForHuman>().Question.ShouldContain("does not fit the schema");

        lab.Replies.Clear();
        lab.Fail("unreachable");
        (await PlanAsync()).ShouldBeOfType<NodeResult.Failed>().Evidence["error"].ShouldBe("Unreachable");
    }

    const string Look = """
        {"summary": "Unclear where signs are read.", "missing": [
          {"name": "parser", "type": "context.files", "paths": ["src/parse.py"], "query": ""},
          {"name": "uses", "type": "context.search", "paths": [], "query": "parse_number"},
          {"name": "outline", "type": "context.map", "paths": [], "query": "numbers"}], "context": [], "steps": []}
        """;

    [Fact]
    public async Task What_is_missing_is_gathered_before_the_task_is_cut()
    {
        lab.Reply(Look);

        var result = (await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>();

        result.Outputs["steps"].ShouldBe(TaskValue.ListOf([]));
        var graph = Compose(result.Layer);
        var gathered = graph[NodePath.Parse("/task/plan-context-1/parser")];
        gathered.Attributes["paths"].ShouldBe(TaskValue.ListOf(["src/parse.py"]));
        Sources(gathered, "tree").ShouldBe(["/task.tree"]);
        var again = graph[NodePath.Parse("/task/plan-2")];
        (again.Type, again.Attributes["looks"], again.Attributes["into"]).ShouldBe(("llm.plan", 1, "implement"));
        Sources(again, "description").ShouldBe(["/task/clarify.description"]);
        Sources(again, "context").ShouldBe(
            ["/task/rules.context", "/task/locate.context", "/task/memory.context", "/task/plan-context-1/outline.context", "/task/plan-context-1/parser.context", "/task/plan-context-1/uses.context"], ignoreOrder: true);
        // Whoever waited for the plan waits for the one that is made with it.
        graph[NodePath.Parse("/task/implement")].Needs.ShouldContain(again.Path);
        Sources(graph[NodePath.Parse("/task/review-plan")], "plan").ShouldBe(["/task/plan.plan", "/task/plan-2.plan"]);
    }

    [Fact]
    public async Task The_cut_may_give_its_steps_what_was_gathered_and_ask_for_it_no_second_time()
    {
        lab.Reply(Look);
        var first = (await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>().Layer;
        var graph = Compose(first);
        lab.Replies.Clear();
        lab.Reply("""
            {"summary": "One.", "missing": [], "context": [], "steps": [
              {"name": "all", "type": "llm.edit", "description": "Do it.", "acceptance": ["Done"], "files": ["src/new.py"], "context": ["parser"], "after": []}]}
            """, "cannot be accepted", "'parser' asks for what was shown already");
        lab.Reply(Look, "gathered for this plan", "- uses: parse_number");

        var cut = (await lab.RunAsync(graph[NodePath.Parse("/task/plan-2")], Inputs(), graph)).ShouldBeOfType<NodeResult.Succeeded>();

        var whole = Compose(first, cut.Layer);
        Sources(whole[NodePath.Parse("/task/implement")], "context").ShouldContain("/task/all/parser.context");
        Sources(whole[NodePath.Parse("/task/all/parser")], "tree").ShouldBe(["/task.tree"]);
    }

    [Fact]
    public async Task No_plan_looks_for_ever()
    {
        lab.Reply(Look);
        var graph = Compose();
        var node = graph[NodePath.Parse("/task/plan")];
        node = node with { Attributes = node.Attributes.SetItem("maxLooks", 0) };

        (await lab.RunAsync(node, Inputs(), graph)).ShouldBeOfType<NodeResult.WaitingForHuman>().Question.ShouldContain("No more can be looked at");
        lab.Replies.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Reviewing_a_plan_finds_more_prompts_that_apply_to_its_steps()
    {
        lab.Prompts = new(
            new("mine", [Prompt("sql", "llm.edit", "sql"), Prompt("sql-rules", "llm.edit.rules", "migrations"), Prompt("other", "llm.edit", "css")]), BuiltInPrompts.Source);
        lab.Reply("""
            {"summary": "Two.", "missing": [], "context": [], "steps": [
              {"name": "schema", "type": "llm.edit", "description": "Change the SQL of the migrations.", "acceptance": ["Done"], "files": ["src/calc.py"], "context": [], "after": []},
              {"name": "use", "type": "llm.edit", "description": "Use it.", "acceptance": ["Done"], "files": ["src/parse.py"], "context": [], "after": ["schema"]}]}
            """);
        var planned = (await PlanAsync()).ShouldBeOfType<NodeResult.Succeeded>();
        var graph = Compose(planned.Layer);

        var review = (await lab.RunAsync(graph[NodePath.Parse("/task/review-plan")], [("plan", planned.Outputs["plan"])], graph)).ShouldBeOfType<NodeResult.Succeeded>();

        review.Outputs["summary"].ShouldBe("schema: migrations, sql.");
        var reviewed = Compose(planned.Layer, review.Layer);
        var first = reviewed[NodePath.Parse("/task/schema/edit")];
        first.Attributes["promptTags"].ShouldBe(TaskValue.ListOf(["migrations", "sql"]));
        (await lab.EnvironmentAsync(first))["prompt"].ShouldStartWith("sql ");
        reviewed[NodePath.Parse("/task/implement")].Attributes.ShouldNotContainKey("promptTags");
    }

    static Prompt Prompt(string name, params string[] tags) =>
        Models.Prompts.Prompt.Parse($"{name}.prompt.yml", $"name: {name}\ntags: [{string.Join(", ", tags)}]\nmessages: [{{ role: user, content: '{{{{description}}}}' }}]\n", out _)!;

    [Fact]
    public async Task A_plan_needs_a_node_to_end_in()
    {
        var lonely = NodeLab.Node("/task/plan", "llm.plan", []);
        var graph = new TaskGraph(NodePath.Parse("/task"), ImmutableSortedDictionary<NodePath, TaskNode>.Empty.Add(lonely.Path, lonely));

        (await lab.RunAsync(lonely, Inputs(), graph)).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'needs: [plan]'");
    }

    Task<NodeResult> PlanAsync()
    {
        var graph = Compose();
        return lab.RunAsync(graph[NodePath.Parse("/task/plan")], Inputs(), graph);
    }

    (string, TaskValue)[] Inputs() => [("tree", tree.Value), ("description", "Signs must work")];

    static IEnumerable<string> Sources(TaskNode node, string input) => node.Inputs[input].Select(source => source.ToString());

    /// <summary>The thorough way to fix a bug, as a run composes it, with what a plan wrote over it.</summary>
    static TaskGraph Compose(params string?[] written)
    {
        var root = TaskLayer.Parse("issue", $$"""
            { taskbot: 1, default: task, nodes: { task: { uses: "taskbot:core/fix-bug", select: { strictness: thorough },
              description: Signs must work, tree: "{{new string('0', 40)}}", issue: { title: Signs, body: Signs } } } }
            """).Layer;
        ImmutableArray<TaskLayer> session = [.. written.OfType<string>().Reverse().Select((text, index) => TaskLayer.Parse($"plan-{index}", text).Layer)];
        var composition = new TaskComposer(TaskLibrary.Resolver, Library.TaskLibraryTests.Schemas).Compose(root, NodePath.Parse("/task"), session);
        composition.Problems.ShouldBeEmpty();
        return composition.Graph!;
    }
}
