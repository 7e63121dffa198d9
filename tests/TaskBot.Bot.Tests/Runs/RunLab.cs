using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tests.Learning;
using TaskBot.Bot.Tests.Schedules;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Results;
using TaskBot.Engine.Scheduling;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Values;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Models.Recordings;
using TaskBot.Testing;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>
/// The whole way of a run on a local forge: a small repository whose <c>add</c> subtracts, real git, real shell tests, stores in memory, and
/// scripted replies for a model.
/// </summary>
public sealed partial class RunLab : IAsyncDisposable
{
    public const string Wrong = "add() { echo $(($1 - $2)); }";

    /// <summary>An edit that makes <c>add</c> right.</summary>
    public static string Fix => Edit("+");

    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-runs-");
    readonly List<TaskValue> replies = [];
    readonly CommandRunner commands = new(TimeProvider.System);
    readonly CodeSearch search = new();
    readonly InMemoryResultCache results = new();
    readonly InMemoryJournal journal = new();
    readonly EffectOutbox outbox = new(new InMemoryOutboxStore(TimeProvider.System), TimeProvider.System);
    readonly InMemoryLedgerStore ledger = new();
    ServiceProvider? models;
    BotStores? stores;
    RunCoordinator? coordinator;
    RunReplay? replay;
    ProjectSource? projects;
    IForge? seen;
    int triggers;

    RunLab() => Forge = new LocalForge(Path.Combine(place.FullName, "forge"), TimeProvider.System);

    public RepositoryName Repository { get; } = new("acme", "calculator");

    public LocalForge Forge { get; }

    public MemoryRunStore Runs { get; } = new();

    /// <summary>More configuration, over the lab's own.</summary>
    public IDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    public MemoryPreferenceStore Preferences { get; } = new();

    public MemoryPatternStore Patterns { get; } = new();

    PatternMemory Memory => new(Patterns, TimeProvider.System);

    RunLearner Learner => new(Memory, Preferences);

    public FeedbackReader Feedback => new(Seen, Forge, Runs, Gate, Learner, NullLogger<FeedbackReader>.Instance);

    public RunFeed Feed { get; } = new();

    public bool WaitForChecks { get; init; } = true;

    public GitRepository Git { get; private set; } = null!;

    public RunCoordinator Coordinator => coordinator ??= CreateCoordinator(Seen, Runs, WaitForChecks);

    /// <summary>Publishes sealed results on the forge itself, as a process of its own that knows only these runs.</summary>
    public SealedPublisher PublisherOver(MemoryRunStore runs, bool waitForChecks) => new(
        Forge, Forge, new RunGate(Forge, new ProjectSource(Forge, Forge)), CreateCoordinator(Forge, runs, waitForChecks), new RunReporter(Forge, runs, Places, Feed, NullLogger<RunReporter>.Instance),
        new EffectOutbox(new InMemoryOutboxStore(TimeProvider.System), TimeProvider.System), NullLogger<SealedPublisher>.Instance);

    /// <summary>The clock of everything but the engine.</summary>
    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch);

    /// <summary>The forge that the bot sees: the local one, or something in front of it.</summary>
    public Func<LocalForge, IForge> SeenAs { get; init; } = forge => forge;

    public IForge Seen => seen ??= SeenAs(Forge);

    ProjectSource Projects => projects ??= new(Seen, Forge);

    RunGate Gate => new(Seen, Projects);

    public RunStarter Starter => new(Seen, Forge, Runs, Gate, Control, Reporter, Feed, Time);

    public MemoryScheduleStore Schedules { get; } = new();

    public RunSchedule Schedule => new(Schedules, Projects, new ScheduledTaskStarter(Seen, Starter), Time, NullLogger<RunSchedule>.Instance);

    public RunReporter Reporter => new(Seen, Runs, Places, Feed, NullLogger<RunReporter>.Instance);

    public RunControl Control => new(Runs, Reporter, Feed);

    public ChecksJudge Judge => new(Seen, Time);

    public RunViewer Viewer => new(Forge, journal, results);

    public static Task<RunLab> CreateAsync(params (string Path, string Text)[] files) => CreateAsync(waitForChecks: true, files);

    public static Task<RunLab> CreateAsync(bool waitForChecks, params (string Path, string Text)[] files) => CreateAsync(new RunLab { WaitForChecks = waitForChecks }, files);

    /// <summary>A lab whose forge is seen through something of the test's.</summary>
    public static Task<RunLab> CreateAsync(Func<LocalForge, IForge> seenAs, params (string Path, string Text)[] files) => CreateAsync(new RunLab { SeenAs = seenAs }, files);

    static async Task<RunLab> CreateAsync(RunLab lab, (string Path, string Text)[] files)
    {
        var folder = Path.Combine(lab.place.FullName, "repository.git");
        lab.Git = await GitRepository.CreateBareAsync(folder, default);
        await lab.CommitAsync(
            "main",
            new (string Path, string Text)[]
            {
                ("calc.sh", Wrong + "\n"),
                ("test.sh", ". ./calc.sh\necho 1..1\nif [ \"$(add 1 2)\" = 3 ]; then echo 'ok 1 - adds'; else echo \"not ok 1 - adds\"; echo \"# expected 3, got $(add 1 2)\"; exit 1; fi\n"),
                (".github/taskbot/project.yml", "test: sh test.sh\nlanguages: [shell]\n"),
            }.ExceptBy(files.Select(file => file.Path), file => file.Path).Concat(files).ToArray());
        await lab.Forge.AddRepositoryAsync(
            lab.Repository, folder, "main", ci: null, new Dictionary<string, Permission> { ["ada"] = Permission.Write, ["eve"] = Permission.Read }, default);
        return lab;
    }

    /// <summary>What the model is told to write: <c>add</c> with this operator.</summary>
    public static string Edit(string @operator) => $"SUMMARY: add adds.\ncalc.sh\n<<<<<<< SEARCH\n{Wrong}\n=======\nadd() {{ echo $(($1 {@operator} $2)); }}\n>>>>>>> REPLACE\n";

    /// <summary>A reply to requests of a prompt that hold these texts; the first that fits is given.</summary>
    public void Reply(string prompt, string reply, params string[] contains) => replies.Add(TaskValue.MapOf(
        ("when", TaskValue.MapOf(("prompt", prompt), ("contains", TaskValue.ListOf(contains.Select(TaskValue.FromString))))), ("reply", reply)));

    public void Refine(string description, string? question = null) => Reply("llm.refine", new JsonObject
    {
        ["description"] = description,
        ["notes"] = new JsonArray("Subtracting was wrong."),
        ["summary"] = "The operator was not named.",
        ["question"] = question,
    }.ToJsonString());

    public void Fail(string kind) => replies.Add(TaskValue.MapOf(("error", kind)));

    /// <summary>Puts a commit with these files on a branch, on top of what is there.</summary>
    public Task<CommitId> CommitAsync(string branch, params (string Path, string Text)[] files) => CommitAsync(Git, branch, files);

    /// <summary>Says what the organisation's project file says from now on.</summary>
    public async Task SayForOrganisationAsync(string project)
    {
        var folder = Path.Combine(place.FullName, "organisation.git");
        await using var git = Directory.Exists(folder) ? await GitRepository.OpenAsync(folder, default) : await GitRepository.CreateBareAsync(folder, default);
        await CommitAsync(git, "main", [(".github/taskbot/project.yml", project)]);
        await Forge.AddRepositoryAsync(new(Repository.Owner, ".github"), folder, "main", ci: null, new Dictionary<string, Permission>(), default);
    }

    static async Task<CommitId> CommitAsync(GitRepository git, string branch, (string Path, string Text)[] files)
    {
        var head = await git.Refs.ResolveAsync($"refs/heads/{branch}", default);
        var tree = await git.WriteTreeAsync(
            head is { } known ? await git.TreeOfAsync(known, default) : await git.EmptyTreeAsync(default),
            [.. files.Select(file => new FileChange(file.Path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file.Text))))], default);
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        var commit = await git.CommitAsync(new CommitDraft(tree, head is { } parent ? [parent] : [], who, who, "Work"), default);
        (await git.Refs.UpdateAsync($"refs/heads/{branch}", commit, head, default)).ShouldBeOfType<RefUpdate.Done>();
        return commit;
    }

    public async Task<RunRecord> StartAsync(string title = "add is wrong", string body = "1 + 2 should be 3.", params string[] labels)
    {
        var number = await Forge.AddIssueAsync(Repository, title, body, "eve", labels, default);
        return (await StartAsync(number, "ada")).ShouldBeOfType<RunStart.Started>().Run;
    }

    /// <summary>A run of a task that is named when asking.</summary>
    public async Task<RunRecord> StartAsync(string title, string body, TaskWish wish) =>
        (await StartAsync(await Forge.AddIssueAsync(Repository, title, body, "eve", [], default), "ada", wish)).ShouldBeOfType<RunStart.Started>().Run;

    public async Task<RunStart> StartAsync(int issue, string by, TaskWish? wish = null) =>
        await Starter.StartAsync(Repository, await Forge.GetIssueAsync(Repository, issue, default), new RunTrigger($"trigger-{++triggers}", by) { Wish = wish }, default);

    public Task<RunRecord> AdvanceAsync(RunRecord run) => Coordinator.AdvanceAsync(run, default);

    public async Task<RunRecord> StartAndAdvanceAsync(params string[] labels) => await AdvanceAsync(await StartAsync(labels: labels));

    /// <summary>What the journal of a run says in words.</summary>
    public async Task<IReadOnlyList<string>> JournalAsync(RunRecord run) => await journal.ReadAsync(run.Id, default).Select(record => record.Message ?? "").ToListAsync();

    /// <summary>Plays a run again, as far as it has come.</summary>
    public Task<ReplayResult> ReplayAsync(RunRecord run) => replay!.PlayAsync(run, [], default);

    /// <summary>A check of someone else answers, and the run goes as far as it can.</summary>
    public async Task<RunRecord> CheckAsync(RunRecord run, string conclusion, string log)
    {
        await Forge.PutCheckAsync(Repository, new CommitId(run.HeadSha!), new CheckReport("build", conclusion, conclusion, log), default);
        return await AdvanceAsync(await Coordinator.LookAtChecksAsync(run, default));
    }

    /// <summary>A comment as the forge would tell of it.</summary>
    /// <param name="edited">The id of a comment that was there; null for a new one.</param>
    /// <param name="type">The type of account that writes.</param>
    public async Task<RunRecord> SayAsync(RunRecord run, string login, string comment, int? edited = null, string type = "User", string? author = null)
    {
        LastComment = edited ?? ++triggers;
        await SayAsync(run.Issue, isPullRequest: false, login, comment, edited is not null, type, author);
        return (await Runs.FindByIssueAsync(run.Repository, run.Issue, default))!;
    }

    /// <summary>A comment on any number.</summary>
    public async Task SayAsync(int number, bool isPullRequest, string login, string comment, bool isEdit = false, string type = "User", string? author = null)
    {
        if (!isEdit) LastComment = ++triggers;
        var issue = isPullRequest ? new ForgeIssue(number, "A change", "", "eve", [], IsOpen: true, "") : await Forge.GetIssueAsync(Repository, number, default);
        var body = IssueOf(number, issue);
        if (isPullRequest) body["pull_request"] = new JsonObject();
        await TellAsync("issue_comment", new JsonObject
        {
            ["action"] = isEdit ? "edited" : "created",
            ["issue"] = body,
            ["comment"] = new JsonObject { ["id"] = LastComment, ["body"] = comment, ["user"] = User(author ?? login) },
            ["sender"] = User(login, type),
        });
    }

    /// <summary>The id of the newest comment.</summary>
    public int LastComment { get; private set; }

    /// <summary>An event as the forge would tell of it.</summary>
    public Task TellAsync(string name, JsonObject body)
    {
        body["repository"] ??= LocatedIn(Repository);
        return Dispatcher.HandleAsync(Delivery($"delivery-{++triggers}", name, body), default);
    }

    /// <summary>An event of a run's issue.</summary>
    public async Task<RunRecord> IssueAsync(RunRecord run, string action, string login, string? assignee = null)
    {
        await TellAsync("issues", new JsonObject
        {
            ["action"] = action,
            ["issue"] = IssueOf(run.Issue, run.Request),
            ["assignee"] = assignee is null ? null : User(assignee),
            ["sender"] = User(login),
        });
        return (await Runs.FindAsync(run.Id, default))!;
    }

    /// <summary>An event of a run's pull request.</summary>
    public async Task<RunRecord> PullAsync(RunRecord run, string action, string login, string? head = null, bool merged = false)
    {
        await TellAsync("pull_request", new JsonObject
        {
            ["action"] = action,
            ["number"] = run.PullRequest,
            ["pull_request"] = PullOf(run, head, merged),
            ["sender"] = User(login),
        });
        return (await Runs.FindAsync(run.Id, default))!;
    }

    /// <summary>A review of a run's pull request, with the comments that it has.</summary>
    public async Task<(RunRecord Run, int Review)> ReviewAsync(RunRecord run, string login, string state, string body, params ReviewRemark[] remarks)
    {
        var review = await new LocalReviews(Forge).AddAsync(Repository, run.PullRequest!.Value, login, state, body, remarks, default);
        await TellAsync("pull_request_review", new JsonObject
        {
            ["action"] = "submitted",
            ["review"] = new JsonObject { ["id"] = review, ["state"] = state, ["body"] = body, ["user"] = User(login) },
            ["pull_request"] = PullOf(run, head: null, merged: false),
            ["sender"] = User(login),
        });
        return ((await Runs.FindAsync(run.Id, default))!, review);
    }

    /// <summary>A label as the forge would tell of it.</summary>
    public async Task<Delivery> LabeledAsync(int issue, string label, string by, string id) => Delivery(id, "issues", new JsonObject
    {
        ["action"] = "labeled",
        ["issue"] = IssueOf(issue, await Forge.GetIssueAsync(Repository, issue, default)),
        ["label"] = new JsonObject { ["id"] = 1, ["name"] = label },
        ["repository"] = LocatedIn(Repository),
        ["sender"] = User(by),
    });

    /// <summary>An assignment as the forge would tell of it.</summary>
    public async Task<Delivery> AssignedAsync(int issue, string assignee, string by, string id) => Delivery(id, "issues", new JsonObject
    {
        ["action"] = "assigned",
        ["issue"] = IssueOf(issue, await Forge.GetIssueAsync(Repository, issue, default)),
        ["assignee"] = User(assignee),
        ["repository"] = LocatedIn(Repository),
        ["sender"] = User(by),
    });

    public VerbTable Verbs => new(
    [
        new ApproveVerb(Control, Viewer), new AskVerb(Starter), new BudgetVerb(Control), new CancelVerb(Control), new ExplainVerb(Viewer), new FindVerb(Forge, search),
        new MentionVerb(Control, Starter), new ModelVerb(Control), new PlanVerb(Seen, Starter, Time), new RefineVerb(Control), new ResumeVerb(Seen, Forge, Control),
        new RetryVerb(Control, Judge, Time), new ReviewVerb(Seen, Starter), new RunVerb(Seen, Starter, Time), new StatusVerb(Places), new WhyVerb(Viewer),
    ]);

    public EventDispatcher Dispatcher => new(
        new IssueLabeledHandler(Seen, Projects, Starter, Time, NullLogger<IssueLabeledHandler>.Instance), new IssueEndedHandler(Seen, Runs, Control),
        new CommentHandler(Seen, Runs, Gate, Projects, Verbs, outbox, NullLogger<CommentHandler>.Instance), new PullRequestHandler(Seen, Runs, Control, Reporter, Learner, Feedback),
        new ReviewHandler(Seen, Runs, Gate, Control, Feedback), new ChecksHandler(Runs, Coordinator), new DispatchedRunHandler(Dispatches, Endings), new RepositoryHandler(Runs, Control, Schedule), NullLogger<EventDispatcher>.Instance);

    /// <summary>How we reacted to a comment.</summary>
    public async Task<string> ReactionsAsync(int issue, int comment, string kind = "comment")
    {
        var path = Path.Combine(Forge.Root, "acme", "calculator", "reactions", $"{kind}-{issue}-{comment}.md");
        return File.Exists(path) ? string.Join(' ', (await File.ReadAllLinesAsync(path)).Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..])) : "";
    }

    /// <summary>The texts of a pull request's threads, ours too, with whether each thread is resolved.</summary>
    public async Task<string[]> ThreadsAsync(int pull)
    {
        var folder = Path.Combine(Forge.Root, "acme", "calculator", "threads", $"{pull}");
        return Directory.Exists(folder) ? await Task.WhenAll(Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(path => File.ReadAllTextAsync(path))) : [];
    }

    public async Task<string> CommentAsync(RunRecord run, string marker = TrackingComment.Marker)
    {
        var folder = Path.Combine(Forge.Root, "acme", "calculator", "comments", $"{run.Issue}");
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
            if (await File.ReadAllTextAsync(path) is var text && text.Contains(marker, StringComparison.Ordinal)) return text;
        return "";
    }

    public async Task<string?> FileAsync(string branch, string path)
    {
        if (await Git.Refs.ResolveAsync($"refs/heads/{branch}", default) is not { } head) return null;
        return await Git.Tree(await Git.TreeOfAsync(head, default)).ReadAsync(path, default) is { } file ? Encoding.UTF8.GetString(file.Content.Span) : null;
    }

    /// <summary>Plays every run of the test again, as far as it came, and takes the lab down: whatever a test is about, its runs can be replayed.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var run in await Runs.ListAsync(int.MaxValue, default))
                if (!run.Attempts.IsEmpty) (await ReplayAsync(run)).ShouldBeTheSame(run);
        }
        finally
        {
            await EndAsync();
        }
    }

    async Task EndAsync()
    {
        if (models is not null) await models.DisposeAsync();
        tokens?.Dispose();
        if (Issuer is not null) await Issuer.DisposeAsync();
        commands.Dispose();
        search.Dispose();
        Forge.Dispose();
        await Git.DisposeAsync();
        place.Delete(recursive: true);
    }

    static Delivery Delivery(string id, string name, JsonObject body) => new(id, name, Encoding.UTF8.GetBytes(body.ToJsonString()), DateTimeOffset.UnixEpoch);

    static JsonObject LocatedIn(RepositoryName repository) =>
        new() { ["id"] = 1, ["name"] = repository.Name, ["full_name"] = repository.ToString(), ["owner"] = User(repository.Owner) };

    static JsonObject IssueOf(int number, ForgeIssue issue) => new()
    {
        ["id"] = number,
        ["number"] = number,
        ["title"] = issue.Title,
        ["body"] = issue.Body,
        ["state"] = "open",
        ["user"] = User(issue.Author),
        ["labels"] = new JsonArray([.. issue.Labels.Select(label => new JsonObject { ["id"] = 1, ["name"] = label })]),
        ["html_url"] = "http://localhost/issue",
    };

    static JsonObject PullOf(RunRecord run, string? head, bool merged) => new()
    {
        ["id"] = run.PullRequest,
        ["number"] = run.PullRequest,
        ["title"] = "A change",
        ["merged"] = merged,
        ["head"] = new JsonObject { ["ref"] = run.Branch, ["sha"] = head ?? run.HeadSha },
        ["base"] = new JsonObject { ["ref"] = run.BaseBranch, ["sha"] = run.BaseCommit },
    };

    static JsonObject User(string login, string type = "User") =>
        new() { ["id"] = login.Aggregate(7L, (sum, character) => (sum * 31 + character) % 1_000_000_007), ["login"] = login, ["type"] = type };

    RunCoordinator CreateCoordinator(IForge forge, MemoryRunStore runs, bool waitForChecks)
    {
        models ??= CreateModels(ledger);
        var runner = CreateRunner(forge, models, Stores, outbox);
        replay ??= CreateReplay(models);
        var actions = new ActionsExecutor(forge, runner, Dispatches, Endings, Stores, Accounts, outbox, Feed, Options.Create(Dispatch), Time, NullLogger<ActionsExecutor>.Instance);
        var reporter = new RunReporter(forge, runs, Places, Feed, NullLogger<RunReporter>.Instance);
        return new RunCoordinator(
            forge, Forge, new GraphExecutors(runner, actions, Options.Create(Dispatch)), runner, reporter, new ChecksJudge(forge, Time), new RunChoices(new OptionChooser(Preferences), models.GetRequiredService<ModelRouter>()), Learner,
            new BotOptions { WaitForChecks = waitForChecks }, NullLogger<RunCoordinator>.Instance);
    }

    RunReplay CreateReplay(ServiceProvider services)
    {
        var router = services.GetRequiredService<ModelRouter>();
        return new(
            Forge, new RunScopeFactory(Forge, router, AgentsOf(services), commands, search), Stores, router, Accounts, services.GetRequiredService<SecretRedaction>(), Hasty, TimeProvider.System, NullLoggerFactory.Instance);
    }

    static AgentTools AgentsOf(ServiceProvider services) => ActivatorUtilities.CreateInstance<AgentTools>(services);

    static RunnerOptions Hasty { get; } = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(1) };

    BotStores Stores => stores ??= new(results, journal, new InMemoryDurationStore(), ledger);

    RunAccounts Accounts => new((models ??= CreateModels(ledger)).GetRequiredService<IOptions<BudgetOptions>>(), TimeProvider.System);

    ServiceProvider CreateModels(ILedgerStore kept, params (string Key, string? Value)[] more)
    {
        var file = Path.Combine(place.FullName, "replies.json");
        File.WriteAllText(file, TaskValue.MapOf(("replies", TaskValue.ListOf(replies))).ToJson());
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Models:Model"] = "played@scripted",
            ["Models:Providers:scripted:Kind"] = "Scripted",
            ["Models:Providers:scripted:File"] = file,
            ["Models:Retry:Retries"] = "0",
        };
        foreach (var (key, value) in Settings.Select(setting => (setting.Key, setting.Value)).Concat(more)) settings[key] = value;
        return new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSingleton(kept)
            .AddTaskBotModels(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .BuildServiceProvider();
    }

    AttemptRunner CreateRunner(IForge forge, ServiceProvider services, BotStores kept, EffectOutbox effects)
    {
        var scopes = new RunScopeFactory(forge, services.GetRequiredService<ModelRouter>(), AgentsOf(services), commands, search);
        return new AttemptRunner(
            scopes, kept, Memory, new RunAccounts(services.GetRequiredService<IOptions<BudgetOptions>>(), TimeProvider.System), new ResourcePool(Hasty, TimeProvider.System), effects, Feed,
            Hasty, TimeProvider.System, NullLoggerFactory.Instance);
    }
}
