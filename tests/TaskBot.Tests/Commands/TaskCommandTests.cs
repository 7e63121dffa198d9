using System.Text.Json;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot task compose|explain|list</c> and <c>taskbot schema</c>, with the real program.</summary>
public sealed class TaskCommandTests : IDisposable
{
    const string Good = """
        taskbot: 1
        default: check
        nodes:
          check:
            type: graph
            select: { speed: fast }
            nodes:
              build: { type: command, run: make }
              test: { type: command, needs: [build] }
            variants:
              speed:
                fast: { over: { test: { run: make quick } } }
                full: { over: { test: { run: make test } } }
        """;

    readonly TaskFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Compose_prints_a_layer_that_composes_to_the_same_graph()
    {
        folder.Write("check.task.yml", Good);
        var exit = await folder.RunAsync("task", "compose", "check.task.yml", "--select", "speed=full");

        exit.Code.ShouldBe(0, exit.Error);
        exit.Error.ShouldBeEmpty();
        exit.Output.ShouldContain("run: make test");
        folder.Write("again.task.yml", exit.Output);
        (await folder.RunAsync("task", "compose", "again.task.yml")).Output.ShouldBe(exit.Output);
    }

    [Theory]
    [InlineData("json", "\"/check/test\"")]
    [InlineData("mermaid", "flowchart")]
    [InlineData("dot", "digraph")]
    public async Task Compose_writes_other_formats(string format, string expected)
    {
        folder.Write("check.task.yml", Good);
        var exit = await folder.RunAsync("task", "compose", "check.task.yml", "--format", format);

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldContain(expected);
    }

    [Fact]
    public async Task Compose_prints_all_mistakes_at_once_with_their_places()
    {
        folder.Write("other.task.yml", "taskbot: 1\ndefault: other\nnodes: { other: { type: command, rum: make } }\n");
        folder.Write("broken.task.yml", """
            taskbot: 1
            default: broken
            colour: red
            nodes:
              broken:
                type: graph
                nodes:
                  one: { type: command, run: make, needs: [two] }
                  two: { type: command, runn: make, needs: [one] }
                  three: { uses: ./missing.task.yml }
                  four: { uses: ./other.task.yml }
                  five: { type: comand }
                over:
                  six: { run: make }
            """);
        var exit = await folder.RunAsync("task", "compose", "broken.task.yml");

        exit.Code.ShouldBe(2);
        exit.Output.ShouldBeEmpty();
        var lines = exit.Error.TrimEnd().Split('\n');
        lines.ShouldAllBe(line => line.StartsWith("error: ", StringComparison.Ordinal));
        string[] expected =
        [
            "broken.task.yml:3:1: A layer has no key 'colour'", "broken.task.yml:8:", "broken.task.yml:9:", "broken.task.yml:10:", "broken.task.yml:12:", "broken.task.yml:14:",
            "other.task.yml:3:",
        ];
        foreach (var place in expected) lines.ShouldContain(line => line.Contains(place, StringComparison.Ordinal), $"{place} in:\n{exit.Error}");
        exit.Error.ShouldContain("'runn'");
        exit.Error.ShouldContain("'rum'");
        exit.Error.ShouldContain("wait for each other");
        exit.Error.ShouldContain("missing.task.yml");
    }

    [Fact]
    public async Task A_mistake_in_the_files_own_text_is_an_error_also_where_the_rest_composes()
    {
        folder.Write("check.task.yml", Good + "\ncolour: red\n");
        var exit = await folder.RunAsync("task", "compose", "check.task.yml");

        exit.Code.ShouldBe(2);
        exit.Output.ShouldBeEmpty();
        exit.Error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldStartWith("error: check.task.yml:14:1: ");
    }

    [Theory]
    [InlineData("nothing.task.yml", "There is no file 'nothing.task.yml'")]
    [InlineData("taskbot:core/fix-bugs", "Did you mean 'core/fix-bug'?")]
    public async Task A_file_that_is_not_there_is_wrong_input(string file, string expected)
    {
        var exit = await folder.RunAsync("task", "compose", file);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain(expected);
    }

    [Theory]
    [InlineData("--select", "speed")]
    [InlineData("--select", "speed=slow")]
    [InlineData("--task", "check")]
    [InlineData("--task", "/chekc")]
    public async Task An_option_that_does_not_fit_is_wrong_input(string option, string value)
    {
        folder.Write("check.task.yml", Good);
        var exit = await folder.RunAsync("task", "compose", "check.task.yml", option, value);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldNotBeEmpty();
        exit.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Explain_prints_the_opinions_strongest_first_and_why_the_winner_won()
    {
        folder.Write("fix.task.yml", """
            taskbot: 1
            default: fix
            nodes:
              fix:
                uses: taskbot:core/fix-bug
                over:
                  implement: { timeoutMinutes: 45 }
            """);
        var exit = await folder.RunAsync("task", "explain", "fix.task.yml", "/fix/implement.timeoutMinutes");

        exit.Code.ShouldBe(0, exit.Error);
        var lines = exit.Output.TrimEnd().Split('\n');
        lines[0].ShouldBe("/fix/implement.timeoutMinutes = 45");
        lines[1].ShouldStartWith("  * fix.task.yml:7:");
        lines[2].ShouldStartWith("    taskbot:core/change:");
        lines[2].ShouldEndWith("20  via uses taskbot:core/fix-bug#/fix-bug > uses taskbot:core/change#/change > extends /step");
        lines[3].ShouldBe("  What a node extends is a base: weaker than everything else.");
    }

    [Fact]
    public async Task Explain_of_a_node_that_is_not_there_is_wrong_input_and_names_the_nearest()
    {
        var exit = await folder.RunAsync("task", "explain", "taskbot:core/fix-bug", "/fix-bug/implemnt.model");

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain("Did you mean '/fix-bug/implement'?");
    }

    [Fact]
    public async Task Every_built_in_task_composes_and_is_listed()
    {
        folder.Write(".github/taskbot/tasks/check.task.yml", Good);
        folder.Write(".github/taskbot/tasks/base.task.yml", "taskbot: 1\nclasses: { step: { timeoutMinutes: 5 } }\n");
        var exit = await folder.RunAsync("task", "list", "--json");

        exit.Code.ShouldBe(0, exit.Error);
        using var list = JsonDocument.Parse(exit.LastLine);
        var paths = list.RootElement.EnumerateArray().Select(task => task.GetProperty("path").GetString()!).ToList();
        paths[..2].ShouldBe([".github/taskbot/tasks/base.task.yml", ".github/taskbot/tasks/check.task.yml"]);
        var builtIn = paths.Where(path => path.StartsWith("taskbot:", StringComparison.Ordinal)).ToList();
        builtIn.ShouldContain("taskbot:core/fix-bug");
        foreach (var task in builtIn)
        {
            var composed = await folder.RunAsync("task", "compose", task);
            composed.Code.ShouldBe(0, composed.Error);
            composed.Error.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task The_schema_knows_every_node_type()
    {
        var exit = await folder.RunAsync("schema");

        exit.Code.ShouldBe(0, exit.Error);
        using var schema = JsonDocument.Parse(exit.Output);
        var types = schema.RootElement.GetProperty("definitions").GetProperty("body").GetProperty("properties").GetProperty("type").GetProperty("enum");
        types.EnumerateArray().Select(type => type.GetString()).ShouldContain("llm.edit");
        schema.RootElement.GetProperty("required").EnumerateArray().Select(key => key.GetString()).ShouldBe(["taskbot"]);
    }
}
