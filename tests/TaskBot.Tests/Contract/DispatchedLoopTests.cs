using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Testing.Oidc;
using TaskBot.Testing.Processes;
using TaskBot.Tests.Soak;

namespace TaskBot.Tests.Contract;

/// <summary>
/// A server that has jobs do its work: the real server and the real jobs as processes, a GitHub that starts them behind the proxy that refuses what GitHub's own
/// description does not allow, and an issuer of tokens. The server has no model, and the jobs have no right to write.
/// </summary>
public sealed class DispatchedLoopTests(SoakPlace place) : IClassFixture<SoakPlace>, IAsyncLifetime
{
    /// <summary>Processes on a machine that has other things to do.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    readonly ConcurrentQueue<Task> jobs = [];
    readonly ConcurrentQueue<string> said = [];
    readonly HttpClient http = new();
    LoopGitHub world = null!;
    FakeOidcIssuer issuer = null!;
    Uri address = null!;
    TaskBotProcess server = null!;

    SimulatedGitHub GitHub => world.Simulated;

    public async Task InitializeAsync()
    {
        world = await LoopGitHub.StartAsync(place, (".github/workflows/taskbot-dispatched.yml", await File.ReadAllTextAsync(WorkflowPath)));
        GitHub.JobStarted += job => jobs.Enqueue(Task.Run(() => RunJobAsync(job)));
        issuer = await FakeOidcIssuer.StartAsync(TimeProvider.System);
        address = new Uri($"http://127.0.0.1:{FreePort()}");
        server = await StartServerAsync();
        world.SendTo(address);
    }

    public async Task DisposeAsync()
    {
        await world.EndAsync();
        server.Dispose();
        foreach (var job in jobs) await job.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await world.DisposeAsync();
        await issuer.DisposeAsync();
        http.Dispose();
    }

    [Fact]
    public async Task From_a_label_to_a_pull_request_that_is_ready_jobs_think_and_the_server_publishes()
    {
        var issue = GitHub.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        GitHub.AddLabel(issue, "taskbot", "octocat");

        var run = await EndAsync();

        ShouldBeReady(run, issue);
        // An attempt, the refinement of what it came to, and the second attempt.
        GitHub.WorkflowRuns.Select(job => job.Conclusion).ShouldBe(["success", "success", "success"], Said);
        var attempts = run["attempts"]!.AsArray();
        attempts.Select(attempt => (string?)attempt!["outcome"]).ShouldBe(["Failed", "Succeeded"], Said);
        ((int)attempts[0]!["nodes_cached"]!).ShouldBe(0);
        // What did not change comes from what the first job left with the server.
        ((int)attempts[1]!["nodes_cached"]!).ShouldBeGreaterThan(0, Said);
        ((long)attempts[1]!["tokens"]!).ShouldBeGreaterThan(0, Said);
        ((string?)run["models"]![0]).ShouldBe("played");
        await world.NothingBrokeTheContractAsync();
    }

    [Fact]
    public async Task A_server_that_is_killed_while_it_starts_a_job_and_while_the_job_works_goes_on_with_that_job()
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GitHub.JobStarted += _ =>
        {
            if (!killed.TrySetResult()) return;
            // GitHub has what it was asked, and the server will never hear so.
            server.Kill();
        };
        var issue = GitHub.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        GitHub.AddLabel(issue, "taskbot", "octocat");
        await killed.Task.WaitAsync(Limit);
        await server.WaitAsync();
        server.Dispose();
        server = await StartServerAsync();

        var run = await EndAsync();

        ShouldBeReady(run, issue);
        GitHub.WorkflowRuns.Count.ShouldBe(3, Said);
        await world.NothingBrokeTheContractAsync();
    }

    [Fact]
    public async Task Where_the_workflow_is_missing_people_are_told_what_to_do()
    {
        GitHub.Push("main", "octocat", (".github/workflows/taskbot-dispatched.yml", null));
        var issue = GitHub.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        GitHub.AddLabel(issue, "taskbot", "octocat");

        var run = await EndAsync();

        ((string?)run["outcome"]).ShouldBe("Failed", Said);
        ((string)run["reason"]!).ShouldContain("Copy TaskBot's workflows/taskbot-dispatched.yml to .github/workflows/");
        GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("taskbot-dispatched.yml");
        GitHub.WorkflowRuns.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whether_it_is_well_is_said_by_the_images_health_check()
    {
        (await TaskBotProcess.RunAsync(["health", "--url", address.OriginalString], new Dictionary<string, string>(), world.Folder.FullName)).Code.ShouldBe(0);

        server.Kill();
        await server.WaitAsync();

        var gone = await TaskBotProcess.RunAsync(["health", "--url", address.OriginalString], new Dictionary<string, string>(), world.Folder.FullName);
        gone.Code.ShouldBe(1);
        gone.Output.ShouldContain("did not answer");
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
        var pull = GitHub.PullRequests.ShouldHaveSingleItem();
        pull.IsDraft.ShouldBeFalse();
        pull.Body.ShouldContain($"Fixes #{issue}");
        GitHub.ReadFile((string)run["branch"]!, "greet.sh")!.ShouldContain("Hello");
        GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("TaskBot: succeeded");
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
            throw new InvalidOperationException($"The server {(server.HasExited ? "is gone" : "is there")}, and did not tell of its runs: {e.Message}\n{Said}", e);
        }
    }

    async Task<TaskBotProcess> StartServerAsync()
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = TaskBotProcess.Start(
            ["serve", "--url", address.OriginalString, "--mirrors", Path.Combine(world.Folder.FullName, "mirrors")],
            new Dictionary<string, string>
            {
                ["TASKBOT_Database__ConnectionString"] = Path.Combine(world.Folder.FullName, "taskbot.db"),
                ["TASKBOT_GitHub__ApiUrl"] = world.ApiUrl.AbsoluteUri,
                ["TASKBOT_GitHub__ServerUrl"] = world.ServerUrl.AbsoluteUri,
                ["TASKBOT_GitHub__OidcIssuer"] = issuer.Url.AbsoluteUri.TrimEnd('/'),
                ["TASKBOT_GitHub__AppId"] = "4242",
                ["TASKBOT_GitHub__PrivateKey"] = place.PrivateKey,
                ["TASKBOT_GitHub__WebhookSecret"] = LoopGitHub.Secret,
                ["TASKBOT_GitHub__WriteInterval"] = "00:00:00",
                ["TASKBOT_Dispatch__Executor"] = "Actions",
                ["TASKBOT_Dispatch__PublicUrl"] = address.OriginalString,
            },
            world.Folder.FullName);
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
            ["GITHUB_API_URL"] = world.ApiUrl.AbsoluteUri.TrimEnd('/'),
            ["GITHUB_SERVER_URL"] = world.ServerUrl.AbsoluteUri.TrimEnd('/'),
            ["RUNNER_TEMP"] = Path.Combine(world.Folder.FullName, $"runner-{job.Run}"),
            ["INPUT_GITHUB_TOKEN"] = SimulatedGitHub.JobToken,
            ["TASKBOT_Models__Model"] = "played@scripted",
            ["TASKBOT_Models__Providers__scripted__Kind"] = "Scripted",
            ["TASKBOT_Models__Providers__scripted__File"] = place.RepliesPath,
        };
        using var running = TaskBotProcess.Start(["run", "--server", address.OriginalString, "--run", job.Inputs["run"]], environment, world.Folder.FullName);
        running.LineCame += line => said.Enqueue($"job {job.Run}: {line}");
        await using var end = world.Over.Register(running.Kill);
        var exit = await running.WaitAsync();
        GitHub.EndJob(job.Run, exit.Code == 0 ? "success" : "failure");
    }

    /// <summary>
    /// The server has to be told its address before it listens, and listens there again after it was killed. So it is a port that the system gives to nobody by itself: meanwhile
    /// it would go to anybody's connection, of any process here, and nobody can listen where a connection begins.
    /// </summary>
    static int FreePort()
    {
        const int First = 20_000, Last = 30_000;
        for (var tries = 0; tries < 100; tries++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Last));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Someone listens there.
            }
        }

        throw new InvalidOperationException($"Of 100 ports from {First} to {Last} none is free.");
    }
}
