using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskBot.Bot;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Webhooks;
using TaskBot.Serving;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Tests.Serving;
using TaskBot.Tests.Soak;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Contract;

/// <summary>
/// The whole loop as GitHub would see it: the real listener, workers, git over HTTP and API client, through the proxy that refuses what GitHub's own
/// description does not allow and holds each answer of the simulated GitHub to it as well.
/// </summary>
public sealed class GitHubLoopTests(SoakPlace place) : IClassFixture<SoakPlace>, IAsyncLifetime
{
    const string Secret = "a secret of the test";

    static readonly CancellationToken None = CancellationToken.None;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-loop-");
    readonly CancellationTokenSource over = new();
    readonly Channel<bool> sent = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly List<(string Name, byte[] Payload)> delivered = [];
    SimulatedGitHub github = null!;
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    GitHttpServer git = null!;
    WebApplication server = null!;
    Task sending = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        github = new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()) { Ci = SoakStory.LooksAt };
        github.Sent += () => sent.Writer.TryWrite(item: true);
        api = await SimulatedGitHubServer.StartAsync(github);
        proxy = await ContractProxy.StartAsync(api.Url, checkResponses: true, None);
        github.Push("main", "octocat", SoakPlace.Files);
        await ServeCodeAsync();
        server = TaskBotServer.Build(
            "http://127.0.0.1:0",
            new Dictionary<string, string?>
            {
                ["Database:ConnectionString"] = Path.Combine(folder.FullName, "taskbot.db"),
                ["GitHub:ApiUrl"] = proxy.Url.AbsoluteUri,
                ["GitHub:ServerUrl"] = git.Url.AbsoluteUri,
                ["GitHub:AppId"] = "4242",
                ["GitHub:PrivateKey"] = place.PrivateKey,
                ["GitHub:WebhookSecret"] = Secret,
                ["GitHub:WriteInterval"] = "00:00:00",
                ["Models:Model"] = "played@scripted",
                ["Models:Providers:scripted:Kind"] = "Scripted",
                ["Models:Providers:scripted:File"] = place.RepliesPath,
            },
            LogLevel.Critical,
            services => services.AddSingleton(new MirrorFolder(Path.Combine(folder.FullName, "mirrors"))).AddGitHubForge<MirrorObjects>());
        await server.StartAsync();
        sending = SendAsync();
    }

    public async Task DisposeAsync()
    {
        await over.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.Services.ShouldReproduceAllAsync();
        await server.StopAsync();
        await server.DisposeAsync();
        await git.DisposeAsync();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        over.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task From_a_label_to_a_review_that_is_resolved_no_request_breaks_GitHubs_contract()
    {
        var feed = server.Services.GetRequiredService<RunFeed>();
        var news = feed.WatchAsync(over.Token);
        github.OrganisationProject = "vision: Friendly greetings.\n";
        var issue = github.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");

        var run = await UntilAsync(news, run => run.Outcome is not null);

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Organisation!.Text.ShouldBe(github.OrganisationProject);
        run.Attempts.Select(attempt => attempt.Outcome).ShouldBe([Outcome.Failed, Outcome.Succeeded]);
        var pull = github.PullRequests.ShouldHaveSingleItem();
        pull.IsDraft.ShouldBeFalse();
        pull.Body.ShouldContain($"Fixes #{issue}");
        github.ReadFile(run.Branch!, "greet.sh")!.ShouldContain("Hello");
        github.BotComments(issue).ShouldHaveSingleItem().ShouldContain("TaskBot: succeeded");

        news = feed.WatchAsync(over.Token);
        github.SubmitReview(
            pull.Number, "changes_requested", "Nearly.", "octocat",
            ("greet.sh", 1, "```suggestion\ngreet() { # says hello\n```"), ("greet.sh", 2, "End it with an exclamation mark, please."));
        run = await UntilAsync(news, run => run is { Outcome: not null, Attempts.Length: 3 });

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        github.ReadFile(run.Branch!, "greet.sh").ShouldBe("greet() { # says hello\n  echo \"Hello, $1!\"\n}\n");
        github.PullRequests.ShouldHaveSingleItem().AllResolved.ShouldBeTrue();
        await NothingBrokeTheContractAsync();
        await EveryPayloadIsGitHubsAsync();
    }

    async Task NothingBrokeTheContractAsync()
    {
        var report = await proxy.ReportAsync(None);
        report.Violations.ShouldBeEmpty();
        report.ResponseProblems.Select(problem => $"{problem.Key}: {string.Join("; ", problem.Value)}").ShouldBeEmpty();
        github.Unanswered.ShouldBeEmpty();
    }

    /// <summary>
    /// What the simulated GitHub sent is what GitHub's schemas of webhooks describe, but for reviews: their pull request is written out as the API gives it, with
    /// members that the schemas of webhooks do not have.
    /// </summary>
    async Task EveryPayloadIsGitHubsAsync()
    {
        (string Name, byte[] Payload)[] seen;
        lock (delivered) seen = [.. delivered];
        seen.Select(delivery => delivery.Name).Distinct().ShouldBe(["push", "issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment", "check_run", "check_suite"], ignoreOrder: true);
        var file = Path.Combine(folder.FullName, "payloads.ndjson");
        await File.WriteAllLinesAsync(file, seen.Where(delivery => !delivery.Name.StartsWith("pull_request_review", StringComparison.Ordinal)).Select(delivery => new JsonObject { ["event"] = delivery.Name, ["payload"] = JsonNode.Parse(delivery.Payload) }.ToJsonString()));
        (await NodeKit.RunScriptAsync(["validate-webhook.mjs", "--file", file], None)).ShouldBeEmpty();
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

    /// <summary>GitHub sends its webhooks, and its CI looks at what was pushed.</summary>
    async Task SendAsync()
    {
        using var http = new HttpClient();
        var address = new Uri(TaskBotServer.AddressOf(server), WebhookEndpoint.Path);
        await foreach (var _ in sent.Reader.ReadAllAsync(over.Token))
        {
            foreach (var delivery in github.TakePending())
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(delivery.Payload) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                request.Headers.Add("X-GitHub-Event", delivery.EventName);
                request.Headers.Add("X-GitHub-Delivery", delivery.Guid);
                request.Headers.Add("X-Hub-Signature-256", WebhookSignature.Sign(delivery.Payload, Secret));
                using var response = await http.SendAsync(request, over.Token);
                lock (delivered) delivered.Add((delivery.EventName, delivery.Payload));
                github.Delivered(delivery, (int)response.StatusCode);
                // A new head is looked at, and so is a job that is run again.
                if (delivery.EventName == "pull_request" || (delivery.EventName == "check_run" && (string?)JsonNode.Parse(delivery.Payload)!["action"] == "created")) github.RunCi();
            }
        }
    }

    async Task ServeCodeAsync()
    {
        var root = Directory.CreateDirectory(Path.Combine(folder.FullName, "served", "acme"));
        await using (var source = await GitRepository.OpenAsync(place.RepositoryPath, None))
        await using (var served = await GitRepository.CreateBareAsync(Path.Combine(root.FullName, "demo.git"), None))
            await new GitRemote(served, place.RepositoryPath).FetchAsync(["+refs/heads/*:refs/heads/*"], false, None);
        git = await GitHttpServer.StartAsync(root.Parent!.FullName, None);
    }
}
