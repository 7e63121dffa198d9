using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;

namespace TaskBot.Bot.Tests.Forges;

/// <summary>The forge over some GitHub, with nothing remembered, and clients for what others do there.</summary>
sealed class ForgeClients : IDisposable
{
    ForgeClients(GitHubOptions with)
    {
        var options = Options.Create(with);
        Clients = new GitHubClientFactory(options, TimeProvider.System, NullLogger<GitHubClientFactory>.Instance);
        Forge = new GitHubForge(Clients, options, new EffectOutbox(new InMemoryOutboxStore(TimeProvider.System), TimeProvider.System), NullLogger<GitHubForge>.Instance);
    }

    public GitHubForge Forge { get; }

    public GitHubClientFactory Clients { get; }

    /// <summary>In the hands of the App itself.</summary>
    public static ForgeClients OfApp(Uri api, string appId, string privateKey) => new(new() { ApiUrl = api, AppId = appId, PrivateKey = privateKey, WriteInterval = TimeSpan.Zero });

    /// <summary>In the hands of a job, or of anybody else who has a token and nothing more.</summary>
    public static ForgeClients OfToken(Uri api, string token) => new(new() { ApiUrl = api, Token = token, WriteInterval = TimeSpan.Zero });

    public void Dispose() => Clients.Dispose();
}
