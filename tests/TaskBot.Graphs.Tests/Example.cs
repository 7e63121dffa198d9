using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Tests;

/// <summary>The two example layers, and node types that they fit.</summary>
static class Example
{
    public static readonly NodeTypeCatalog Types = new(
        new NodeTypeSchema("agent", "Edits with a model.")
        {
            Attributes =
            [
                new("model", ValueKind.Text, "Which model.") { AllowedValues = ["standard", "large"] },
                new("prompt", ValueKind.Text, "What to do."),
                new("with", ValueKind.Map, "Parameters."),
            ],
            Outputs = [new("patch", ValueKind.Text, "What changed."), new("tree", ValueKind.Tree, "The tree after.")],
        },
        new NodeTypeSchema("shell", "Runs a command.") { Attributes = [new("run", ValueKind.Text, "The command line.")] },
        new NodeTypeSchema("pull-request", "Opens a pull request.") { Inputs = [new("patch", ValueKind.Text, "What to publish.")] });

    public static readonly string FixBug = """
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

    public static readonly string FixOurBug = """
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

    public const string Acme = "acme/tasks/fix-bug.task.yml@v3";

    public static TaskComposer Composer(params (string Name, string Text)[] others)
    {
        var resolver = new MemoryLayerResolver();
        foreach (var (name, text) in others) resolver.Add(name, text);
        return new(resolver, Types);
    }

    public static TaskBot.Graphs.Composition.Composition Compose(string root, params (string Name, string Text)[] others)
    {
        var parse = TaskLayer.Parse("root.task.yml", root);
        parse.Problems.ShouldBeEmpty();
        return Composer(others).Compose(parse.Layer);
    }
}
