using System.Text.Json;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot task lint</c>, with the real program.</summary>
public sealed class TaskLintCommandTests : IDisposable
{
    const string Tasks = ".github/taskbot/tasks";

    readonly TaskFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_problem_of_every_file_of_the_repository_is_printed()
    {
        folder.Write($"{Tasks}/good.task.yml", "taskbot: 1\nnodes: { good: { type: command, run: make } }\n");
        folder.Write($"{Tasks}/typo.task.yml", "taskbot: 1\nnodes:\n  typo: { type: command, rum: make }\n  other: { type: comand }\n");
        folder.Write($"{Tasks}/trap.task.yml", """
            taskbot: 1
            nodes:
              trap:
                type: graph
                nodes:
                  implement: { type: command, run: make, timeoutMinutes: 20 }
                variants:
                  strictness:
                    thorough: { over: { implement: { timeoutMinutes: 60 } } }
            """);
        folder.Write(".github/taskbot/lock.yml", "taskbot: 1\nlocks:\n  acme/tasks/x.task.yml@v1: { commit: v1 }\n");
        var exit = await folder.RunAsync("task", "lint");

        exit.Code.ShouldBe(2);
        string[] places = [$"{Tasks}/typo.task.yml:3:", $"{Tasks}/typo.task.yml:4:", $"{Tasks}/trap.task.yml:9:", ".github/taskbot/lock.yml:3:3: "];
        foreach (var place in places) exit.Error.ShouldContain($"error: {place}");
        exit.Error.ShouldContain("line 6");
        exit.Error.ShouldNotContain("good.task.yml");
        exit.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_without_an_error_are_counted()
    {
        folder.Write($"{Tasks}/good.task.yml", "taskbot: 1\nnodes: { good: { type: command, run: make } }\n");
        var exit = await folder.RunAsync("task", "lint");

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldBe("No error in 1 file.\n");
    }

    [Fact]
    public async Task Named_files_are_checked_and_a_missing_one_is_a_problem_among_the_others()
    {
        folder.Write("typo.task.yml", "taskbot: 1\nnodes:\n  typo: { type: command, rum: make }\n");
        var exit = await folder.RunAsync("task", "lint", "gone.task.yml", "typo.task.yml", "--json");

        exit.Code.ShouldBe(2);
        using var json = JsonDocument.Parse(exit.LastLine);
        var problems = json.RootElement.EnumerateArray().ToList();
        problems.Select(problem => problem.GetProperty("file").GetString()).ShouldBe(["gone.task.yml", "typo.task.yml"]);
        problems[1].GetProperty("line").GetInt32().ShouldBe(3);
        problems[1].GetProperty("severity").GetString().ShouldBe("error");
        problems[1].GetProperty("message").GetString()!.ShouldContain("'rum'");
    }

    [Fact]
    public async Task Nothing_to_look_at_is_not_green()
    {
        var exit = await folder.RunAsync("task", "lint");

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain("There is no .github/taskbot/tasks/*.task.yml");
    }
}
