using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Results;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Values;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>
/// The whole way of a run on a local forge: a small repository whose <c>add</c> subtracts, real git, real shell tests, stores in memory, and
/// scripted replies for a model.
/// </summary>
public sealed class RunLab : IAsyncDisposable
{
    public const string Wrong = "add() { echo $(($1 - $2)); }";

    /// <summary>An edit that makes <c>add</c> right.</summary>
    public static string Fix => Edit("+");

    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-runs-");
    readonly List<TaskValue> replies = [];
    readonly CommandRunner commands = new(TimeProvider.System);
    readonly CodeSearch search = new();
    ServiceProvider? models;
    RunCoordinator? coordinator;
    int triggers;

    RunLab() => Forge = new LocalForge(Path.Combine(place.FullName, "forge"), TimeProvider.System);

    public RepositoryName Repository { get; } = new("acme", "calculator");

    public LocalForge Forge { get; }

    public MemoryRunStore Runs { get; } = new();

    public RunFeed Feed { get; } = new();

    public bool WaitForChecks { get; init; } = true;

    public GitRepository Git { get; private set; } = null!;

    public RunCoordinator Coordinator => coordinator ??= CreateCoordinator();

    public RunStarter Starter => new(Forge, Forge, Runs, Feed, TimeProvider.System);

    public static Task<RunLab> CreateAsync(params (string Path, string Text)[] files) => CreateAsync(waitForChecks: true, files);

    public static async Task<RunLab> CreateAsync(bool waitForChecks, params (string Path, string Text)[] files)
    {
        var lab = new RunLab { WaitForChecks = waitForChecks };
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
    public async Task<CommitId> CommitAsync(string branch, params (string Path, string Text)[] files)
    {
        var head = await Git.Refs.ResolveAsync($"refs/heads/{branch}", default);
        var tree = await Git.WriteTreeAsync(
            head is { } known ? await Git.TreeOfAsync(known, default) : await Git.EmptyTreeAsync(default),
            [.. files.Select(file => new FileChange(file.Path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file.Text))))], default);
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        var commit = await Git.CommitAsync(new CommitDraft(tree, head is { } parent ? [parent] : [], who, who, "Work"), default);
        (await Git.Refs.UpdateAsync($"refs/heads/{branch}", commit, head, default)).ShouldBeOfType<RefUpdate.Done>();
        return commit;
    }

    public async Task<RunRecord> StartAsync(string title = "add is wrong", string body = "1 + 2 should be 3.", params string[] labels)
    {
        var number = await Forge.AddIssueAsync(Repository, title, body, "eve", labels, default);
        return (await StartAsync(number, "ada")).ShouldBeOfType<RunStart.Started>().Run;
    }

    public async Task<RunStart> StartAsync(int issue, string by) =>
        await Starter.StartAsync(Repository, await Forge.GetIssueAsync(Repository, issue, default), by, $"trigger-{++triggers}", baseBranch: null, default);

    public Task<RunRecord> AdvanceAsync(RunRecord run) => Coordinator.AdvanceAsync(run, default);

    public async Task<RunRecord> StartAndAdvanceAsync(params string[] labels) => await AdvanceAsync(await StartAsync(labels: labels));

    /// <summary>A check of someone else answers, and the run goes as far as it can.</summary>
    public async Task<RunRecord> CheckAsync(RunRecord run, string conclusion, string log)
    {
        await Forge.PutCheckAsync(Repository, new CommitId(run.HeadSha!), new CheckReport("build", conclusion, conclusion, log), default);
        return await AdvanceAsync(await Coordinator.LookAtChecksAsync(run, default));
    }

    /// <summary>A comment as the forge would tell of it.</summary>
    public async Task<RunRecord> SayAsync(RunRecord run, string login, string comment)
    {
        var body = new JsonObject
        {
            ["action"] = "created",
            ["issue"] = IssueOf(run.Issue, run.Request),
            ["comment"] = new JsonObject { ["id"] = ++triggers, ["body"] = comment, ["user"] = User(login) },
            ["repository"] = LocatedIn(Repository),
            ["sender"] = User(login),
        };
        await Dispatcher.HandleAsync(Delivery($"delivery-{triggers}", "issue_comment", body), default);
        return (await Runs.FindByIssueAsync(run.Repository, run.Issue, default))!;
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

    public EventDispatcher Dispatcher => new(
        new IssueLabeledHandler(Forge, Forge, Starter, NullLogger<IssueLabeledHandler>.Instance), new IssueCommentHandler(Forge, Runs, Starter),
        new ChecksHandler(Runs, Coordinator), NullLogger<EventDispatcher>.Instance);

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

    public async ValueTask DisposeAsync()
    {
        if (models is not null) await models.DisposeAsync();
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

    static JsonObject User(string login) => new() { ["id"] = login.Length, ["login"] = login, ["type"] = "User" };

    RunCoordinator CreateCoordinator()
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
        var ledger = new InMemoryLedgerStore();
        models = new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSingleton<ILedgerStore>(ledger)
            .AddTaskBotModels(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .BuildServiceProvider();
        var stores = new BotStores(new InMemoryResultCache(), new InMemoryJournal(), new MemoryOutboxStore(), ledger);
        return new RunCoordinator(
            Runs, Forge, Forge, stores, models.GetRequiredService<ModelRouter>(),
            new RunAccounts(models.GetRequiredService<IOptions<BudgetOptions>>(), TimeProvider.System), commands, search, Feed, new BotOptions { WaitForChecks = WaitForChecks },
            new RunnerOptions { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, NullLoggerFactory.Instance);
    }
}
