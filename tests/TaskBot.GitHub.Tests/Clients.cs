using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Client;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests;

/// <summary>Client factories for tests: no pause between writes, real time unless given.</summary>
static class Clients
{
    public static GitHubClientFactory For(Uri api, TimeProvider? time = null, Action<GitHubOptions>? configure = null)
    {
        var options = new GitHubOptions { ApiUrl = api, WriteInterval = TimeSpan.Zero };
        configure?.Invoke(options);
        return new GitHubClientFactory(Options.Create(options), time ?? TimeProvider.System, NullLogger<GitHubClientFactory>.Instance);
    }

    public static GitHubClientFactory For(ContractKit kit) => For(kit.Url, configure: options =>
    {
        options.AppId = kit.AppId;
        options.PrivateKey = kit.PrivateKey;
    });
}
