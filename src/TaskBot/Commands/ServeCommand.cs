using System.CommandLine;
using TaskBot.Bot;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Forges.Local;
using TaskBot.GitHub;
using TaskBot.Serving;

namespace TaskBot.Commands;

/// <summary><c>taskbot serve</c>: the listener, for GitHub or for a local forge.</summary>
static class ServeCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Where to listen.", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var forge = new Option<DirectoryInfo?>("--forge") { Description = "Serve a local forge in this folder instead of GitHub." };
        var mirrors = new Option<DirectoryInfo>("--mirrors") { Description = "Where repositories are mirrored.", DefaultValueFactory = _ => new DirectoryInfo("mirrors") };
        var model = new Option<string?>("--model") { Description = "One model for every node: NAME or NAME@PROVIDER. Default: the configured profiles." };
        var command = new Command(
            "serve",
            $"Listens for webhooks at POST {WebhookEndpoint.Path} and works on what they ask for. Configuration: appsettings.json, taskbot.yml, TASKBOT_ variables; "
            + "GitHub:WebhookSecret is required, and GitHub:Token or GitHub:AppId with GitHub:PrivateKeyPath. Pages at /, health at /healthz and /readyz, JSON at /api/v1/runs.")
        { url, forge, mirrors, model };
        command.SetAction((parsed, cancellationToken) => ServeAsync(
            parsed.GetValue(url)!, parsed.GetValue(forge), parsed.GetValue(mirrors)!, parsed.GetValue(model), cancellationToken));
        return command;
    }

    static async Task<int> ServeAsync(string url, DirectoryInfo? folder, DirectoryInfo mirrors, string? model, CancellationToken cancellationToken)
    {
        var forge = folder is null ? null : new LocalForge(folder.FullName, TimeProvider.System);
        await using var server = TaskBotServer.Build(url, ModelChoice.Configured(model).Settings, LogLevel.Information, services =>
        {
            services.RequireGitHubWebhookSecret();
            if (forge is not null) services.AddLocalForge(forge);
            else services.AddSingleton(new MirrorFolder(mirrors.FullName)).AddGitHubForge<MirrorObjects>();
        });
        await server.StartAsync(cancellationToken);
        var address = TaskBotServer.AddressOf(server);
        if (forge is not null)
        {
            var options = server.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<GitHubOptions>>().Value;
            server.Services.GetRequiredService<LocalForgeHost>().SendTo(new Uri(address, WebhookEndpoint.Path), options.WebhookSecret!);
        }

        Console.Out.WriteLine($"Listening on {address}; webhooks at {new Uri(address, WebhookEndpoint.Path)}.");
        await server.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Success;
    }
}
