using System.CommandLine;
using TaskBot.Serving;
using TaskBot.Setup;

namespace TaskBot.Commands;

/// <summary><c>taskbot setup</c>: makes the GitHub App that <c>taskbot serve</c> works as.</summary>
static class SetupCommand
{
    public static Command Create()
    {
        var webhooks = AddressOption.Create("--webhook-url", "The address at which GitHub will reach taskbot serve, such as https://taskbot.example.com.");
        webhooks.Required = true;
        var name = new Option<string?>("--name") { Description = "The App's name; no other on GitHub may have it. Default: taskbot- and your user name." };
        var organization = new Option<string?>("--organization") { Description = "The organisation that owns the App. Default: whoever is signed in." };
        var url = new Option<string>("--url") { Description = "Where the pages of the setup are, for your browser.", DefaultValueFactory = _ => "http://127.0.0.1:8081" };
        var file = new Option<FileInfo?>("--file") { Description = "Where the App's key and secrets are kept. Default: TASKBOT_AppFile, else taskbot/app.json in your configuration folder; taskbot serve reads the same." };
        var command = new Command("setup", "Makes a GitHub App with exactly the permissions and events that TaskBot needs: open /setup in a browser. Key and secrets go to a file that you alone can read.")
        {
            webhooks, name, organization, url, file,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var place = parsed.GetValue(file)?.FullName ?? AppFile.Path;
            if (File.Exists(place)) throw new UsageException($"'{place}' has an App already. Move it away to make another.");
            return ServeAsync(parsed.GetValue(url)!, new SetupServer.Wish(parsed.GetValue(name) ?? $"taskbot-{Environment.UserName}", parsed.GetValue(organization), new Uri(parsed.GetValue(webhooks)!, WebhookEndpoint.Path), place), cancellationToken);
        });
        return command;
    }

    static async Task<int> ServeAsync(string url, SetupServer.Wish wish, CancellationToken cancellationToken)
    {
        await using var server = SetupServer.Build(url, new Dictionary<string, string?>(), wish);
        await server.StartAsync(cancellationToken);
        Console.Out.WriteLine($"Open {new Uri(TaskBotServer.AddressOf(server), "/setup")} in a browser. Ctrl+C ends the setup.");
        await server.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Success;
    }
}
