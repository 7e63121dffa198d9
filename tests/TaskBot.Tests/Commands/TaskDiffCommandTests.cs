namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot task diff</c>, with the real program.</summary>
public sealed class TaskDiffCommandTests : IDisposable
{
    readonly TaskFolder folder = new();

    public TaskDiffCommandTests()
    {
        folder.Write("a.task.yml", "taskbot: 1\nnodes:\n  a: { type: graph, nodes: { build: { type: command, run: make } } }\n");
        folder.Write("b.task.yml", "taskbot: 1\nclasses: { make: { type: command, run: make } }\nnodes:\n  b: { type: graph, nodes: { build: { extends: /make } } }\n");
        folder.Write("c.task.yml", "taskbot: 1\nnodes:\n  c: { uses: ./a.task.yml#/a, over: { build: { run: make all } }, nodes: { test: { type: command, run: make test, needs: [build] } } }\n");
        folder.Write("broken.task.yml", "taskbot: 1\nnodes:\n  d: { type: graph, nodes: { build: { type: command, needs: [nowhere] } } }\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Tasks_that_compose_to_the_same_do_not_differ_however_they_are_written()
    {
        var exit = await folder.RunAsync("task", "diff", "a.task.yml", "b.task.yml");

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Differences_are_printed_and_the_exit_code_is_1()
    {
        var exit = await folder.RunAsync("task", "diff", "a.task.yml", "c.task.yml");

        exit.Code.ShouldBe(1, exit.Error);
        exit.Output.ShouldBe("~ build.run: \"make\" -> \"make all\"\n+ test: \"command\"\n");
    }

    [Fact]
    public async Task A_task_with_mistakes_cannot_be_compared()
    {
        var exit = await folder.RunAsync("task", "diff", "a.task.yml", "broken.task.yml");

        exit.Code.ShouldBe(2);
        exit.Output.ShouldBeEmpty();
        exit.Error.ShouldContain("error: broken.task.yml:3:");
    }
}
