using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.GitHub;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;
using TaskBot.Hosting;
using TaskBot.Models.Ledger;
using TaskBot.Terminal;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot graph run</c>: runs a task file as it is, without an issue and without GitHub.</summary>
static class GraphCommand
{
    public static Command Create() => new("graph", "Runs graphs without an issue.") { CreateRun() };

    /// <summary>What was typed.</summary>
    sealed record Settings(string File, string? Task, string[] Select, DirectoryInfo? Repository, DirectoryInfo Cache, int Jobs, string? Model, bool DryRun, bool Json);

    static Command CreateRun()
    {
        var file = new Argument<string>("file") { Description = "A task file (.task.yml), or a built-in task such as taskbot:core/fix-bug." };
        var task = new Option<string?>("--task") { Description = "The task's path, such as /fix-bug. Default: the file's 'default'." };
        var select = new Option<string[]>("--select") { Description = "Choose a variant: SET=NAME. May be given more than once.", DefaultValueFactory = _ => [] };
        var repository = new Option<DirectoryInfo?>("--repo") { Description = "A git repository: its last commit's tree becomes the task's 'tree'. Default: an empty tree." };
        var cache = new Option<DirectoryInfo>("--cache") { Description = "Where results and the local forge are kept.", DefaultValueFactory = _ => new DirectoryInfo(".taskbot") };
        var jobs = new Option<int>("--jobs") { Description = "Nodes that run at the same time.", DefaultValueFactory = _ => new RunnerOptions().Jobs };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--jobs takes a number from 1.");
        });
        var model = new Option<string?>("--model") { Description = "One model for every node: NAME or NAME@PROVIDER. Default: the configured profiles." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Compose and check the graph, and run nothing." };
        var json = new Option<bool>("--json") { Description = "Print the counts as one line of JSON, last; the story goes to standard error." };
        var command = new Command(
            "run",
            "Runs a task's graph to its end. What ran before with the same inputs is taken from the cache. Exit 0: the task succeeded. Exit 1: it did not. Exit 2: the "
            + "graph has mistakes, all of them listed with file and line.")
        { file, task, select, repository, cache, jobs, model, dryRun, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Settings(
                parsed.GetValue(file)!, parsed.GetValue(task), parsed.GetValue(select)!, parsed.GetValue(repository), parsed.GetValue(cache)!, parsed.GetValue(jobs),
                parsed.GetValue(model), parsed.GetValue(dryRun), parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    static async Task<int> RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        Directory.CreateDirectory(settings.Cache.FullName);
        await using var git = await OpenAsync(settings, cancellationToken);
        var head = await git.Refs.HeadAsync(cancellationToken);
        var tree = head is { } commit ? await git.TreeOfAsync(commit, cancellationToken) : await git.EmptyTreeAsync(cancellationToken);
        var first = Compose(settings, tree, []);
        foreach (var problem in first.Problems) Console.Error.WriteLine(problem);
        if (first.Graph is not { } graph) return ExitCode.WrongInput;
        var leaves = graph.Nodes.Values.Count(node => !node.IsBranch);
        if (settings.DryRun)
        {
            if (settings.Json) Console.Out.WriteLine(new GraphSummary(leaves, 0, 0, 0, 0, "not_run", Milliseconds(time, started), Milliseconds(time, started)).ToJson());
            else Console.Out.WriteLine($"{graph.Root} composes to {leaves} nodes; nothing was run.");
            return ExitCode.Success;
        }

        var loaded = Milliseconds(time, started);
        var (result, story) = await RunAsync(settings, git, head, tree, graph, cancellationToken);
        var summary = GraphSummary.Of(result, loaded, Milliseconds(time, started));
        if (settings.Json) Console.Out.WriteLine(summary.ToJson());
        else story.Say($"{summary.Outcome}: {summary.Executed} executed, {summary.Cached} from the cache, {summary.Skipped} skipped, {summary.Failed} failed.");
        foreach (var problem in result.Problems) Console.Error.WriteLine(problem);
        return result.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded ? ExitCode.Success : ExitCode.WorkFailed;
    }

    static async Task<(RunResult Result, StoryTeller Story)> RunAsync(
        Settings settings, GitRepository git, CommitId? head, TreeId tree, TaskGraph graph, CancellationToken cancellationToken)
    {
        var story = new StoryTeller(TimeProvider.System, settings.Json);
        using var forge = new LocalForge(Path.Combine(settings.Cache.FullName, "forge"), TimeProvider.System);
        var name = new RepositoryName("local", "graph");
        await forge.AddRepositoryAsync(name, git.GitPlace, "main", ci: null, new Dictionary<string, Permission>(), cancellationToken);
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(
            builder.Configuration,
            new Dictionary<string, string?>(ModelChoice.Configured(settings.Model).Settings) { ["Database:ConnectionString"] = Path.Combine(settings.Cache.FullName, "taskbot.db") });
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration).AddLocalForge(forge);
        using var host = builder.Build();
        var services = host.Services;
        var prompts = await BuiltInPrompts.ReadAsync(git.Tree(tree), cancellationToken);
        var run = RecordOf(settings, name, head, tree);
        using var checkouts = new CheckoutPool(git, settings.Jobs);
        var stores = services.GetRequiredService<BotStores>();
        var project = (await ProjectReader.ReadAsync(git.Tree(tree), cancellationToken)).Project;
        var scope = services.GetRequiredService<RunScopeFactory>().Create(run, git, checkouts, project, prompts.Library, LedgerScope.Unlimited.Enter(BudgetLevel.Run, run.Id.Value));
        var runner = new GraphRunner(
            NodeTypes.Create(scope), stores.Results, stores.Journal, new RunnerOptions { Jobs = settings.Jobs }, TimeProvider.System,
            services.GetRequiredService<ILogger<GraphRunner>>());
        var request = new RunRequest(run.Id, 1, graph, written =>
        {
            var composition = Compose(settings, tree, written);
            return (composition.Graph, composition.Problems);
        });
        var feed = services.GetRequiredService<RunFeed>();
        using var told = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = story.FollowAsync(feed.WatchAsync(told.Token), news => news is RunNews.Told, told.Token);
        var result = await runner.RunAsync(request, new FeedWatcher(feed), cancellationToken);
        feed.Publish(new RunNews.Told(run.Id, $"The graph ended: {RunSummary.Word(result.Outcome)}."));
        await telling;
        return (result, story);
    }

    static (TaskGraph? Graph, ImmutableArray<Graphs.Problems.Problem> Problems) Compose(Settings settings, TreeId tree, ImmutableArray<string> written)
    {
        var plain = TaskFiles.Compose(settings.File, settings.Task, settings.Select);
        if (plain.Task is not { } task) return (null, plain.Problems);
        TaskValue body = TaskValue.MapOf(("tree", tree.Value));
        TaskValue.Map over = TaskValue.MapOf((task.Name, body));
        for (var above = task.Parent; !above.IsRoot; above = above.Parent) over = TaskValue.MapOf((above.Name, TaskValue.MapOf(("over", over))));
        var layer = TaskLayer.Parse("command-line", TaskValue.MapOf(("taskbot", 1), ("over", over)).ToJson()).Layer;
        var session = written.Select((text, index) => TaskLayer.Parse($"plan-{index + 1}", text).Layer).Reverse().Append(layer).ToImmutableArray();
        var composition = TaskFiles.Compose(settings.File, task.ToString(), settings.Select, session);
        return (composition.Graph, composition.Problems);
    }

    static async Task<GitRepository> OpenAsync(Settings settings, CancellationToken cancellationToken)
    {
        if (settings.Repository is { } folder) return await GitRepository.OpenAsync(folder.FullName, cancellationToken);
        var own = Path.Combine(settings.Cache.FullName, "objects.git");
        return Directory.Exists(own) ? await GitRepository.OpenAsync(own, cancellationToken) : await GitRepository.CreateBareAsync(own, cancellationToken);
    }

    /// <summary>The same task on the same tree is the same run: started again, it goes on, and does no effect twice.</summary>
    static RunRecord RecordOf(Settings settings, RepositoryName name, CommitId? head, TreeId tree)
    {
        var text = string.Join('\n', [Path.GetFullPath(settings.File), settings.Task ?? "", .. settings.Select, tree.Value]);
        var issue = new ForgeIssue(0, $"Run of {settings.File}", "", "you", [], IsOpen: true, settings.File);
        return new RunRecord
        {
            Id = new RunId(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32]),
            TriggerKey = text,
            Repository = name.ToString(),
            Issue = 0,
            RequestedBy = "you",
            Request = issue,
            Stage = RunStage.Queued,
            BaseBranch = "main",
            BaseCommit = head?.Value ?? "",
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
    }

    static long Milliseconds(TimeProvider time, long started) => (long)time.GetElapsedTime(started).TotalMilliseconds;
}

/// <summary>How running a graph ended, as one line of JSON for a program.</summary>
sealed record GraphSummary(int Nodes, int Executed, int Cached, int Skipped, int Failed, string Outcome, long LoadMs, long ElapsedMs)
{
    public static GraphSummary Of(RunResult result, long loadMs, long elapsedMs)
    {
        var leaves = result.Nodes.Values.Where(node => !node.Node.IsBranch).ToList();
        return new(
            leaves.Count, result.NodesRun, result.NodesCached, leaves.Count(node => node.State == NodeState.Skipped), leaves.Count(node => node.State == NodeState.Failed),
            RunSummary.Word(result.Outcome), loadMs, elapsedMs);
    }

    public string ToJson() => JsonSerializer.Serialize(this, GraphJsonContext.Default.GraphSummary);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GraphSummary))]
sealed partial class GraphJsonContext : JsonSerializerContext;
