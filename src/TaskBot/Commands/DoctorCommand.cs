using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using TaskBot.GitHub;
using TaskBot.Hosting;
using TaskBot.Models;
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
        var command = new Command(
            "doctor",
            "Looks at what TaskBot needs on this machine: git, the database, a sandbox for commands, models, the way into GitHub. Spends nothing and changes nothing. "
            + "Exit 1 where something is broken that every command needs.")
        { json };
        command.SetAction((parsed, cancellationToken) => ExamineAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    static async Task<int> ExamineAsync(bool json, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(builder.Configuration, new Dictionary<string, string?> { ["Database:ConnectionString"] = ":memory:" });
        TaskBotHost.LogToError(builder.Logging, LogLevel.Critical);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration);
        using var host = builder.Build();
        List<Finding> findings =
        [
            await GitAsync(cancellationToken),
            Database(host.Services),
            await SandboxAsync(cancellationToken),
            .. Models(host.Services),
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

    static IEnumerable<Finding> Models(IServiceProvider services)
    {
        var router = services.GetRequiredService<ModelRouter>();
        foreach (var profile in router.Profiles)
        {
            var routes = router.Resolve(profile);
            yield return routes.FirstOrDefault(route => route.IsUsable) is { } usable
                ? Finding.Ok($"model profile {profile}", $"{usable.Model}@{usable.Provider}")
                : Finding.Missing($"model profile {profile}", string.Join("; ", routes.Select(route => $"{route.Model}@{route.Provider}: {route.Problem}")));
        }
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

/// <summary>One thing looked at.</summary>
/// <param name="State"><c>ok</c>, <c>missing</c> (something will not work) or <c>broken</c> (nothing will).</param>
sealed record Finding(string Subject, string State, string Message)
{
    public static Finding Ok(string subject, string message) => new(subject, "ok", message);

    public static Finding Missing(string subject, string message) => new(subject, "missing", message);

    public static Finding Broken(string subject, string message) => new(subject, "broken", message);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Finding[]))]
sealed partial class FindingJsonContext : JsonSerializerContext;
