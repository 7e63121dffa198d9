using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>What each way of ending means to a shell.</summary>
public sealed class ExitCodeTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-exit-test-");

    public ExitCodeTests()
    {
        Write("greet.txt", "Helo\n");
        Write("good.md", "greet.txt\n<<<<<<< SEARCH\nHelo\n=======\nHello\n>>>>>>> REPLACE\n");
        Write("bad.md", "greet.txt\n<<<<<<< SEARCH\nGoodbye\n=======\nHello\n>>>>>>> REPLACE\n");
        folder.CreateSubdirectory("empty");
        Write("works.task.yml", "taskbot: 1\ndefault: t\nnodes: { t: { type: graph, nodes: { one: { type: command, run: echo hello } } } }\n");
        Write("fails.task.yml", "taskbot: 1\ndefault: t\nnodes: { t: { type: graph, nodes: { one: { type: command, run: exit 3 } } } }\n");
        Write("wrong.task.yml", "taskbot: 1\ndefault: t\nnodes: { t: { type: graph, nodes: { one: { typ: command } } } }\n");
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(0, "--help")]
    [InlineData(0, "--version")]
    [InlineData(0, "doctor")]
    [InlineData(0, "task list --json")]
    [InlineData(0, "edit apply --root . --reply good.md")]
    [InlineData(0, "context find --root . --query good.md")]
    [InlineData(0, "context find --root . --query good.md --limit 1 --json")]
    [InlineData(0, "graph run works.task.yml --json")]
    [InlineData(0, "graph run fails.task.yml --dry-run")]
    [InlineData(1, "edit apply --root . --reply bad.md")]
    [InlineData(1, "context find --root empty --query good.md")]
    [InlineData(1, "graph run fails.task.yml")]
    [InlineData(1, "health --url http://127.0.0.1:9")]
    [InlineData(2, "health --url nowhere")]
    [InlineData(2, "setup --webhook-url nowhere")]
    [InlineData(2, "setup --webhook-url https://taskbot.example.com --file works.task.yml")]
    [InlineData(2, "")]
    [InlineData(2, "dance")]
    [InlineData(2, "demo --speed fast")]
    [InlineData(2, "run")]
    [InlineData(2, "run --repo .")]
    [InlineData(2, "edit apply --root nowhere --reply good.md")]
    [InlineData(2, "edit apply --root . --reply good.md --format telepathy")]
    [InlineData(2, "context find --root nowhere --query good.md")]
    [InlineData(2, "context find --root . --query missing.md")]
    [InlineData(2, "context find --root . --query good.md --limit 0")]
    [InlineData(2, "graph run wrong.task.yml")]
    [InlineData(2, "graph run works.task.yml --jobs 0")]
    [InlineData(2, "graph run missing.task.yml")]
    public async Task Each_command_ends_with_its_code(int code, string arguments)
    {
        var exit = await TaskBotProcess.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), folder: folder.FullName);

        exit.Code.ShouldBe(code, exit.Output + exit.Error);
        if (code is 1 or 2) (exit.Error + exit.Output).ShouldNotBeEmpty();
        (exit.Error + exit.Output).ShouldNotContain("TaskBot itself failed");
    }

    [Fact]
    public async Task A_refused_edit_changes_nothing_and_an_applied_one_changes_the_file()
    {
        await TaskBotProcess.RunAsync(["edit", "apply", "--root", ".", "--reply", "bad.md"], folder: folder.FullName);
        Read("greet.txt").ShouldBe("Helo\n");

        await TaskBotProcess.RunAsync(["edit", "apply", "--root", ".", "--reply", "good.md"], folder: folder.FullName);
        Read("greet.txt").ShouldBe("Hello\n");
    }

    [Fact]
    public async Task A_graph_that_ran_is_taken_from_the_cache_the_next_time()
    {
        var first = await TaskBotProcess.RunAsync(["graph", "run", "works.task.yml", "--json"], folder: folder.FullName);
        var second = await TaskBotProcess.RunAsync(["graph", "run", "works.task.yml", "--json"], folder: folder.FullName);

        first.LastLine.ShouldContain("\"executed\":1,\"cached\":0");
        second.LastLine.ShouldContain("\"executed\":0,\"cached\":1");
    }

    void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);

    string Read(string name) => File.ReadAllText(Path.Combine(folder.FullName, name));
}
