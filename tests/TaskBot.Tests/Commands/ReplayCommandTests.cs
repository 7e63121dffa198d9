using System.Text.Json;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>Runs played again by the real program, after the model server is gone.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-replay-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_demo_comes_out_the_same_tree_by_tree()
    {
        var demo = await TaskBotProcess.RunAsync(["demo", "--once", "--json", "--dir", folder.FullName]);
        demo.Code.ShouldBe(0, demo.Error);
        File.Delete(Path.Combine(folder.FullName, "replies.yml"));

        var exit = await TaskBotProcess.RunAsync(["replay", "last", "--dir", folder.FullName, "--json", "--diff"]);

        exit.Code.ShouldBe(0, exit.Output + exit.Error);
        var nodes = Nodes(exit);
        nodes.Count(node => node.Tree is not null).ShouldBeGreaterThanOrEqualTo(2, "two attempts, each with an edit");
        nodes.Where(node => node.Type == "llm.edit").Select(node => node.Tree).Distinct().Count().ShouldBe(2);
        // What acts on the world is not done again; its tree is that of the edit before it.
        nodes.Where(node => !node.Type.StartsWith("forge.", StringComparison.Ordinal)).ShouldAllBe(node => node.Tree == node.TreeThen);
    }

    [Fact]
    public async Task A_run_on_a_repository_comes_out_the_same_without_its_model_and_another_prompt_shows_what_it_changes()
    {
        using var repository = SmallRepository.Create();
        await using (var model = await FakeOpenAIServer.StartAsync())
        {
            model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
            (await RunAsync(repository, model.BaseUrl)).Code.ShouldBe(0);
        }

        var same = await TaskBotProcess.RunAsync(["replay", "last", "--repo", repository.Path, "--json"]);
        same.Code.ShouldBe(0, same.Output + same.Error);
        var then = Nodes(same).Single(node => node.Type == "llm.edit");
        then.Tree.ShouldNotBeNull();
        then.Tree.ShouldBe(then.TreeThen);

        var prompt = Path.Combine(folder.FullName, "shout.prompt.yml");
        await File.WriteAllTextAsync(prompt, "name: llm.edit\ntags: [llm.edit]\nmessages:\n  - role: user\n    content: |\n      SHOUT. {{description}}\n");
        await using var other = await FakeOpenAIServer.StartAsync();
        other.Respond = request => new FakeReply.Text(request.Text.Contains("SHOUT", StringComparison.Ordinal)
            ? SmallRepository.GoodReply.Replace("echo \"Hello, $1\"", "echo \"Hello, $1\" # LOUD", StringComparison.Ordinal)
            : "not asked for");
        var changed = await TaskBotProcess.RunAsync(
            ["replay", "last", "--repo", repository.Path, "--with", prompt, "--model", "fake-model@openai", "--diff"],
            new Dictionary<string, string> { ["OPENAI_BASE_URL"] = other.BaseUrl.AbsoluteUri });

        changed.Code.ShouldBe(1, changed.Error);
        changed.Output.ShouldContain("A request of prompt 'llm.edit' was not made in the recorded run");
        changed.Output.ShouldContain("+  echo \"Hello, $1\" # LOUD");
        other.Requests.ShouldHaveSingleItem().Text.ShouldContain("SHOUT");
        repository.Git("branch", "--list", "taskbot/*").Split('\n').Length.ShouldBe(1, "a replay publishes nothing");
    }

    [Fact]
    public async Task A_run_that_ended_over_budget_or_in_a_refusal_ends_so_again()
    {
        using var repository = SmallRepository.Create();
        await using (var model = await FakeOpenAIServer.StartAsync())
        {
            model.Respond = _ => new FakeReply.Refusal("no");
            (await RunAsync(repository, model.BaseUrl)).Code.ShouldBe(1);
        }

        var exit = await TaskBotProcess.RunAsync(["replay", "last", "--repo", repository.Path]);

        exit.Code.ShouldBe(0, exit.Output + exit.Error);
        exit.Output.ShouldContain("/task/implement");
    }

    [Fact]
    public async Task A_file_that_changed_since_is_where_it_departs()
    {
        var demo = await TaskBotProcess.RunAsync(["demo", "--once", "--json", "--dir", folder.FullName]);
        demo.Code.ShouldBe(0, demo.Error);
        var prompt = Path.Combine(folder.FullName, "other.prompt.yml");
        await File.WriteAllTextAsync(prompt, "name: llm.edit\ntags: [llm.edit]\nmessages: [{role: user, content: 'Another. {{description}}'}]\n");

        var exit = await TaskBotProcess.RunAsync(["replay", "last", "--dir", folder.FullName, "--with", prompt]);

        exit.Code.ShouldBe(1);
        exit.Output.ShouldContain("DIFFERENT attempt 1 /task/implement");
        exit.Output.ShouldContain("OPENAI_API_KEY is not set");
    }

    [Theory]
    [InlineData("last")]
    [InlineData("no-such-run", "--dir", ".")]
    [InlineData("last", "--dir", ".", "--model", "gpt-5")]
    [InlineData("last", "--dir", ".", "--with", "missing.prompt.yml")]
    public async Task What_cannot_be_replayed_is_wrong_input(params string[] arguments)
    {
        var exit = await TaskBotProcess.RunAsync(["replay", .. arguments], folder: folder.FullName);

        exit.Code.ShouldBe(2, exit.Error);
        exit.Error.Trim().ShouldNotBeEmpty();
    }

    Task<TaskBotExit> RunAsync(SmallRepository repository, Uri endpoint)
    {
        var issue = Path.Combine(folder.FullName, "issue.md");
        File.WriteAllText(issue, SmallRepository.IssueText);
        return TaskBotProcess.RunAsync(
            ["run", "--repo", repository.Path, "--issue", issue, "--model", "fake-model@openai", "--json"],
            new Dictionary<string, string>
            {
                ["OPENAI_BASE_URL"] = endpoint.AbsoluteUri,
                ["OPENAI_API_KEY"] = "key-of-the-test",
                ["TASKBOT_Models__Retry__Retries"] = "0",
            });
    }

    static List<(string Type, string? TreeThen, string? Tree)> Nodes(TaskBotExit exit)
    {
        using var json = JsonDocument.Parse(exit.LastLine);
        return
        [
            .. json.RootElement.GetProperty("nodes").EnumerateArray().Select(node =>
                (node.GetProperty("type").GetString()!, node.GetProperty("tree_then").GetString(), node.GetProperty("tree_now").GetString())),
        ];
    }
}
