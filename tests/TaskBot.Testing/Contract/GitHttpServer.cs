using System.Text.Json;

namespace TaskBot.Testing.Contract;

/// <summary>Git's own smart HTTP over the bare repositories of a folder, for whoever has an installation's token.</summary>
public sealed class GitHttpServer : IAsyncDisposable
{
    readonly NodeProcess _process;

    GitHttpServer(NodeProcess process)
    {
        _process = process;
        using var told = JsonDocument.Parse(process.FirstLine);
        Url = new Uri(told.RootElement.GetProperty("url").GetString()!);
    }

    /// <summary>Repositories are at <c>owner/name.git</c> below.</summary>
    public Uri Url { get; }

    public static async Task<GitHttpServer> StartAsync(string folder, CancellationToken cancellationToken) =>
        new(await NodeProcess.StartAsync(["git-http.mjs", "0", folder, "ghs_*", "--until-eof"], cancellationToken));

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
