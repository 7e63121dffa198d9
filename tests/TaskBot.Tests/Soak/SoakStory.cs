using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Hosting;
using TaskBot.Serving;
using TaskBot.Testing.GitHub;
using TaskBot.Tests.Serving;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Soak;

/// <summary>
/// One issue from its label to a pull request that is ready for review, through the bot's own workers, stores and GitHub client: the first fix fails
/// in CI, the description is refined, the second passes. Between the bot and a simulated GitHub stands a network that a seed makes unreliable.
/// </summary>
sealed class SoakStory : IAsyncDisposable
{
    const int MostRounds = 400;
    const double FaultRate = 0.12;
    const int MostFaults = 60;
    const int ReplayedSeeds = 20;

    readonly SoakClock clock = new();
    readonly Stillness stillness = new();
    readonly List<SimulatedDelivery> late = [];
    readonly Random? chance;
    readonly SimulatedGitHub github;
    readonly FaultyNetwork network;
    readonly IHost host;
    readonly int? seed;

    SoakStory(SoakPlace place, int? seed)
    {
        this.seed = seed;
        chance = seed is { } known ? new Random(known) : null;
        github = new SimulatedGitHub(clock, ExampleBodies.None) { Ci = LooksAt };
        network = new FaultyNetwork(github, clock, seed is { } other ? new Random(~other) : null, FaultRate, MostFaults);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Database:ConnectionString"] = ":memory:",
            ["GitHub:AppId"] = "4242",
            ["GitHub:PrivateKey"] = place.PrivateKey,
            ["GitHub:ApiUrl"] = "https://api.github.test",
            ["Models:Model"] = "played@scripted",
            ["Models:Providers:scripted:Kind"] = "Scripted",
            ["Models:Providers:scripted:File"] = place.RepliesPath,
        });
        builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(new RunnerOptions { Jobs = 1 }).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>)).AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration).AddTaskBotWorkers().AddGitHubForge<SoakObjects>();
        builder.Services.AddSingleton(place).AddSingleton<HttpMessageHandler>(network).AddSingleton<RedeliverySweep>();
        Watch<IDeliveryStore>(builder.Services);
        Watch<IRunStore>(builder.Services);
        host = builder.Build();
    }

    /// <summary>Plays the story to its end and tells what people see then.</summary>
    /// <param name="seed">What goes wrong; null where nothing does.</param>
    public static async Task<SoakEnd> PlayAsync(SoakPlace place, int? seed)
    {
        await using var story = new SoakStory(place, seed);
        var end = await story.PlayAsync();
        var runs = await story.host.Services.GetRequiredService<IRunStore>().ListAsync(10, CancellationToken.None);
        return new(end, story.network.Faults, string.Join('\n', runs.Select(run => $"run is {run.Stage}, {run.Outcome}: {run.Reason}")));
    }

    public async ValueTask DisposeAsync()
    {
        // All end as the quiet one does. Playing each again would double the time, and some say as much as all.
        if (seed is null || seed % ReplayedSeeds == 0) await host.Services.ShouldReproduceAllAsync();
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        network.Dispose();
    }

    async Task<string> PlayAsync()
    {
        github.Push("main", "octocat", SoakPlace.Files);
        await host.StartAsync();
        var issue = github.OpenIssue("The greeting is misspelt", "`greet Ada` says `Helo, Ada`.", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");
        var sweep = host.Services.GetRequiredService<RedeliverySweep>();
        for (var round = 0; round < MostRounds; round++)
        {
            var claims = stillness.Claims;
            await DeliverAsync();
            stillness.Changed();
            await stillness.StillAsync();
            if (chance is null || chance.Next(2) == 0) github.RunCi();
            clock.Advance(TimeSpan.FromMinutes(6));
            if (stillness.Claims != claims || late.Count > 0) continue;
            // All is still. What was dropped is asked for again, as the server does every few minutes.
            var swept = await SweepAsync(sweep);
            if (swept == 0 && github.RunCi() == 0 && stillness.Claims == claims) return github.Describe(issue);
        }

        throw new InvalidOperationException($"The story did not end in {MostRounds} rounds:\n{github.Describe(issue)}");
    }

    static async Task<int> SweepAsync(RedeliverySweep sweep)
    {
        try
        {
            return await sweep.SweepAsync(CancellationToken.None);
        }
        catch (GitHubApiException)
        {
            // The server's timer comes round again.
            return -1;
        }
    }

    /// <summary>What GitHub sends now arrives: or twice, or later, or never, and in any order.</summary>
    async Task DeliverAsync()
    {
        SimulatedDelivery[] sent = [.. late, .. github.TakePending()];
        late.Clear();
        chance?.Shuffle(sent);
        var store = host.Services.GetRequiredService<IDeliveryStore>();
        foreach (var delivery in sent)
        {
            var fate = chance?.Next(10) ?? 9;
            if (fate == 0)
            {
                github.Delivered(delivery, status: 0);
                continue;
            }

            if (fate is 1 or 2)
            {
                late.Add(delivery);
                continue;
            }

            for (var times = fate == 3 ? 2 : 1; times > 0; times--)
                await store.AddAsync(new Delivery(delivery.Guid, delivery.EventName, delivery.Payload, clock.GetUtcNow()), CancellationToken.None);
            // GitHub may not hear that it was received.
            github.Delivered(delivery, fate == 4 ? 0 : 202);
        }
    }

    /// <summary>What the project's CI says.</summary>
    internal static (string Conclusion, string Log) LooksAt(Func<string, string?> read) =>
        read("greet.sh")!.Contains("Hello", StringComparison.Ordinal) ? ("success", "ok 1 - greets") : ("failure", "not ok 1 - greets\n# expected Hello, Ada");

    void Watch<TStore>(IServiceCollection services)
        where TStore : class
    {
        var own = services.Last(service => service.ServiceType == typeof(TStore));
        services.Remove(own);
        services.AddSingleton(provider => WatchedStore<TStore>.Create(
            (TStore)(own.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, own.ImplementationType!)), stillness));
    }

    /// <summary>The repository that all stories start from; they read it and put objects into it, and move no branch of it.</summary>
    sealed class SoakObjects(SoakPlace place) : IObjectSource
    {
        public Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) => Task.FromResult(place.Base);

        public async Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken) =>
            await GitRepository.OpenAsync(place.RepositoryPath, cancellationToken);
    }
}

/// <summary>How a story ended.</summary>
/// <param name="Seen">What people see.</param>
/// <param name="Faults">How many requests failed on the way.</param>
/// <param name="Kept">What the bot itself says of its runs.</param>
sealed record SoakEnd(string Seen, int Faults, string Kept);

/// <summary>What all stories share: the code, the model's replies, the App's key.</summary>
public sealed class SoakPlace : IAsyncLifetime
{
    /// <summary>The code of <c>acme/demo</c>. Its checks run on GitHub only.</summary>
    public static readonly (string Path, string? Text)[] Files =
    [
        ("greet.sh", "greet() {\n  echo \"Helo, $1\"\n}\n"),
        (".github/taskbot/project.yml", "languages: [shell]\nattempts: 3\nlabels:\n  taskbot:\n    task: taskbot:core/change\n    select: { verify: ci }\n"),
    ];

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-soak-");

    internal string RepositoryPath => Path.Combine(folder.FullName, "demo.git");

    internal string RepliesPath => Path.Combine(folder.FullName, "replies.json");

    internal string PrivateKey { get; private set; } = "";

    internal CommitId Base { get; private set; }

    public async Task InitializeAsync()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        PrivateKey = key.ExportRSAPrivateKeyPem();
        await using var git = await GitRepository.CreateBareAsync(RepositoryPath, default);
        var tree = await git.WriteTreeAsync(
            await git.EmptyTreeAsync(default), [.. Files.Select(file => new FileChange(file.Path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file.Text!))))], default);
        var who = new CommitSignature("Mona", "mona@localhost", DateTimeOffset.UnixEpoch);
        Base = await git.CommitAsync(new CommitDraft(tree, [], who, who, "Greet people"), default);
        await git.Refs.UpdateAsync("refs/heads/main", Base, null, default);
        await File.WriteAllTextAsync(RepliesPath, new JsonObject
        {
            ["replies"] = new JsonArray(
                Reply("llm.edit", Edit("Hello", "!"), "exclamation mark"),
                Reply("llm.edit", Edit("Hello"), "with two l"),
                Reply("llm.edit", Edit("Hallo")),
                Reply("llm.refine", Refinement("Spell the greeting with two l and an e, and end it with an exclamation mark.", "The end was not named."), "exclamation mark"),
                Reply("llm.refine", Refinement("Spell the greeting with two l and an e: Hello.", "The spelling was not named."))),
        }.ToJsonString());
    }

    public Task DisposeAsync()
    {
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    static string Edit(string word, string end = "") => $"SUMMARY: Spells the greeting.\n\ngreet.sh\n<<<<<<< SEARCH\n  echo \"Helo, $1\"\n=======\n  echo \"{word}, $1{end}\"\n>>>>>>> REPLACE\n";

    static string Refinement(string description, string summary) => new JsonObject
    {
        ["description"] = description,
        ["notes"] = new JsonArray("Hallo was wrong."),
        ["summary"] = summary,
        ["question"] = null,
    }.ToJsonString();

    static JsonObject Reply(string prompt, string reply, params string[] contains) => new()
    {
        ["when"] = new JsonObject { ["prompt"] = prompt, ["contains"] = new JsonArray([.. contains.Select(text => JsonValue.Create(text))]) },
        ["reply"] = reply,
    };
}
