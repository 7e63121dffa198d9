using TaskBot.Bot.Sealing;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>What became of an event in split jobs.</summary>
/// <param name="Comment">The comment that it was about; 0 for none.</param>
/// <param name="Publish">Null where the workflow starts no such job, as nothing was asked for.</param>
sealed record SplitEnd(long Comment, TaskBotExit Plan, TaskBotExit? Publish, IReadOnlyDictionary<string, string> Outputs);

/// <summary>
/// The jobs of <c>workflows/taskbot-split.yml</c>, with the real program in each, on a GitHub that lets the one that thinks write nothing: each on a machine of its own, with what
/// artifact, output and cache carry, and nothing else.
/// </summary>
sealed class SplitJobs : IAsyncDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-split-");
    readonly SmallRepository checkout;
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    int jobs;

    SplitJobs(SimulatedGitHub github, SmallRepository checkout) => (GitHub, this.checkout) = (github, checkout);

    public SimulatedGitHub GitHub { get; }

    public FakeOpenAIServer Model { get; private set; } = null!;

    /// <summary>What the job that thinks leaves is changed by this on its way.</summary>
    public Func<SealedResult, SealedResult>? Tamper { get; set; }

    /// <summary>The run as the job that publishes left it, where the Actions cache has it.</summary>
    public string Kept => Path.Combine(folder.FullName, "cache", "taskbot-published", "run.json");

    public static async Task<SplitJobs> StartAsync()
    {
        var started = new SplitJobs(new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()), SmallRepository.Create()) { Model = await FakeOpenAIServer.StartAsync() };
        started.api = await SimulatedGitHubServer.StartAsync(started.GitHub);
        started.proxy = await ContractProxy.StartAsync(started.api.Url, checkResponses: true, CancellationToken.None);
        started.GitHub.Push("main", "octocat", [.. SmallRepository.Files.Select(file => (file.Key, (string?)file.Value))]);
        return started;
    }

    /// <summary>Someone comments, and the workflow's jobs run.</summary>
    /// <param name="inputs">More inputs of the job that thinks.</param>
    public async Task<SplitEnd> SayAsync(int number, string text, string by = "octocat", Dictionary<string, string>? inputs = null)
    {
        GitHub.TakePending();
        var comment = GitHub.Say(number, text, by);
        return await OnAsync(GitHub.TakePending().Single(delivery => delivery.EventName == "issue_comment"), comment, inputs);
    }

    /// <summary>Someone puts the label on, and the workflow's jobs run.</summary>
    public async Task<SplitEnd> LabelAsync(int number, string by = "octocat")
    {
        GitHub.TakePending();
        GitHub.AddLabel(number, "taskbot", by);
        return await OnAsync(GitHub.TakePending().Single(delivery => delivery.EventName == "issues"), comment: 0, inputs: null);
    }

    async Task<SplitEnd> OnAsync(SimulatedDelivery @event, long comment, Dictionary<string, string>? inputs)
    {
        if (comment != 0) (await RunAsync("acknowledge", @event, inputs: [])).Exit.Code.ShouldBe(0);
        var (plan, planned, left) = await RunAsync("plan", @event, inputs ?? []);
        if (planned.GetValueOrDefault("conclusion") == "skipped") return new(comment, plan, Publish: null, planned);
        var digest = planned.GetValueOrDefault("result_digest", "");
        if (Tamper is not null)
        {
            var file = Path.Combine(left, "taskbot", "sealed.json");
            var changed = Tamper(SealedResult.Open(await File.ReadAllBytesAsync(file), digest)).ToBytes();
            await File.WriteAllBytesAsync(file, changed);
            digest = SealedResult.DigestOf(changed);
        }

        var (publish, published, _) = await RunAsync("publish", @event, new() { ["RESULT_DIGEST"] = digest }, from: left);
        return new(comment, plan, publish, published);
    }

    async Task<(TaskBotExit Exit, Dictionary<string, string> Outputs, string Folder)> RunAsync(
        string mode, SimulatedDelivery @event, Dictionary<string, string> inputs, string? from = null)
    {
        var machine = folder.CreateSubdirectory($"job-{++jobs}").FullName;
        var (cache, temporary) = (Path.Combine(folder.FullName, "cache"), Path.Combine(machine, "temp"));
        Directory.CreateDirectory(temporary);
        // What each job restores, as the workflow says.
        foreach (var part in mode switch { "plan" => ["taskbot", "taskbot-published"], "publish" => new[] { "taskbot-published" }, _ => [] }) Copy(Path.Combine(cache, part), Path.Combine(temporary, part));
        if (from is not null && File.Exists(Path.Combine(from, "taskbot", "sealed.json")))
        {
            Directory.CreateDirectory(Path.Combine(temporary, "taskbot"));
            File.Copy(Path.Combine(from, "taskbot", "sealed.json"), Path.Combine(temporary, "taskbot", "sealed.json"), overwrite: true);
        }

        var payload = Path.Combine(machine, "event.json");
        await File.WriteAllBytesAsync(payload, @event.Payload);
        var environment = new Dictionary<string, string>
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_EVENT_NAME"] = @event.EventName,
            ["GITHUB_EVENT_PATH"] = payload,
            ["GITHUB_WORKSPACE"] = checkout.Path,
            ["GITHUB_API_URL"] = proxy.Url.AbsoluteUri.TrimEnd('/'),
            ["GITHUB_GRAPHQL_URL"] = new Uri(proxy.Url, "graphql").AbsoluteUri,
            ["GITHUB_REPOSITORY"] = "acme/demo",
            ["GITHUB_SERVER_URL"] = "https://github.test",
            ["GITHUB_RUN_ID"] = "77",
            ["GITHUB_OUTPUT"] = Path.Combine(machine, "output"),
            ["GITHUB_STEP_SUMMARY"] = Path.Combine(machine, "summary.md"),
            ["RUNNER_TEMP"] = temporary,
            ["INPUT_MODE"] = mode,
            ["INPUT_GITHUB_TOKEN"] = mode == "plan" ? SimulatedGitHub.JobToken : SimulatedGitHub.WriterToken,
            ["INPUT_MODEL"] = mode == "plan" ? "fake-model@openai" : "",
            ["OPENAI_BASE_URL"] = Model.BaseUrl.AbsoluteUri,
            ["OPENAI_API_KEY"] = mode == "plan" ? "key-of-the-test" : "",
            ["TASKBOT_GitHub__WriteInterval"] = "00:00:00",
        };
        foreach (var (name, value) in inputs) environment[$"INPUT_{name}"] = value;
        var exit = await TaskBotProcess.RunAsync(["run"], environment, checkout.Path);
        if (mode == "plan") Copy(Path.Combine(temporary, "taskbot"), Path.Combine(cache, "taskbot"));
        if (mode == "publish") Copy(Path.Combine(temporary, "taskbot-published"), Path.Combine(cache, "taskbot-published"));
        return (exit, JobOutput.Read(Path.Combine(machine, "output")), temporary);
    }

    /// <summary>Nothing was written with the token that only reads, and no request was other than GitHub describes it.</summary>
    public async Task NothingWasWrittenWhereItMayNotBeAsync()
    {
        GitHub.Unanswered.ShouldBeEmpty();
        (await proxy.ReportAsync(CancellationToken.None)).Violations.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        await Model.DisposeAsync();
        checkout.Dispose();
        folder.Delete(recursive: true);
    }

    static void Copy(string from, string to)
    {
        if (!Directory.Exists(from)) return;
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
