using System.CommandLine;
using Microsoft.Extensions.Options;
using TaskBot.Actions;
using TaskBot.Bot;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub;
using TaskBot.GitHub.Repositories;
using TaskBot.Hosting;
using TaskBot.Terminal;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot run</c>: one run, in this process: on a local repository, or in a job of GitHub Actions.</summary>
static class RunCommand
{
    /// <summary>What was typed.</summary>
    sealed record Settings(DirectoryInfo? Repository, FileInfo? Issue, string? Model, string? Base, string? Ci, bool AllowDirty, string? Mode, bool Json);

    public static Command Create()
    {
        var repository = new Option<DirectoryInfo?>("--repo") { Description = "A local git repository. Its checkout is not touched: the work becomes a branch." };
        var issue = new Option<FileInfo?>("--issue") { Description = "What is to be done, in Markdown: the first line is the title, the rest the description." };
        var model = new Option<string?>("--model") { Description = "One model for every node: NAME or NAME@PROVIDER. Default: the configured profiles." };
        var @base = new Option<string?>("--base") { Description = "The branch to start from. Default: the one that is checked out, or the default branch in a job." };
        var ci = new Option<string?>("--ci") { Description = "A shell line that checks the finished branch as a forge's CI would; when it fails the task is refined and tried again." };
        var allowDirty = new Option<bool>("--allow-dirty") { Description = "Start from the last commit even where the checkout has changes that are not committed; they are not part of the work." };
        var mode = new Option<string?>("--mode") { Description = "In a job: run, the default; acknowledge, which only says that a command was seen; plan, which writes nothing to GitHub and seals what it would write; or publish, which writes what was sealed." };
        var server = new Option<string?>("--server") { Description = "In a job that a server started: the server's address." };
        var dispatched = new Option<string?>("--run") { Description = "In a job that a server started: which work it is for." };
        var json = new Option<bool>("--json") { Description = "Print the summary as one line of JSON, last; the story goes to standard error." };
        var command = new Command(
            "run",
            "Works on one issue. With --repo and --issue: on a local repository, leaving a branch and a pull request's text. Without them, in a job of GitHub Actions: on "
            + "the event that started the job, publishing through the REST API. With --server and --run: the work of a server, with read permission alone. Started again after it was stopped, it goes on where it was.")
        { repository, issue, model, @base, ci, allowDirty, mode, server, dispatched, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new Settings(
                parsed.GetValue(repository), parsed.GetValue(issue), parsed.GetValue(model), parsed.GetValue(@base), parsed.GetValue(ci), parsed.GetValue(allowDirty), parsed.GetValue(mode),
                parsed.GetValue(json));
            if (parsed.GetValue(server) is not null || parsed.GetValue(dispatched) is not null)
            {
                return Uri.TryCreate(parsed.GetValue(server), UriKind.Absolute, out var address) && address.Scheme is ("https" or "http") && parsed.GetValue(dispatched) is { Length: > 0 } work
                    && settings is { Repository: null, Issue: null, Mode: null }
                    ? DispatchedJob.RunAsync(address, work, settings.Model, cancellationToken)
                    : throw new UsageException("--server and --run go together and with nothing of --repo, --issue and --mode: --server https://taskbot.example.com --run ID.");
            }

            return (settings.Repository, settings.Issue) switch
            {
                ({ }, { }) when settings.Mode is not null => throw new UsageException("--mode is for jobs of GitHub Actions; a local repository has nobody to hand over to. Leave it out."),
                ({ } folder, { } file) => RunHereAsync(settings, folder, file, cancellationToken),
                (null, null) when Environment.GetEnvironmentVariable("GITHUB_EVENT_PATH") is { Length: > 0 } => JobRun.RunAsync(settings.Model, settings.Base, settings.Mode, settings.Json, cancellationToken),
                (null, null) => throw new UsageException("Say what to work on: --repo DIR --issue FILE.md. (In a job of GitHub Actions both are left out; GITHUB_EVENT_PATH is not set here.)"),
                _ => throw new UsageException("--repo and --issue go together: --repo DIR --issue FILE.md."),
            };
        });
        return command;
    }

    static async Task<int> RunHereAsync(Settings settings, DirectoryInfo folder, FileInfo file, CancellationToken cancellationToken)
    {
        if (!file.Exists) throw new UsageException($"There is no file '{file.FullName}'.");
        var (title, body) = IssueFile.Parse(await File.ReadAllTextAsync(file.FullName, cancellationToken));
        if (title.Length == 0) throw new UsageException($"{file.FullName} has no text. Write what is to be done: the first line is the title, the rest the description.");
        await using var git = await GitRepository.OpenAsync(folder.FullName, cancellationToken);
        var branch = settings.Base ?? await git.Refs.HeadBranchAsync(cancellationToken)
            ?? throw new UsageException($"'{folder.FullName}' has no branch checked out. Name one with --base BRANCH.");
        if (await git.Refs.ResolveAsync($"refs/heads/{branch}", cancellationToken) is null)
            throw new UsageException($"Branch '{branch}' of '{folder.FullName}' has no commit yet. Commit something first.");
        if (!settings.AllowDirty && git.WorkTree is not null && await git.DirtyPathsAsync(cancellationToken) is { Count: > 0 } dirty)
        {
            throw new UsageException(
                $"'{folder.FullName}' has changes that are not committed ({string.Join(", ", dirty.Take(5))}{(dirty.Count > 5 ? ", …" : "")}). "
                + "Commit or stash them, or add --allow-dirty to start from the last commit without them.");
        }

        var state = Path.Combine(git.GitPlace, "taskbot");
        Directory.CreateDirectory(state);
        var forge = new LocalForge(Path.Combine(state, "forge"), TimeProvider.System);
        var name = new RepositoryName("local", SafeName(folder.Name));
        var user = Environment.UserName is { Length: > 0 } login ? login : "you";
        await forge.AddRepositoryAsync(name, git.GitPlace, branch, settings.Ci, new Dictionary<string, Permission> { [user] = Permission.Admin }, cancellationToken);
        var number = await FindIssueAsync(forge, name, title, body, cancellationToken) ?? await forge.AddIssueAsync(name, title, body, user, [], cancellationToken);

        var story = new StoryTeller(TimeProvider.System, settings.Json);
        var choice = ModelChoice.Configured(settings.Model);
        story.Say(choice.Said);
        using var host = CreateHost(
            new Dictionary<string, string?>(choice.Settings) { ["Database:ConnectionString"] = Path.Combine(state, "taskbot.db") },
            services => services.AddLocalForge(forge).AddSingleton(new BotOptions { WaitForChecks = settings.Ci is not null }));
        var run = await WorkAsync(host, story, name, await forge.GetIssueAsync(name, number, cancellationToken), new RunTrigger(NewKey(name, number), user) { BaseBranch = branch }, settings.Ci is null ? null : host.Services.GetRequiredService<LocalCi>(), cancellationToken);
        story.Say(run.Reason ?? "");
        if (run.PullRequest is { } pull)
        {
            story.Say($"Branch:       {run.Branch}");
            story.Say($"Pull request: {(await forge.GetPullRequestAsync(name, pull, cancellationToken)).Url}");
            story.Say($"Look at it:   git -C {folder.FullName} show {run.Branch}");
        }

        if (settings.Json) Console.Out.WriteLine(RunSummary.Of(run).ToJson());
        return run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded ? ExitCode.Success : ExitCode.WorkFailed;
    }

    internal static IHost CreateHost(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection> addForge)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        TaskBotHost.Configure(builder.Configuration, settings);
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration);
        addForge(builder.Services);
        var host = builder.Build();
        // Nothing is hosted here, so what is checked at start is checked now: all wrong options are told at once.
        host.Services.GetService<IStartupValidator>()?.Validate();
        return host;
    }

    /// <summary>Starts a run, or goes on with the one that was stopped, and works on it to its end in this process.</summary>
    /// <param name="firstBranch">The branch that a first pull request comes from; null for the name that TaskBot gives it.</param>
    internal static async Task<RunRecord> WorkAsync(
        IHost host, StoryTeller story, RepositoryName repository, ForgeIssue issue, RunTrigger trigger, LocalCi? ci, CancellationToken cancellationToken, string? firstBranch = null)
    {
        var runs = host.Services.GetRequiredService<IRunStore>();
        var known = await runs.FindByIssueAsync(repository.ToString(), issue.Number, cancellationToken);
        RunRecord run;
        if (known is { Outcome: null })
        {
            run = known;
            story.Say($"Going on with run {run.Id}, which was stopped.");
        }
        else
        {
            var start = await host.Services.GetRequiredService<RunStarter>().StartAsync(repository, issue, trigger, cancellationToken);
            run = start is RunStart.Started started ? started.Run : throw new ForgeException(((RunStart.Refused)start).Reason);
            if (firstBranch is not null && run.Branch is null) run = await runs.SaveAsync(run with { Branch = firstBranch }, cancellationToken);
        }

        return await AdvanceAsync(host, story, run, ci, cancellationToken);
    }

    /// <summary>Works on a queued run to its end, and tells of it.</summary>
    internal static async Task<RunRecord> AdvanceAsync(IHost host, StoryTeller story, RunRecord run, LocalCi? ci, CancellationToken cancellationToken)
    {
        using var told = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = story.FollowAsync(host.Services.GetRequiredService<RunFeed>().WatchAsync(told.Token), item => item is RunNews.Saved { Run.Outcome: not null }, told.Token);
        var coordinator = host.Services.GetRequiredService<RunCoordinator>();
        run = await coordinator.AdvanceAsync(run, cancellationToken);
        while (run.Outcome is null && ci is not null)
        {
            await ci.RunAsync(cancellationToken);
            run = await coordinator.AdvanceAsync(await coordinator.LookAtChecksAsync(run, cancellationToken), cancellationToken);
        }

        await telling;
        return run;
    }

    /// <summary>Whoever runs the command asks anew each time.</summary>
    internal static string NewKey(RepositoryName repository, int issue) => $"{repository}#{issue}:{Guid.NewGuid():n}";

    static async Task<int?> FindIssueAsync(LocalForge forge, RepositoryName repository, string title, string body, CancellationToken cancellationToken)
    {
        foreach (var number in forge.Issues(repository))
        {
            var issue = await forge.GetIssueAsync(repository, number, cancellationToken);
            if (issue.Title == title && issue.Body == body) return number;
        }

        return null;
    }

    static string SafeName(string folder) =>
        string.Concat(folder.Select(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' ? character : '-')) is { Length: > 0 } name ? name : "repository";
}
