using System.CommandLine;

namespace TaskBot.Commands;

/// <summary><c>taskbot health</c>: whether the server of this container is well, for images that have neither shell nor curl.</summary>
static class HealthCommand
{
    /// <summary>What a container was started with; zero bytes between the words. Source: proc(5).</summary>
    const string FirstProcess = "/proc/1/cmdline";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var url = AddressOption.Create("--url", "Where the server listens.");
        url.DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080");
        var command = new Command(
            "health",
            "Asks the server of this container whether it is ready, for the image's HEALTHCHECK. Exit 1 where it is not. A container that was started for something else, such as a job of "
            + "GitHub Actions, has no server that could be unwell: exit 0.")
        { url };
        command.SetAction((parsed, cancellationToken) => AskAsync(parsed.GetValue(url)!, cancellationToken));
        return command;
    }

    static async Task<int> AskAsync(Uri url, CancellationToken cancellationToken)
    {
        if (IsInContainer && !ReadFirstProcess().Split('\0').Contains("serve"))
        {
            Console.Out.WriteLine("No server was started here.");
            return ExitCode.Success;
        }

        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri(url, "/readyz"), cancellationToken);
            Console.Out.WriteLine($"{url} answered {(int)answer.StatusCode}.");
            return answer.IsSuccessStatusCode ? ExitCode.Success : ExitCode.WorkFailed;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Console.Out.WriteLine($"{url} did not answer: {e.Message}");
            return ExitCode.WorkFailed;
        }
    }

    /// <summary>Set by the runtime's images.</summary>
    static bool IsInContainer => Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true";

    static string ReadFirstProcess() => File.Exists(FirstProcess) ? File.ReadAllText(FirstProcess) : "serve";
}
