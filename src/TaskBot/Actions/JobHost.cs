using TaskBot.Bot;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Runs;
using TaskBot.Commands;
using TaskBot.GitHub.Actions;
using TaskBot.Storage;
using TaskBot.Storage.Runs;

namespace TaskBot.Actions;

/// <summary>What a job of GitHub Actions works with.</summary>
static class JobHost
{
    /// <param name="attempts">How often a task may be tried; null where the project decides.</param>
    public static IHost Create(ActionsEnvironment job, JobMode does, string token, ModelChoice choice, JobFolders folders, int? attempts) => RunCommand.CreateHost(
        new Dictionary<string, string?>(choice.Settings)
        {
            // What a job that thinks remembers is not believed by the one that publishes.
            ["Database:ConnectionString"] = does is JobMode.Run or JobMode.Plan ? Path.Combine(folders.State, "taskbot.db") : ":memory:",
            ["GitHub:Token"] = token,
            ["GitHub:ApiUrl"] = job.ApiUrl!.AbsoluteUri,
            ["GitHub:GraphQLUrl"] = job.GraphQLUrl?.AbsoluteUri,
            ["GitHub:ServerUrl"] = job.ServerUrl?.AbsoluteUri,
        },
        services =>
        {
            services.AddSingleton(new WorkspaceFolder(job.Workspace!)).AddSingleton(new MirrorFolder(folders.Mirrors)).AddSingleton<MirrorObjects>()
                .AddSingleton(new BotOptions { WaitForChecks = false, JobUrl = job.RunUrl, MaximumAttempts = attempts })
                .AddSingleton(new SealedWriter(folders.Sealed)).AddSingleton(new SealedReader(folders.Sealed));
            if (does == JobMode.Plan) AddReading(services);
            else services.AddGitHubForge<WorkspaceObjects>();
            JobCommands.Register(services, does);
        });

    /// <summary>GitHub is only read, and of runs it is known what was published: results that need not be paid for again may come from jobs before.</summary>
    static void AddReading(IServiceCollection services) => services.AddSealedGitHubForge<WorkspaceObjects>()
        .AddKeyedSingleton(
            typeof(IRunStore), (provider, _) => SqliteDatabase.Open(
                new DatabaseOptions { ConnectionString = ":memory:" }, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SqliteDatabase>>()))
        .AddSingleton<IRunStore>(provider => new SqliteRunStore(provider.GetRequiredKeyedService<SqliteDatabase>(typeof(IRunStore)), provider.GetRequiredService<TimeProvider>()));
}
