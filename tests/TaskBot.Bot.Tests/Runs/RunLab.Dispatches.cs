using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Dispatches;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Results;
using TaskBot.Engine.Scheduling;
using TaskBot.GitHub;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Repositories;
using TaskBot.Models.Ledger;
using TaskBot.Testing.Oidc;

namespace TaskBot.Bot.Tests.Runs;

/// <content>A server that gives its work to jobs, and the jobs.</content>
public sealed partial class RunLab
{
    /// <summary>The number of the lab's repository.</summary>
    public const long RepositoryId = 17;

    OidcTokenValidator? tokens;

    public MemoryDispatchStore Dispatches { get; } = new();

    public DispatchOptions Dispatch { get; init; } = new();

    public TestActions Jobs { get; } = new();

    /// <summary>Who signs the jobs' tokens; null where there are no jobs.</summary>
    public FakeOidcIssuer? Issuer { get; private set; }

    /// <summary>A lab whose server has no hands of its own.</summary>
    public static async Task<RunLab> CreateDispatchingAsync(Func<DispatchOptions, DispatchOptions>? with = null, params (string Path, string Text)[] files)
    {
        RunLab? lab = null;
        var options = new DispatchOptions { Executor = ExecutorKind.Actions, PublicUrl = new Uri("https://taskbot.example.com") };
        lab = new RunLab { SeenAs = SeenForge.With(("get_Actions", _ => lab!.Jobs)), Dispatch = with?.Invoke(options) ?? options };
        // No token is of the first second of all.
        lab.Time.Advance(TimeSpan.FromDays(20_000));
        lab.Issuer = await FakeOidcIssuer.StartAsync(lab.Time);
        return await CreateAsync(lab, files);
    }

    public RunnerDesk Desk
    {
        get
        {
            tokens ??= new(Options.Create(new GitHubOptions { OidcIssuer = new Uri(Issuer!.Url.AbsoluteUri.TrimEnd('/')) }), Time);
            return new(Dispatches, Runs, Forge, tokens, CreateRunner(Seen, models!, Stores, outbox), Stores, Accounts, Endings, Feed, Options.Create(Dispatch), Time, NullLogger<RunnerDesk>.Instance);
        }
    }

    DispatchEndings Endings => new(Seen, Dispatches, Runs, ledger, Feed, NullLogger<DispatchEndings>.Instance);

    /// <summary>Where its runs can be looked at.</summary>
    public RunPlaces Places => new(Seen, Dispatches, new BotOptions(), Options.Create(Dispatch));

    public DispatchClock Clock => new(Dispatches, Runs, Endings, Options.Create(Dispatch), Time, NullLogger<DispatchClock>.Instance);

    public BudgetAccount AccountOf(RunRecord run) => new(BudgetLevel.Run, run.Id.Value, CapUsd: null);

    public ILedgerStore Ledger => ledger;

    /// <summary>The newest dispatch of a run.</summary>
    public async Task<Dispatch> NewestAsync(RunRecord run) => (await Dispatches.ListAsync(run.Id, default))[^1];

    /// <summary>A job's token.</summary>
    public string TokenOf(long job, int attempt = 1, long repository = RepositoryId, string workflow = "taskbot-dispatched.yml@refs/heads/main") =>
        Issuer!.Sign(FakeOidcIssuer.Claims(repository, job, attempt, $"acme/calculator/.github/workflows/{workflow}"), Dispatch.Audience!);

    /// <summary>What a job does with an offer, with stores and a ledger of its own.</summary>
    public async Task<(SealedWork Work, RunnerStory Story)> WorkAsync(WorkOffer offer)
    {
        var story = new RunnerStory(offer.Run.Id.Value);
        await using var own = CreateModels(new ToldLedger(new InMemoryLedgerStore(), story), ("Budgets:RunUsd", offer.GrantedUsd?.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var kept = new BotStores(new InMemoryResultCache(), new InMemoryJournal(), new InMemoryDurationStore(), own.GetRequiredService<ILedgerStore>());
        var attempts = CreateRunner(Seen, own, kept, new EffectOutbox(new InMemoryOutboxStore(Time), Time));
        var work = await new DispatchedWork(Seen, Forge, attempts, kept).RunAsync(offer, story, default);
        return (work, story);
    }

    /// <summary>The whole of a job: it claims the newest dispatch of a run, works, tells and leaves its result; the run goes on.</summary>
    public async Task<RunRecord> JobAsync(RunRecord run)
    {
        var dispatch = await NewestAsync(run);
        var token = TokenOf(dispatch.ActionsRun ?? Jobs.Newest);
        var offer = (await Desk.ClaimAsync(dispatch.Id, token, default)).Value.ShouldNotBeNull();
        var (work, story) = await WorkAsync(offer);
        (await TellAsync(dispatch.Id, token, story.Peek(1000))).Result.ShouldBe(DeskResult.Accepted);
        (await LeaveAsync(dispatch.Id, token, work, story.Told)).Result.ShouldBe(DeskResult.Accepted);
        return await AdvanceAsync((await Runs.FindAsync(run.Id, default))!);
    }

    public Task<DeskAnswer<RunnerAnswer>> TellAsync(string dispatch, string token, IReadOnlyList<RunnerLine> lines) =>
        Desk.HearAsync(dispatch, token, _ => Task.FromResult<IReadOnlyList<RunnerLine>>([.. lines.Select(Travel)]), default);

    public Task<DeskAnswer<RunnerAnswer>> LeaveAsync(string dispatch, string token, SealedWork work, long told, byte[]? digest = null)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(work, DispatchJsonContext.Default.SealedWork);
        return Desk.AcceptAsync(dispatch, token, _ => Task.FromResult<ReadOnlyMemory<byte>>(bytes), digest ?? SHA256.HashData(bytes), told, default);
    }

    static RunnerLine Travel(RunnerLine line) =>
        JsonSerializer.Deserialize(JsonSerializer.Serialize(line, DispatchJsonContext.Default.RunnerLine), DispatchJsonContext.Default.RunnerLine)!;
}

/// <summary>Jobs of a forge in a test: they are started and stopped, and nothing happens by itself.</summary>
public sealed class TestActions : IForgeActions
{
    readonly List<(long Run, string Title)> started = [];

    /// <summary>False where a start does not say which run it made.</summary>
    public bool TellsRun { get; set; } = true;

    /// <summary>What a start ends in instead.</summary>
    public Exception? Refusal { get; set; }

    public IReadOnlyList<string> Started => [.. started.Select(run => run.Title)];

    public ImmutableArray<long> Cancelled { get; private set; } = [];

    public long Newest => started[^1].Run;

    public Task<(long Id, string DefaultBranch)> IdentifyAsync(RepositoryName repository, CancellationToken cancellationToken) => Task.FromResult((RunLab.RepositoryId, "main"));

    public Task<long?> StartAsync(RepositoryName repository, string workflow, string branch, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken)
    {
        if (Refusal is not null) return Task.FromException<long?>(Refusal);
        started.Add((4711 + started.Count, inputs["run"]));
        return Task.FromResult(TellsRun ? Newest : default(long?));
    }

    public Task<long?> FindAsync(RepositoryName repository, string title, CancellationToken cancellationToken) =>
        Task.FromResult(started.Where(run => run.Title == title).Select(run => (long?)run.Run).LastOrDefault());

    public string PageOf(RepositoryName repository, string workflow, long? run) => run is null ? $"https://github.test/{repository}/actions/workflows/{workflow}" : $"https://github.test/{repository}/actions/runs/{run}";

    public Task CancelAsync(RepositoryName repository, long run, CancellationToken cancellationToken)
    {
        Cancelled = Cancelled.Add(run);
        return Task.CompletedTask;
    }
}
