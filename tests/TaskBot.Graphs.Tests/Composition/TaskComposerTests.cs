using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Tests.Composition;

public class TaskComposerTests
{
    static readonly NodeTypeCatalog Types = new(
        new NodeTypeSchema("agent", "Edits with a model.")
        {
            Attributes =
            [
                new("model", ValueKind.Text, "Which model."), new("prompt", ValueKind.Text, "What to do."),
            ],
            Outputs = [new("patch", ValueKind.Text, "What changed."), new("tree", ValueKind.Tree, "The tree after.")],
        },
        new NodeTypeSchema("shell", "Runs a command.") { Attributes = [new("run", ValueKind.Text, "The command line.")] },
        new NodeTypeSchema("pull-request", "Opens a pull request.") { Inputs = [new("patch", ValueKind.Text, "What to publish.")] });

    internal static readonly string FixBug = """
        taskbot: 1
        default: fix-bug
        classes:
          agent-step: { type: agent, model: standard, timeoutMinutes: 20 }
        nodes:
          fix-bug:
            type: graph
            select: { language: csharp, strictness: fast }     # weak defaults
            nodes:
              reproduce: { extends: /agent-step, prompt: Write a failing test that shows the bug. }
              locate:    { extends: /agent-step, prompt: Find the cause. Do not edit files., needs: [reproduce] }
              implement: { extends: /agent-step, prompt: Make the smallest change that fixes the cause., needs: [locate] }
              test:      { type: shell, needs: [implement] }
              lint:      { type: shell, needs: [implement] }
              open-pr:   { type: pull-request, needs: [test, lint] }
            variants:
              language:
                csharp: { over: { test: { run: dotnet test }, lint: { run: dotnet format --verify-no-changes } } }
                python: { over: { test: { run: pytest -q }, lint: { run: ruff check . } } }
              strictness:
                fast: {}
                thorough:
                  nodes:
                    review: { extends: /agent-step, prompt: Review the diff against the issue. List defects only., needs: [test] }
                  over:
                    implement: { timeoutMinutes: 60 }
                    open-pr:   { needs: [review] }              # adds; {set: [...]} would replace
        """;

    internal static readonly string FixOurBug = """
        taskbot: 1
        default: fix-our-bug
        classes:
          agent-step: { type: agent, model: large }            # reaches every step of acme's graph
        nodes:
          fix-our-bug:
            uses: acme/tasks/fix-bug.task.yml@v3
            select: { language: python, strictness: thorough }
            over:
              reproduce: { prompt: Write a failing pytest under tests/regressions/ that shows the bug. }
              open-pr:   { needs: { delete: [lint], append: [changelog] } }
            nodes:
              changelog: { extends: /agent-step, prompt: Add one line to CHANGELOG.md., needs: [implement] }
        """;

    static TaskBot.Graphs.Composition.Composition Compose(string root, params (string Name, string Text)[] others)
    {
        var resolver = new MemoryLayerResolver();
        foreach (var (name, text) in others) resolver.Add(name, text);
        var parse = TaskLayer.Parse("root.task.yml", root);
        parse.Problems.ShouldBeEmpty();
        return new TaskComposer(resolver, Types).Compose(parse.Layer);
    }

    [Fact]
    public void A_referenced_task_is_varied_and_edited_without_being_copied()
    {
        var composition = Compose(FixOurBug, ("acme/tasks/fix-bug.task.yml@v3", FixBug));

        composition.Problems.ShouldBeEmpty();
        var graph = composition.Graph.ShouldNotBeNull();
        string Line(string name)
        {
            var node = graph[NodePath.Parse("/fix-our-bug/" + name)];
            var values = new[] { "model", "timeoutMinutes", "run", "prompt" }.Where(node.Attributes.ContainsKey).Select(key => $"{key}: {node.Attributes[key]}");
            return string.Join(", ", [$"type: {node.Type}", .. values, $"needs: [{string.Join(", ", node.Needs.Select(need => need.Name))}]"]);
        }

        Line("reproduce").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Write a failing pytest under tests/regressions/ that shows the bug., needs: []");
        Line("locate").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Find the cause. Do not edit files., needs: [reproduce]");
        Line("implement").ShouldBe("type: agent, model: large, timeoutMinutes: 60, prompt: Make the smallest change that fixes the cause., needs: [locate]");
        Line("test").ShouldBe("type: shell, run: pytest -q, needs: [implement]");
        Line("lint").ShouldBe("type: shell, run: ruff check ., needs: [implement]");
        Line("review").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Review the diff against the issue. List defects only., needs: [test]");
        Line("open-pr").ShouldBe("type: pull-request, needs: [review, test, changelog]");
        Line("changelog").ShouldBe("type: agent, model: large, prompt: Add one line to CHANGELOG.md., needs: [implement]");
    }
}
