using System.Text.Json;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot stats</c> of the real program over a run of the real program that took two attempts.</summary>
public sealed class StatsCommandTests : IAsyncLifetime
{
    const string Plan = """
        {"summary": "Find it, then mend it.", "missing": [], "context": [], "steps": [
          {"name": "cause", "type": "llm.answer", "description": "Where is the greeting?", "acceptance": [], "files": [], "context": [], "after": []},
          {"name": "mend", "type": "llm.edit", "description": "Mend the greeting.", "acceptance": ["All tests pass"], "files": ["greet.sh"], "context": ["cause"], "after": []}]}
        """;

    readonly SmallRepository repository = SmallRepository.Create(
    [
        .. SmallRepository.Files.Where(file => !file.Key.EndsWith("project.yml", StringComparison.Ordinal)),
        KeyValuePair.Create(".github/taskbot/project.yml", "languages: [shell]\nbuild: 'true'\ntest: sh tests/run.sh\n"),
        KeyValuePair.Create(".github/taskbot/tasks/greeting.task.yml", """
            taskbot: 1
            default: greeting
            nodes:
              greeting:
                type: graph
                uses: taskbot:core/fix-bug
                summary: Mend greetings.
                tags: [greeting, misspelt]
                select: { strictness: thorough }
            """),
    ]);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-stats-test-");
    FakeOpenAIServer model = null!;

    public async Task InitializeAsync() => model = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync()
    {
        await model.DisposeAsync();
        repository.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_prints_what_a_second_attempt_took_beside_a_full_restart()
    {
        model.Respond = request => Counted(request, Reply(request.Text));
        var issue = Path.Combine(folder.FullName, "issue.md");
        await File.WriteAllTextAsync(issue, SmallRepository.IssueText);
        var run = await TaskBotProcess.RunAsync(
            ["run", "--repo", repository.Path, "--issue", issue, "--model", "fake-model@openai", "--json"],
            new Dictionary<string, string> { ["OPENAI_BASE_URL"] = model.BaseUrl.AbsoluteUri, ["OPENAI_API_KEY"] = "key-of-the-test", ["TASKBOT_Models__Retry__Retries"] = "0" });
        run.Code.ShouldBe(0, run.Error);
        using var summary = JsonDocument.Parse(run.LastLine);
        summary.RootElement.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString()).ShouldBe(["failed", "succeeded"]);
        var database = Path.Combine(repository.Path, ".git", "taskbot", "taskbot.db");

        var json = await TaskBotProcess.RunAsync(["stats", "--database", database, "--json"]);
        var table = await TaskBotProcess.RunAsync(["stats", "--database", database]);

        json.Code.ShouldBe(0, json.Error);
        using var counted = JsonDocument.Parse(json.LastLine);
        var retries = counted.RootElement.GetProperty("retries");
        retries.GetProperty("attempts").GetInt32().ShouldBe(1);
        retries.GetProperty("nodes_again").GetDouble().ShouldBeInRange(0.01, 0.4);
        retries.GetProperty("tokens_again").GetDouble().ShouldBeInRange(0.01, 0.5);
        // Lines are as wide as a terminal.
        string.Join(' ', table.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .ShouldMatch(@"1 further attempts ran \d+ ?% of their nodes again and sent \d+ ?% of the tokens of as many full restarts");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_wrong_input()
    {
        var exit = await TaskBotProcess.RunAsync(["stats", "--database", Path.Combine(folder.FullName, "none.db")]);
        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain("none.db");
    }

    static string Reply(string asked) =>
        asked.Contains("corrected task", StringComparison.Ordinal) ? """{"description": "Mend the greeting: it says Hello, with two l.", "notes": ["Hallo was wrong."], "summary": "It says Hello.", "question": null}"""
        : asked.Contains("at most three questions", StringComparison.Ordinal) || asked.Contains("says enough to be done", StringComparison.Ordinal) ? """{"questions": []}"""
        : asked.Contains("You plan changes to a repository", StringComparison.Ordinal) ? Plan
        : asked.Contains("You review a change", StringComparison.Ordinal) ? """{"summary": "It does what was asked.", "findings": []}"""
        : asked.Contains("You answer a developer's question", StringComparison.Ordinal) ? "It is in greet.sh."
        : asked.Contains("with two l", StringComparison.Ordinal) ? SmallRepository.GoodReply
        : SmallRepository.GoodReply.Replace("Hello", "Hallo", StringComparison.Ordinal);

    /// <summary>Four characters a token, about as models count.</summary>
    static FakeReply.Text Counted(FakeRequest request, string text) => new(text) { InputTokens = request.Text.Length / 4, OutputTokens = text.Length / 4 };
}
