using System.CommandLine;
using TaskBot.Bot;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub;
using TaskBot.Hosting;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary>Runs that are over, for the commands that look at one: where they are kept, and how one is named.</summary>
static class RecordedRuns
{
    const string Last = "last";

    public static Argument<string> RunArgument() => new("run") { Description = $"The run's id, or '{Last}' for the newest one." };

    public static (Option<DirectoryInfo?> Folder, Option<DirectoryInfo?> Repository) PlaceOptions() => (
        new("--dir") { Description = "The folder of a demo or of a local forge, with its database." },
        new("--repo") { Description = "The git repository that was worked on. Its own runs are found in it; those of a server in the configured database." });

    public static async Task<RunRecord> FindAsync(IHost host, string named, CancellationToken cancellationToken)
    {
        var runs = host.Services.GetRequiredService<IRunStore>();
        return (named == Last ? (await runs.ListAsync(1, cancellationToken)).FirstOrDefault() : await runs.FindAsync(new RunId(named), cancellationToken))
            ?? throw new UsageException($"There is no run '{named}' here. Say where it ran: --dir FOLDER for a demo, --repo DIR for a repository.");
    }

    public static async Task<IHost> OpenAsync(DirectoryInfo? folder, DirectoryInfo? repository, string? model, CancellationToken cancellationToken)
    {
        var state = folder?.FullName;
        if (state is null && repository is not null)
        {
            await using var git = await GitRepository.OpenAsync(repository.FullName, cancellationToken);
            if (File.Exists(Path.Combine(git.GitPlace, "taskbot", "taskbot.db"))) state = Path.Combine(git.GitPlace, "taskbot");
        }

        if (state is not null && !File.Exists(Path.Combine(state, "taskbot.db"))) throw new UsageException($"'{state}' has no taskbot.db: nothing was recorded there.");
        if (state is null && repository is null) throw new UsageException("Say where the run's commits are: --dir FOLDER for a demo, --repo DIR for a repository.");
        var configuration = new Dictionary<string, string?>(ModelChoice.Configured(model).Settings);
        if (state is not null) configuration["Database:ConnectionString"] = Path.Combine(state, "taskbot.db");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        TaskBotHost.Configure(builder.Configuration, configuration);
        TaskBotHost.LogToError(builder.Logging, LogLevel.Error);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration);
        if (state is not null) builder.Services.AddLocalForge(new LocalForge(Path.Combine(state, "forge"), TimeProvider.System));
        else builder.Services.AddSingleton(new WorkspaceFolder(repository!.FullName)).AddGitHubForge<WorkspaceObjects>();
        return builder.Build();
    }
}
