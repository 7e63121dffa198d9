using System.Text.Json;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot run --repo --issue</c>: the real program on a local repository, with a server that speaks OpenAI's protocol.</summary>
public sealed class LocalRunTests : IAsyncLifetime, IDisposable
{
    readonly SmallRepository repository = SmallRepository.Create();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-run-test-");
    FakeOpenAIServer model = null!;

    public async Task InitializeAsync() => model = await FakeOpenAIServer.StartAsync();

    /// <summary>Whatever a test is about, its run can be played again, without the model.</summary>
    public async Task DisposeAsync()
    {
        await model.DisposeAsync();
        if (!File.Exists(Path.Combine(repository.Path, ".git", "taskbot", "taskbot.db"))) return;
        var replay = await TaskBotProcess.RunAsync(["replay", "last", "--repo", repository.Path]);
        if (!replay.Error.Contains("There is no run 'last' here", StringComparison.Ordinal)) replay.Code.ShouldBe(0, replay.Output + replay.Error);
    }

    public void Dispose()
    {
        repository.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_local_repository_gets_a_branch_and_a_pull_request_text_and_its_checkout_stays_as_it_is()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);

        var exit = await RunAsync(repository.Path, SmallRepository.IssueText);

        exit.Code.ShouldBe(0, exit.Error);
        using var summary = JsonDocument.Parse(exit.LastLine);
        var branch = summary.RootElement.GetProperty("branch").GetString()!;
        summary.RootElement.GetProperty("outcome").GetString().ShouldBe("succeeded");
        summary.RootElement.GetProperty("files_changed").EnumerateArray().Select(file => file.GetString()).ShouldBe(["greet.sh"]);
        repository.Git("show", $"{branch}:greet.sh").ShouldContain("Hello, $1");
        repository.Git("log", "--format=%s", $"main..{branch}").ShouldBe("fix: The greeting is misspelt");
        repository.Git("status", "--porcelain").ShouldBeEmpty();
        repository.Git("rev-parse", "--abbrev-ref", "HEAD").ShouldBe("main");
        File.ReadAllText(Directory.GetFiles(Path.Combine(repository.Path, ".git", "taskbot", "forge"), "2.md", SearchOption.AllDirectories).ShouldHaveSingleItem())
            .ShouldContain("Fixes #1");
        model.Requests[0].Text.ShouldContain("Helo, Ada");
        model.Requests[0].Authorization.ShouldBe("Bearer key-of-the-test");
    }

    [Fact]
    public async Task Asked_again_it_pays_nothing_twice_and_makes_no_second_pull_request()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        (await RunAsync(repository.Path, SmallRepository.IssueText)).Code.ShouldBe(0);
        var asked = model.Requests.Count;

        var again = await RunAsync(repository.Path, SmallRepository.IssueText);

        again.Code.ShouldBe(0, again.Error);
        model.Requests.Count.ShouldBe(asked);
        Directory.GetFiles(Path.Combine(repository.Path, ".git", "taskbot", "forge"), "*.md", SearchOption.AllDirectories)
            .Count(path => path.Contains("pulls", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Checks_that_fail_after_publishing_refine_the_task_and_the_second_attempt_passes()
    {
        model.Respond = request => new FakeReply.Text(
            request.Text.Contains("corrected task", StringComparison.Ordinal)
                ? """{"description": "Say Hello, and end the greeting with an exclamation mark.", "notes": ["The checks want an exclamation mark."], "summary": "The greeting ends with an exclamation mark.", "question": null}"""
                : request.Text.Contains("exclamation mark", StringComparison.Ordinal)
                    ? SmallRepository.GoodReply.Replace("Hello, $1", "Hello, $1!")
                    : SmallRepository.GoodReply);
        using var loose = SmallRepository.Create(SmallRepository.Files.Select(file =>
            file.Key == ".github/taskbot/project.yml" ? KeyValuePair.Create(file.Key, "languages: [shell]\ntest: \"echo 'ok 1 - builds'; echo 1..1\"\n") : file));

        var exit = await RunAsync(loose.Path, SmallRepository.IssueText, "--ci", ". ./greet.sh; test \"$(greet Ada)\" = 'Hello, Ada!' || { echo 'not ok 1 - excited'; exit 1; }");

        exit.Code.ShouldBe(0, exit.Error);
        using var summary = JsonDocument.Parse(exit.LastLine);
        summary.RootElement.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString()).ShouldBe(["failed", "succeeded"]);
        loose.Git("show", $"{summary.RootElement.GetProperty("branch").GetString()}:greet.sh").ShouldContain("Hello, $1!");
    }

    [Theory]
    [InlineData("../outside.sh")]
    [InlineData("/tmp/taskbot-outside.sh")]
    [InlineData(".git/hooks/post-checkout")]
    public async Task A_patch_that_leaves_the_repository_is_refused_and_nothing_is_published(string path)
    {
        model.Respond = request => new FakeReply.Text(
            request.Text.Contains("corrected task", StringComparison.Ordinal)
                ? """{"description": "Do it inside.", "notes": [], "summary": "Stay inside.", "question": null}"""
                : $"SUMMARY: Escapes.\n\n{path}\n<<<<<<< SEARCH\n=======\nescaped\n>>>>>>> REPLACE\n");

        var exit = await RunAsync(repository.Path, SmallRepository.IssueText);

        exit.Code.ShouldBe(1);
        exit.Error.ShouldContain(path);
        repository.Git("branch", "--list", "taskbot/*").ShouldBeEmpty();
        File.Exists(Path.GetFullPath(path, repository.Path)).ShouldBeFalse();
    }

    public static TheoryData<string, FakeReply> BadAnswers() => new()
    {
        { "nothing", new FakeReply.Empty() },
        { "prose", new FakeReply.Text("I would look at greet.sh, I think.") },
        { "refusal", new FakeReply.Refusal("I will not.") },
        { "server error", new FakeReply.Status(400, Message: "bad") },
    };

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_model_that_answers_nonsense_ends_in_a_failure_that_says_so(string name, FakeReply reply)
    {
        model.Respond = _ => reply;

        var exit = await RunAsync(repository.Path, SmallRepository.IssueText);

        exit.Code.ShouldBe(1, name);
        exit.Error.ShouldContain("implement");
        repository.Git("branch", "--list", "taskbot/*").ShouldBeEmpty();
        repository.Git("status", "--porcelain").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_cannot_be_reached_is_told_with_its_address()
    {
        var nobody = FakeOpenAIServer.NobodyThere();

        var exit = await RunAsync(repository.Path, SmallRepository.IssueText, endpoint: nobody);

        exit.Code.ShouldBe(1);
        exit.Error.ShouldContain(nobody.Host);
        repository.Git("branch", "--list", "taskbot/*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_without_git_is_wrong_input()
    {
        var exit = await RunAsync(folder.FullName, SmallRepository.IssueText);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain(folder.FullName);
    }

    [Fact]
    public async Task A_repository_without_a_commit_is_wrong_input()
    {
        using var empty = SmallRepository.CreateEmpty();

        var exit = await RunAsync(empty.Path, SmallRepository.IssueText);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain("no commit");
    }

    [Fact]
    public async Task A_dirty_checkout_is_wrong_input_unless_it_is_allowed()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        repository.Write("greet.sh", "edited by hand");

        var refused = await RunAsync(repository.Path, SmallRepository.IssueText);
        refused.Code.ShouldBe(2);
        refused.Error.ShouldContain("greet.sh");
        refused.Error.ShouldContain("--allow-dirty");

        var allowed = await RunAsync(repository.Path, SmallRepository.IssueText, "--allow-dirty");
        allowed.Code.ShouldBe(0, allowed.Error);
        File.ReadAllText(Path.Combine(repository.Path, "greet.sh")).ShouldBe("edited by hand");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n  \n")]
    [InlineData("#\n")]
    public async Task An_issue_without_text_is_wrong_input(string text)
    {
        var exit = await RunAsync(repository.Path, text);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain("has no text");
    }

    [Fact]
    public async Task Mistakes_in_the_projects_file_are_all_told_with_their_lines()
    {
        using var wrong = SmallRepository.Create([KeyValuePair.Create(".github/taskbot/project.yml", "testt: x\nattempts: many\n")]);

        var exit = await RunAsync(wrong.Path, SmallRepository.IssueText);

        exit.Code.ShouldBe(1);
        exit.Error.ShouldContain("project.yml:1");
        exit.Error.ShouldContain("project.yml:2");
    }

    async Task<TaskBotExit> RunAsync(string path, string issue, params string[] more) => await RunAsync(path, issue, model.BaseUrl, more);

    async Task<TaskBotExit> RunAsync(string path, string issue, Uri endpoint, params string[] more)
    {
        var file = Path.Combine(folder.Parent!.FullName, $"{folder.Name}.md");
        await File.WriteAllTextAsync(file, issue);
        try
        {
            return await TaskBotProcess.RunAsync(
                ["run", "--repo", path, "--issue", file, "--model", "fake-model@openai", "--json", .. more],
                new Dictionary<string, string>
                {
                    ["OPENAI_BASE_URL"] = endpoint.AbsoluteUri,
                    ["OPENAI_API_KEY"] = "key-of-the-test",
                    ["TASKBOT_Models__Retry__Retries"] = "0",
                });
        }
        finally
        {
            File.Delete(file);
        }
    }
}
