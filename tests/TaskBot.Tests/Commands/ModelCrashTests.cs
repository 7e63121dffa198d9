using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Models.Ledger;
using TaskBot.Storage;
using TaskBot.Storage.Ledger;
using TaskBot.Storage.Runs;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>Power cuts while a model is answering: the real program is killed, and started again.</summary>
public sealed class ModelCrashTests : IAsyncLifetime
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-model-crash-test-");
    readonly SmallRepository repository = SmallRepository.Create();
    FakeOpenAIServer model = null!;

    public async Task InitializeAsync() => model = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync()
    {
        await model.DisposeAsync();
        repository.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Killed_while_an_answer_streams_it_asks_only_that_again_and_is_charged_once_for_what_had_ended()
    {
        // An edit that is none, so that the node fails; a refinement that does not fit its schema; and the corrected one, which never ends.
        model.Enqueue(Reply("I would look at greet.sh."), Reply("{\"summary\": 1}"), new FakeReply.Stall("{\"summary\":"));
        using (var first = Start())
        {
            for (var request = 0; request < 3; request++) await model.NextRequestAsync(CancellationToken.None);
            first.Kill();
            await first.WaitAsync();
        }

        model.Enqueue(
            Reply("""{"description": "Spell Hello right in greet.sh.", "notes": [], "summary": "It is a typo.", "question": null}"""), Reply(SmallRepository.GoodReply));
        using var second = Start();
        var exit = await second.WaitAsync();

        exit.Code.ShouldBe(0, exit.Error);
        var requests = model.Requests.Select(request => request.Body.GetRawText()).ToList();
        requests.Count.ShouldBe(5, exit.Error);
        requests[3].ShouldBe(requests[2], "the answer that was cut is asked for again");
        requests.Distinct().Count().ShouldBe(4, "and nothing else is");

        var (balance, calls) = await LedgerAsync();
        calls.Count.ShouldBe(4);
        balance.SpentUsd.ShouldBe(4 * 0.0011m, "each answer that came was charged once");
        balance.ReservedUsd.ShouldBeGreaterThan(0, "the one that was cut may have cost as much as it could");
        (balance.SpentUsd + balance.ReservedUsd).ShouldBeLessThanOrEqualTo(1m);
    }

    static FakeReply Reply(string text) => new FakeReply.Text(text) { InputTokens = 1000, OutputTokens = 100 };

    TaskBotProcess Start()
    {
        var issue = Path.Combine(folder.FullName, "issue.md");
        File.WriteAllText(issue, SmallRepository.IssueText);
        return TaskBotProcess.Start(
            ["run", "--repo", repository.Path, "--issue", issue, "--model", "fake-model@openai", "--json"],
            new Dictionary<string, string>
            {
                ["OPENAI_BASE_URL"] = model.BaseUrl.AbsoluteUri,
                ["OPENAI_API_KEY"] = "key-of-the-test",
                ["TASKBOT_Models__Retry__Retries"] = "0",
                ["TASKBOT_Models__Prices__fake-model__Input"] = "1",
                ["TASKBOT_Models__Prices__fake-model__Output"] = "1",
                ["TASKBOT_Budgets__RunUsd"] = "1",
            });
    }

    async Task<(BudgetBalance Balance, List<ModelCall> Calls)> LedgerAsync()
    {
        var options = new DatabaseOptions { ConnectionString = Path.Combine(repository.Path, ".git", "taskbot", "taskbot.db") };
        await using var database = SqliteDatabase.Open(options, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var ledger = new SqliteLedgerStore(database);
        var run = (await new SqliteRunStore(database, TimeProvider.System).ListAsync(1, CancellationToken.None)).ShouldHaveSingleItem();
        var account = new BudgetAccount(BudgetLevel.Run, run.Id.Value, CapUsd: null);
        var calls = new List<ModelCall>();
        await foreach (var call in ledger.ReadCallsAsync(account, CancellationToken.None)) calls.Add(call);
        return (await ledger.GetBalanceAsync(account, CancellationToken.None), calls);
    }
}
