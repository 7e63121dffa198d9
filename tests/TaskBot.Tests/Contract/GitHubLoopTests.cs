using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskBot.Bot;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Serving;
using TaskBot.Testing.GitHub;
using TaskBot.Tests.Serving;
using TaskBot.Tests.Soak;

namespace TaskBot.Tests.Contract;

/// <summary>
/// The whole loop as GitHub would see it: the real listener, workers, git over HTTP and API client, through the proxy that refuses what GitHub's own
/// description does not allow and holds each answer of the simulated GitHub to it as well.
/// </summary>
public sealed class GitHubLoopTests(SoakPlace place) : IClassFixture<SoakPlace>, IAsyncLifetime
{
    LoopGitHub world = null!;
    WebApplication server = null!;

    SimulatedGitHub GitHub => world.Simulated;

    public async Task InitializeAsync()
    {
        world = await LoopGitHub.StartAsync(place);
        server = TaskBotServer.Build(
            "http://127.0.0.1:0",
            new Dictionary<string, string?>
            {
                ["Database:ConnectionString"] = Path.Combine(world.Folder.FullName, "taskbot.db"),
                ["GitHub:ApiUrl"] = world.ApiUrl.AbsoluteUri,
                ["GitHub:ServerUrl"] = world.ServerUrl.AbsoluteUri,
                ["GitHub:AppId"] = "4242",
                ["GitHub:PrivateKey"] = place.PrivateKey,
                ["GitHub:WebhookSecret"] = LoopGitHub.Secret,
                ["GitHub:WriteInterval"] = "00:00:00",
                ["Models:Model"] = "played@scripted",
                ["Models:Providers:scripted:Kind"] = "Scripted",
                ["Models:Providers:scripted:File"] = place.RepliesPath,
            },
            LogLevel.Critical,
            services => services.AddSingleton(new MirrorFolder(Path.Combine(world.Folder.FullName, "mirrors"))).AddGitHubForge<MirrorObjects>());
        await server.StartAsync();
        world.SendTo(TaskBotServer.AddressOf(server));
    }

    public async Task DisposeAsync()
    {
        await world.EndAsync();
        await server.Services.ShouldReproduceAllAsync();
        await server.StopAsync();
        await server.DisposeAsync();
        await world.DisposeAsync();
    }

    [Fact]
    public async Task From_a_label_to_a_review_that_is_resolved_no_request_breaks_GitHubs_contract()
    {
        var feed = server.Services.GetRequiredService<RunFeed>();
        var news = feed.WatchAsync(world.Over);
        GitHub.OrganisationProject = "vision: Friendly greetings.\n";
        var issue = GitHub.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        GitHub.AddLabel(issue, "taskbot", "octocat");

        var run = await UntilAsync(news, run => run.Outcome is not null);

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Organisation!.Text.ShouldBe(GitHub.OrganisationProject);
        run.Attempts.Select(attempt => attempt.Outcome).ShouldBe([Outcome.Failed, Outcome.Succeeded]);
        var pull = GitHub.PullRequests.ShouldHaveSingleItem();
        pull.IsDraft.ShouldBeFalse();
        pull.Body.ShouldContain($"Fixes #{issue}");
        GitHub.ReviewersOf(pull.Number).ShouldBe(["octocat"]);
        var (message, author) = GitHub.HeadOf(run.Branch!);
        message.ShouldStartWith("fix: ");
        message.ShouldContain("Co-authored-by: octocat <1+octocat@users.noreply.");
        author.ShouldBe($"taskbot[bot] <{SimulatedGitHub.BotId}+taskbot[bot]@users.noreply.github.com>");
        GitHub.ReadFile(run.Branch!, "greet.sh")!.ShouldContain("Hello");
        GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("TaskBot: succeeded");

        news = feed.WatchAsync(world.Over);
        GitHub.SubmitReview(
            pull.Number, "changes_requested", "Nearly.", "octocat",
            ("greet.sh", 1, "```suggestion\ngreet() { # says hello\n```"), ("greet.sh", 2, "End it with an exclamation mark, please."));
        run = await UntilAsync(news, run => run is { Outcome: not null, Attempts.Length: 3 });

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        GitHub.ReadFile(run.Branch!, "greet.sh").ShouldBe("greet() { # says hello\n  echo \"Hello, $1!\"\n}\n");
        GitHub.PullRequests.ShouldHaveSingleItem().AllResolved.ShouldBeTrue();
        await world.NothingBrokeTheContractAsync();
    }

    static async Task<RunRecord> UntilAsync(IAsyncEnumerable<RunNews> news, Func<RunRecord, bool> wanted)
    {
        var told = new StringBuilder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            await foreach (var item in news.WithCancellation(limit.Token))
            {
                if (item is RunNews.Saved { Run: var run } && wanted(run)) return run;
                told.AppendLine(item is RunNews.Told said ? said.Text : (item as RunNews.Saved)?.Run.Reason);
            }
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not come to that:\n{told}", e);
        }

        throw new InvalidOperationException($"The server stopped:\n{told}");
    }
}
