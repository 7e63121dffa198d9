using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using TaskBot.GitHub.Webhooks;
using TaskBot.Serving;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Testing.Oidc;
using TaskBot.Testing.Processes;
using TaskBot.Tests.Soak;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Contract;

/// <summary>
/// A server that has jobs do its work: the real server and the real jobs as processes, a GitHub that starts them behind the proxy that refuses what GitHub's own
/// description does not allow, and an issuer of tokens. The server has no model, and the jobs have no right to write.
/// </summary>
public sealed class DispatchedLoopTests(SoakPlace place) : IClassFixture<SoakPlace>, IAsyncLifetime
{
    const string Secret = "a secret of the test";

    /// <summary>Processes on a machine that has other things to do.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    static readonly CancellationToken None = CancellationToken.None;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-dispatched-");
    readonly CancellationTokenSource over = new();
    readonly Channel<bool> sent = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly ConcurrentQueue<Task> jobs = [];
    readonly ConcurrentQueue<string> said = [];
    readonly HttpClient http = new();
    SimulatedGitHub github = null!;
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    GitHttpServer git = null!;
    FakeOidcIssuer issuer = null!;
    Uri address = null!;
    TaskBotProcess server = null!;
    Task sending = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        github = new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()) { Ci = SoakStory.LooksAt };
        github.Sent += () => sent.Writer.TryWrite(item: true);
        github.JobStarted += job => jobs.Enqueue(Task.Run(() => RunJobAsync(job)));
        api = await SimulatedGitHubServer.StartAsync(github);
        proxy = await ContractProxy.StartAsync(api.Url, checkResponses: true, None);
        issuer = await FakeOidcIssuer.StartAsync(TimeProvider.System);
        github.Push("main", "octocat", [.. SoakPlace.Files, (".github/workflows/taskbot-dispatched.yml", await File.ReadAllTextAsync(WorkflowPath))]);
        await ServeCodeAsync();
        address = new Uri($"http://127.0.0.1:{FreePort()}");
        server = await StartServerAsync();
        sending = SendAsync();
    }

    public async Task DisposeAsync()
    {
        await over.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        server.Dispose();
        foreach (var job in jobs) await job.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await git.DisposeAsync();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        await issuer.DisposeAsync();
        http.Dispose();
        over.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task From_a_label_to_a_pull_request_that_is_ready_jobs_think_and_the_server_publishes()
    {
        var issue = github.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");

        var run = await EndAsync();

        ShouldBeReady(run, issue);
        // An attempt, the refinement of what it came to, and the second attempt.
        github.WorkflowRuns.Select(job => job.Conclusion).ShouldBe(["success", "success", "success"], Said);
        var attempts = run["attempts"]!.AsArray();
        attempts.Select(attempt => (string?)attempt!["outcome"]).ShouldBe(["Failed", "Succeeded"], Said);
        ((int)attempts[0]!["nodes_cached"]!).ShouldBe(0);
        // What did not change comes from what the first job left with the server.
        ((int)attempts[1]!["nodes_cached"]!).ShouldBeGreaterThan(0, Said);
        ((long)attempts[1]!["tokens"]!).ShouldBeGreaterThan(0, Said);
        ((string?)run["models"]![0]).ShouldBe("played");
        await NothingBrokeTheContractAsync();
    }

    [Fact]
    public async Task A_server_that_is_killed_while_it_starts_a_job_and_while_the_job_works_goes_on_with_that_job()
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        github.JobStarted += _ =>
        {
            if (!killed.TrySetResult()) return;
            // GitHub has what it was asked, and the server will never hear so.
            server.Kill();
        };
        var issue = github.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");
        await killed.Task.WaitAsync(Limit);
        await server.WaitAsync();
        server.Dispose();
        server = await StartServerAsync();

        var run = await EndAsync();

        ShouldBeReady(run, issue);
        github.WorkflowRuns.Count.ShouldBe(3, Said);
        await NothingBrokeTheContractAsync();
    }

    [Fact]
    public async Task Where_the_workflow_is_missing_people_are_told_what_to_do()
    {
        github.Push("main", "octocat", (".github/workflows/taskbot-dispatched.yml", null));
        var issue = github.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");

        var run = await EndAsync();

        ((string?)run["outcome"]).ShouldBe("Failed", Said);
        ((string)run["reason"]!).ShouldContain("Copy TaskBot's workflows/taskbot-dispatched.yml to .github/workflows/");
        github.BotComments(issue).ShouldHaveSingleItem().ShouldContain("taskbot-dispatched.yml");
        github.WorkflowRuns.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_gets_nothing_from_the_server()
    {
        foreach (var what in new[] { "claim", "lines", "result?lines=0" })
        {
            using var content = new StringContent("{}");
            content.Headers.Add("Content-Digest", $"sha-256=:{Convert.ToBase64String(new byte[32])}:");
            using var answer = await http.PostAsync(new Uri(address, $"/api/v1/dispatches/made-up/{what}"), content);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    static string WorkflowPath => Path.Combine(NodeKit.Folder, "..", "..", "workflows", "taskbot-dispatched.yml");

    string Said => string.Join('\n', said);

    void ShouldBeReady(JsonNode run, int issue)
    {
        ((string?)run["outcome"]).ShouldBe("Succeeded", $"{run["reason"]}\n{Said}");
        var pull = github.PullRequests.ShouldHaveSingleItem();
        pull.IsDraft.ShouldBeFalse();
        pull.Body.ShouldContain($"Fixes #{issue}");
        github.ReadFile((string)run["branch"]!, "greet.sh")!.ShouldContain("Hello");
        github.BotComments(issue).ShouldHaveSingleItem().ShouldContain("TaskBot: succeeded");
    }

    async Task NothingBrokeTheContractAsync()
    {
        var report = await proxy.ReportAsync(None);
        report.Violations.ShouldBeEmpty();
        report.ResponseProblems.Select(problem => $"{problem.Key}: {string.Join("; ", problem.Value)}").ShouldBeEmpty();
        github.Unanswered.ShouldBeEmpty();
    }

    /// <summary>The newest run, once it has ended.</summary>
    async Task<JsonNode> EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        try
        {
            while (true)
            {
                await timer.WaitForNextTickAsync(limit.Token);
                var runs = JsonNode.Parse(await http.GetStringAsync(new Uri(address, "/api/v1/runs"), limit.Token))!.AsArray();
                if (runs.FirstOrDefault() is { } run && run["outcome"] is not null) return run;
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The run did not end within {Limit.TotalMinutes:0} minutes.\n{Said}", e);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidOperationException($"The server is not there.\n{Said}", e);
        }
    }

    async Task<TaskBotProcess> StartServerAsync()
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = TaskBotProcess.Start(
            ["serve", "--url", address.OriginalString, "--mirrors", Path.Combine(folder.FullName, "mirrors")],
            new Dictionary<string, string>
            {
                ["TASKBOT_Database__ConnectionString"] = Path.Combine(folder.FullName, "taskbot.db"),
                ["TASKBOT_GitHub__ApiUrl"] = proxy.Url.AbsoluteUri,
                ["TASKBOT_GitHub__ServerUrl"] = git.Url.AbsoluteUri,
                ["TASKBOT_GitHub__OidcIssuer"] = issuer.Url.AbsoluteUri.TrimEnd('/'),
                ["TASKBOT_GitHub__AppId"] = "4242",
                ["TASKBOT_GitHub__PrivateKey"] = place.PrivateKey,
                ["TASKBOT_GitHub__WebhookSecret"] = Secret,
                ["TASKBOT_GitHub__WriteInterval"] = "00:00:00",
                ["TASKBOT_Dispatch__Executor"] = "Actions",
                ["TASKBOT_Dispatch__PublicUrl"] = address.OriginalString,
            },
            folder.FullName);
        started.LineCame += line =>
        {
            said.Enqueue($"server: {line}");
            if (line.StartsWith("Listening", StringComparison.Ordinal)) listening.TrySetResult();
        };
        if (await Task.WhenAny(listening.Task, started.WaitAsync()).WaitAsync(Limit) != listening.Task) throw new InvalidOperationException($"The server did not start.\n{Said}");
        return started;
    }

    /// <summary>A job as the ready workflow has it.</summary>
    async Task RunJobAsync(SimulatedJob job)
    {
        var environment = new Dictionary<string, string>(issuer.EnvironmentOf(repository: 1, job.Run, job.Attempt, job.WorkflowRef))
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_REPOSITORY"] = "acme/demo",
            ["GITHUB_API_URL"] = proxy.Url.AbsoluteUri.TrimEnd('/'),
            ["GITHUB_SERVER_URL"] = git.Url.AbsoluteUri.TrimEnd('/'),
            ["RUNNER_TEMP"] = Path.Combine(folder.FullName, $"runner-{job.Run}"),
            ["INPUT_GITHUB_TOKEN"] = SimulatedGitHub.JobToken,
            ["TASKBOT_Models__Model"] = "played@scripted",
            ["TASKBOT_Models__Providers__scripted__Kind"] = "Scripted",
            ["TASKBOT_Models__Providers__scripted__File"] = place.RepliesPath,
        };
        using var running = TaskBotProcess.Start(["run", "--server", address.OriginalString, "--run", job.Inputs["run"]], environment, folder.FullName);
        running.LineCame += line => said.Enqueue($"job {job.Run}: {line}");
        await using var end = over.Token.Register(running.Kill);
        var exit = await running.WaitAsync();
        github.EndJob(job.Run, exit.Code == 0 ? "success" : "failure");
    }

    /// <summary>GitHub sends its webhooks, and its CI looks at what was pushed.</summary>
    async Task SendAsync()
    {
        await foreach (var _ in sent.Reader.ReadAllAsync(over.Token))
        {
            foreach (var delivery in github.TakePending())
            {
                github.Delivered(delivery, await DeliverAsync(delivery));
                if (delivery.EventName == "pull_request" || (delivery.EventName == "check_run" && (string?)JsonNode.Parse(delivery.Payload)!["action"] == "created")) github.RunCi();
            }
        }
    }

    /// <returns>The status; 0 where nobody was there.</returns>
    async Task<int> DeliverAsync(SimulatedDelivery delivery)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, WebhookEndpoint.Path)) { Content = new ByteArrayContent(delivery.Payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Event", delivery.EventName);
        request.Headers.Add("X-GitHub-Delivery", delivery.Guid);
        request.Headers.Add("X-Hub-Signature-256", WebhookSignature.Sign(delivery.Payload, Secret));
        try
        {
            using var response = await http.SendAsync(request, over.Token);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The sweep asks for it again when the server is back.
            return 0;
        }
    }

    /// <summary>The server has to be told its address before it listens.</summary>
    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
