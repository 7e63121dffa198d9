using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Options;
using TaskBot.Doctor;
using TaskBot.GitHub;
using TaskBot.Hosting;
using TaskBot.Models;
using TaskBot.Models.Discovery;
using TaskBot.Storage;
using TaskBot.Storage.Sqlite;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot doctor</c>: what is here, what is missing, and what to do about it.</summary>
static class DoctorCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the findings as one line of JSON." };
        var silent = new Option<bool>("--no-requests") { Description = "Send no request to a model, and so spend nothing." };
        var command = new Command(
            "doctor",
            "Looks at what TaskBot needs on this machine: git, the database, a sandbox for commands, models, servers of tools and agents, the way into GitHub. Each model that can be asked is asked for one "
            + $"word, which costs less than ${ModelProbe.MostUsd} for all of them together. Exit 1 where something is broken that every command needs.")
        { json, silent };
        command.SetAction((parsed, cancellationToken) => ExamineAsync(parsed.GetValue(json), asks: !parsed.GetValue(silent), cancellationToken));
        return command;
    }

    static async Task<int> ExamineAsync(bool json, bool asks, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(builder.Configuration, new Dictionary<string, string?>
        {
            ["Database:ConnectionString"] = ":memory:",
            // Whoever looks wants an answer now.
            ["Models:Retry:Retries"] = "0",
            ["Models:Timeouts:FirstToken"] = "00:00:20",
            ["Models:Timeouts:Total"] = "00:00:30",
        });
        TaskBotHost.LogToError(builder.Logging, LogLevel.Critical);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration);
        using var host = builder.Build();
        List<Finding> findings =
        [
            await GitAsync(cancellationToken),
            Database(host.Services),
            await SandboxAsync(cancellationToken),
            .. ModelExamination.Profiles(host.Services.GetRequiredService<ModelRouter>()),
            .. asks ? await ModelExamination.AskAsync(host.Services.GetRequiredService<ModelProbe>(), cancellationToken) : [],
            .. await ModelExamination.LocalServersAsync(host.Services.GetRequiredService<LocalServers>(), cancellationToken),
            .. await ModelExamination.ToolServersAsync(host.Services.GetRequiredService<IModelRouter>(), host.Services.GetRequiredService<IOptions<ModelsOptions>>().Value.Mcp.Keys, cancellationToken),
            .. await AgentExamination.AgentsAsync(host.Services, cancellationToken),
            GitHub(host.Services),
        ];
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize([.. findings], FindingJsonContext.Default.FindingArray));
        else foreach (var finding in findings) Console.Out.WriteLine($"{finding.State,-8} {finding.Subject}: {finding.Message}");
        return findings.Exists(finding => finding.State == "broken") ? ExitCode.WorkFailed : ExitCode.Success;
    }

    static async Task<Finding> GitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var folder = Directory.CreateTempSubdirectory("taskbot-doctor-");
            try
            {
                await using var git = await GitRepository.CreateBareAsync(folder.FullName, cancellationToken);
                return Finding.Ok("git", "a repository can be made and read.");
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        catch (GitException e)
        {
            return Finding.Broken("git", e.Message);
        }
    }

    static Finding Database(IServiceProvider services)
    {
        try
        {
            return Finding.Ok("database", services.GetRequiredService<SqliteDatabase>().Library.ToString());
        }
        catch (DatabaseException e)
        {
            return Finding.Broken("database", e.Message);
        }
    }

    static async Task<Finding> SandboxAsync(CancellationToken cancellationToken)
    {
        using var commands = new CommandRunner(TimeProvider.System);
        return await commands.SandboxAsync(cancellationToken) == Sandbox.Bubblewrap
            ? Finding.Ok("sandbox", "commands run in bubblewrap.")
            : Finding.Missing("sandbox", "bubblewrap is not installed or may not work here: commands run as this user, with no secrets in their environment and limits on time and output.");
    }

    static Finding GitHub(IServiceProvider services)
    {
        try
        {
            var options = services.GetRequiredService<IOptions<GitHubOptions>>().Value;
            return options switch
            {
                { AppId.Length: > 0 } => Finding.Ok("GitHub", $"App {options.AppId} at {options.ApiUrl}"),
                { Token.Length: > 0 } => Finding.Ok("GitHub", $"a token at {options.ApiUrl}"),
                _ => Finding.Missing("GitHub", "no way in is configured: set TASKBOT_GitHub__Token, or TASKBOT_GitHub__AppId and TASKBOT_GitHub__PrivateKeyPath. `demo` and `run --repo` need none."),
            };
        }
        catch (OptionsValidationException e)
        {
            return Finding.Broken("GitHub", e.Message);
        }
    }
}
