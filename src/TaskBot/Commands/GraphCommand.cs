using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Bot;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Builds;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.GitHub;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Layers;
using TaskBot.Hosting;
using TaskBot.Models.Ledger;
using TaskBot.Storage.Results;
using TaskBot.Terminal;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot graph run</c>: runs a task file as it is, without an issue and without GitHub.</summary>
static class GraphCommand
{
    const string NotRun = "not_run";

    /// <summary>Git's id of a tree without files.</summary>
    static readonly TreeId EmptyTree = new("4b825dc642cb6eb9a060e54bf8d69288fbee4904");

    public static Command Create() => new("graph", "Runs graphs without an issue.") { CreateRun(), ImportNinjaCommand.Create() };

    /// <summary>What was typed.</summary>
    sealed record Settings(string File, string? Task, string[] Select, string[] Set, DirectoryInfo? Repository, DirectoryInfo Cache, int Jobs, IReadOnlyDictionary<string, string?> Engine, string? Model, bool DryRun, bool Replay, bool Json);

    static Command CreateRun()
    {
        var file = new Argument<string>("file") { Description = "A task file (.task.yml), or a built-in task such as taskbot:core/fix-bug." };
        var task = new Option<string?>("--task") { Description = "The task's path, such as /fix-bug. Default: the file's 'default'." };
        var select = new Option<string[]>("--select") { Description = "Choose a variant: SET=NAME. May be given more than once.", DefaultValueFactory = _ => [] };
        var set = new Option<string[]>("--set") { Description = "Set a value, stronger than every layer: /task/step.attribute=VALUE. May be given more than once.", DefaultValueFactory = _ => [] };
        var repository = new Option<DirectoryInfo?>("--repo") { Description = "A git repository: its last commit's tree becomes the task's 'tree'. Default: an empty tree." };
        var cache = new Option<DirectoryInfo>("--cache") { Description = "Where results and the local forge are kept.", DefaultValueFactory = _ => new DirectoryInfo(".taskbot") };
        var jobs = new Option<int>("--jobs") { Description = "Nodes that run at the same time.", DefaultValueFactory = _ => new RunnerOptions().Jobs };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--jobs takes a number from 1.");
        });
        var resource = new Option<string[]>("--resource") { Description = "How much there is of a resource that nodes demand: NAME=AMOUNT, such as gpu=1, memory=8GB or rate:search=60. May be given more than once.", DefaultValueFactory = _ => [] };
        resource.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.Split('=') is not [{ Length: > 0 }, { Length: > 0 }]) result.AddError($"'{token.Value}' is no resource. Write NAME=AMOUNT.");
        });
        var model = new Option<string?>("--model") { Description = "One model for every node: NAME or NAME@PROVIDER. Default: the configured profiles." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Compose and check the graph, and run nothing." };
        var replay = new Option<bool>("--replay") { Description = "Show the recorded run again instead of working: nothing is executed. Exit 1 with the first difference, where there is one." };
        var json = new Option<bool>("--json") { Description = "Print the counts as one line of JSON, last; the story goes to standard error." };
        var command = new Command(
            "run",
            "Runs a task's graph to its end. What ran before with the same inputs is taken from the cache. Exit 0: the task succeeded. Exit 1: it did not. Exit 2: the "
            + "graph has mistakes, all of them listed with file and line.")
        { file, task, select, set, repository, cache, jobs, resource, model, dryRun, replay, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Settings(
                parsed.GetValue(file)!, parsed.GetValue(task), parsed.GetValue(select)!, parsed.GetValue(set)!, parsed.GetValue(repository), parsed.GetValue(cache)!, parsed.GetValue(jobs),
                EngineSettings(parsed.GetResult(jobs) is { Implicit: false } ? parsed.GetValue(jobs) : null, parsed.GetValue(resource)!), parsed.GetValue(model), parsed.GetValue(dryRun), parsed.GetValue(replay), parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    /// <summary>What was said of the engine, as configuration that is stronger than any other.</summary>
    static Dictionary<string, string?> EngineSettings(int? jobs, string[] resources)
    {
        var settings = new Dictionary<string, string?>();
        if (jobs is { } number) settings[$"{EngineConfiguration.Section}:{nameof(RunnerOptions.Jobs)}"] = number.ToString(CultureInfo.InvariantCulture);
        foreach (var resource in resources)
            if (resource.Split('=') is [var name, var amount]) settings[$"{EngineConfiguration.Section}:{nameof(RunnerOptions.Resources)}:{name}"] = amount;
        return settings;
    }

    static async Task<int> RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        Directory.CreateDirectory(settings.Cache.FullName);
        await using var git = settings.Repository is null ? null : await GitRepository.OpenAsync(settings.Repository.FullName, cancellationToken);
        var head = git is null ? null : await git.Refs.HeadAsync(cancellationToken);
        var tree = head is { } commit ? await git!.TreeOfAsync(commit, cancellationToken) : EmptyTree;
        var folder = BuildFolder.Open(settings.Cache.FullName, IdOf(settings, tree).Value, RootOf(settings.File));
        var build = new PureGraphBuild(folder, Database(settings), IdOf(settings, tree));
        var changed = folder.State is null ? [] : folder.ChangedFiles().ToList();
        if (folder.State is not null && changed.Count == 0 && settings.Set.Length == 0 && !settings.DryRun && !settings.Replay && build.UpToDateLeaves() is { } leaves)
        {
            var loaded = Milliseconds(time, started);
            return Tell(settings, new(leaves, 0, leaves, 0, 0, RunSummary.Word(Outcome.Succeeded), loaded, Milliseconds(time, started)), Outcome.Succeeded);
        }

        if (!settings.Replay && folder.State is not null && folder.ReadGraph() is { } compiled && Edited(settings, folder, compiled, changed) is { } edited)
            return await BuildAsync(settings, build, compiled, edited, log: null, started, cancellationToken);

        var files = new ComposedFiles(RootOf(settings.File));
        var composed = Compose(settings, tree, [], files.Watch);
        // A run looks at what nodes demand itself; where there is none, this is all that is told.
        var demands = composed.Graph is null || settings.DryRun ? DemandsOf(settings, composed.Composition.Unchecked) : [];
        foreach (var problem in composed.Problems.Concat(demands).OrderBy(problem => problem.Location.Layer, StringComparer.Ordinal).ThenBy(problem => problem.Location.Line)) Console.Error.WriteLine(problem);
        if (composed.Graph is not { } graph || demands.Length > 0) return ExitCode.WrongInput;
        if (!settings.Replay && CompiledGraph.Compile(graph, PureGraphBuild.Types) is { } pure)
        {
            var log = folder.State is not null && folder.ReadGraph() is { } before
                ? folder.ReadLog(before, SqliteResultCache.StampOf(Database(settings)))?.For(pure, before) : null;
            if (settings.Set.Length > 0 || files.Read() is not { } read) return await BuildAsync(settings, build, compiled: null, pure, log, started, cancellationToken);
            if (!settings.DryRun) folder.Write(pure, new(BuildFolder.Program, RootOf(settings.File), read, BuildFolder.IsFlat(composed.Composition), HasTaskFile: false, Graph: "", Leaves: 0));
            return await BuildAsync(settings, build, pure, pure, log, started, cancellationToken);
        }

        return settings.DryRun
            ? Tell(settings, new(graph.Nodes.Values.Count(node => !node.IsBranch), 0, 0, 0, 0, NotRun, Milliseconds(time, started), Milliseconds(time, started)), null)
            : await RunAsync(settings, git, head, tree, graph, started, cancellationToken);
    }

    /// <summary>The compiled graph with what has changed since, where that is values alone; null where it has to be composed.</summary>
    static CompiledGraph? Edited(Settings settings, BuildFolder folder, CompiledGraph compiled, List<string> changed)
    {
        var edits = new List<ValueEdit>();
        if (changed.Count > 0)
        {
            var state = folder.State!;
            if (changed.Count > 1 || changed[0] != state.Files[0].Path || changed[0] != Path.GetFullPath(settings.File) || folder.ReadTaskFile() is not { } before
                || ValueEdits.Between(settings.File, before, File.ReadAllBytes(settings.File)) is not { } found) return null;
            edits.AddRange(found);
        }

        if (settings.Set.Length > 0 && (settings.Select.Length > 0 || !folder.State!.IsFlat)) return null;
        edits.AddRange(settings.Set.Select(ParseSet));
        return ValueEdits.Apply(compiled, edits);
    }

    /// <summary>Beside whoever listens for Ctrl+C, as a build waits for nothing.</summary>
    static Task<int> BuildAsync(
        Settings settings, PureGraphBuild build, CompiledGraph? compiled, CompiledGraph graph, BuildLog? log, long started, CancellationToken cancellationToken) =>
        Task.Run(() => Build(settings, build, compiled, graph, log, started, cancellationToken), CancellationToken.None);

    static int Build(
        Settings settings, PureGraphBuild build, CompiledGraph? compiled, CompiledGraph graph, BuildLog? log, long started, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var loaded = Milliseconds(time, started);
        if (settings.DryRun) return Tell(settings, new(graph.Leaves, 0, 0, 0, 0, NotRun, loaded, loaded), null);
        var result = build.Run(compiled, graph, log, cancellationToken);
        foreach (var node in result.Unwell) Console.Error.WriteLine($"{node.Node.Path}: {node.Why}");
        var summary = new GraphSummary(
            result.Nodes, result.Executed, result.Cached, result.Skipped, result.Failed, RunSummary.Word(result.Outcome), loaded, Milliseconds(time, started));
        return Tell(settings, summary, result.Outcome);
    }

    static ImmutableArray<Graphs.Problems.Problem> DemandsOf(Settings settings, TaskGraph? graph)
    {
        if (graph is null) return [];
        var configuration = new ConfigurationManager();
        TaskBotHost.Configure(configuration, settings.Engine.ToDictionary(setting => setting.Key, setting => setting.Value));
        using var pool = new ResourcePool(EngineConfiguration.Read(configuration), TimeProvider.System);
        return SchedulingProblems.Find(graph, NodeTypes.Schemas.Find, pool);
    }

    /// <param name="outcome">Null where nothing was run.</param>
    static int Tell(Settings settings, GraphSummary summary, Outcome? outcome)
    {
        if (settings.Json) Console.Out.WriteLine(summary.ToJson());
        else if (outcome is not { } known) Console.Out.WriteLine($"{settings.File} composes to {summary.Nodes} nodes; nothing was run.");
        else Console.Out.WriteLine(summary.Line(known));
        return outcome is null or Outcome.Succeeded or Outcome.NoChangeNeeded ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <summary>Runs a graph with nodes that work outside: everything that such nodes may need is made first.</summary>
    static async Task<int> RunAsync(
        Settings settings, GitRepository? repository, CommitId? head, TreeId tree, TaskGraph graph, long started, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var loaded = Milliseconds(time, started);
        await using var own = repository is null ? await OpenOwnAsync(settings, cancellationToken) : null;
        if (own is not null) await own.EmptyTreeAsync(cancellationToken);
        var (result, story) = await RunAsync(settings, repository ?? own!, head, tree, graph, cancellationToken);
        var summary = GraphSummary.Of(result, loaded, Milliseconds(time, started));
        if (!settings.Json) story.Say(summary.Line(result.Outcome));
        else Console.Out.WriteLine(summary.ToJson());
        foreach (var problem in result.Problems) Console.Error.WriteLine(problem);
        if (result.Nodes.Count == 0 && result.Problems.Length > 0) return ExitCode.WrongInput;
        cancellationToken.ThrowIfCancellationRequested();
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
            new Dictionary<string, string?>(ModelChoice.Configured(settings.Model).Settings.Concat(settings.Engine)) { ["Database:ConnectionString"] = Database(settings) });
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration).AddLocalForge(forge);
        using var host = builder.Build();
        var services = host.Services;
        var prompts = await BuiltInPrompts.ReadAsync(git.Tree(tree), cancellationToken);
        var run = RecordOf(settings, name, head, tree);
        var options = services.GetRequiredService<RunnerOptions>();
        using var checkouts = new CheckoutPool(git, options.Jobs);
        var stores = services.GetRequiredService<BotStores>();
        var project = (await ProjectReader.ReadAsync(git.Tree(tree), organisation: null, cancellationToken)).Project;
        var scope = services.GetRequiredService<RunScopeFactory>().Create(run, git, checkouts, project, prompts.Library, LedgerScope.Unlimited.Enter(BudgetLevel.Run, run.Id.Value), known: []);
        var runner = new GraphRunner(
            NodeTypes.Create(scope), stores.Results, stores.Journal, options, TimeProvider.System,
            services.GetRequiredService<ILogger<GraphRunner>>(), durations: stores.Durations, outbox: services.GetRequiredService<EffectOutbox>());
        var history = await RunHistory.ReadAsync(stores.Journal, run.Id, cancellationToken);
        var attempt = settings.Replay ? history.Nodes.GetValueOrDefault(graph.Root)?.Attempt ?? 1 : history.NextAttempt(graph.Root);
        var request = new RunRequest(run.Id, attempt, graph, written =>
        {
            var composition = Compose(settings, tree, written, resolver => resolver);
            return (composition.Graph, composition.Problems);
        })
        {
            IsReplay = settings.Replay,
        };
        var feed = services.GetRequiredService<RunFeed>();
        // Not ended with the run: who stops it is told how it ended, and gets the summary.
        using var told = new CancellationTokenSource();
        var telling = story.FollowAsync(feed.WatchAsync(told.Token), news => news is RunNews.Told, told.Token);
        try
        {
            var result = await runner.RunAsync(request, new FeedWatcher(feed), cancellationToken);
            feed.Publish(new RunNews.Told(run.Id, $"The graph ended: {RunSummary.Word(result.Outcome)}."));
            await telling;
            return (result, story);
        }
        finally
        {
            await told.CancelAsync();
        }
    }

    static ComposedTask Compose(Settings settings, TreeId tree, ImmutableArray<string> written, Func<ILayerResolver, ILayerResolver> watch) => TaskFiles.Compose(
        settings.File, settings.Task, settings.Select,
        task =>
        {
            var start = new TaskLayer("command-line", new PrimSpec(SpecPath.Root, Specifier.Over)).WithAttribute(SpecPath.From(task), "tree", tree.Value);
            var set = new TaskLayer("--set", new PrimSpec(SpecPath.Root, Specifier.Over));
            foreach (var edit in settings.Set.Select(ParseSet)) set = set.WithAttribute(SpecPath.From(edit.Node), edit.Attribute, edit.Value);
            return [set, .. written.Select((text, index) => TaskLayer.Parse($"plan-{index + 1}", text).Layer).Reverse(), start];
        },
        watch);

    static ValueEdit ParseSet(string text)
    {
        const string Form = "Write /task/step.attribute=VALUE.";
        if (text.Split('=', 2) is not [var path, var value]) throw new UsageException($"'{text}' sets nothing. {Form}");
        var (node, attribute) = TaskCommand.SplitPath(path);
        return attribute is null ? throw new UsageException($"'{path}' names no attribute. {Form}") : new(node, attribute, TaskSetCommand.ParseValue(value));
    }

    static bool IsBuiltIn(string file) => TaskFiles.IsBuiltIn(file);

    static string RootOf(string file) => IsBuiltIn(file) ? "" : TaskRepository.RootOf(Path.GetDirectoryName(Path.GetFullPath(file))!);

    static string Database(Settings settings) => Path.Combine(settings.Cache.FullName, "taskbot.db");

    static async Task<GitRepository> OpenOwnAsync(Settings settings, CancellationToken cancellationToken)
    {
        var own = Path.Combine(settings.Cache.FullName, "objects.git");
        return Directory.Exists(own) ? await GitRepository.OpenAsync(own, cancellationToken) : await GitRepository.CreateBareAsync(own, cancellationToken);
    }

    /// <summary>The same task on the same tree is the same run: started again, it goes on, and does no effect twice.</summary>
    static RunId IdOf(Settings settings, TreeId tree) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TriggerOf(settings, tree))))[..32]);

    static string TriggerOf(Settings settings, TreeId tree) => string.Join('\n', [Path.GetFullPath(settings.File), settings.Task ?? "", .. settings.Select, tree.Value]);

    static RunRecord RecordOf(Settings settings, RepositoryName name, CommitId? head, TreeId tree)
    {
        var issue = new ForgeIssue(0, $"Run of {settings.File}", "", "you", [], IsOpen: true, settings.File);
        return new RunRecord
        {
            Id = IdOf(settings, tree),
            TriggerKey = TriggerOf(settings, tree),
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

    /// <summary>Not by a serializer, as these are numbers and a word, and setting one up takes longer than a small build.</summary>
    public string ToJson() => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"nodes":{{Nodes}},"executed":{{Executed}},"cached":{{Cached}},"skipped":{{Skipped}},"failed":{{Failed}},"outcome":"{{Outcome}}","load_ms":{{LoadMs}},"elapsed_ms":{{ElapsedMs}}}""");

    /// <summary>One line for people.</summary>
    public string Line(Outcome outcome) => $"{Outcomes.Word(outcome)}: {Executed} executed, {Cached} from the cache, {Skipped} skipped, {Failed} failed.";
}
