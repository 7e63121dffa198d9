using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Authentication;

namespace TaskBot.GitHub.Client;

/// <summary>Makes clients for credentials. All share one pool of connections and one bounded cache of answers.</summary>
public sealed class GitHubClientFactory : IDisposable
{
    const int CacheBytes = 32 * 1024 * 1024;

    readonly GitHubOptions _options;
    readonly TimeProvider _time;
    readonly ILogger<GitHubClientFactory> _logger;
    readonly HttpClient _http;
    readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = CacheBytes });
    readonly ConcurrentDictionary<long, Lazy<GitHubClient>> _installations = new();
    readonly ConcurrentBag<IDisposable> _owned = [];
    readonly Lazy<GitHubClient> _app;
    readonly Lazy<GitHubClient> _anonymous;

    public GitHubClientFactory(IOptions<GitHubOptions> options, TimeProvider time, ILogger<GitHubClientFactory> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false
        })
        {
            // Each attempt has its own limit, counted by the injected clock.
            Timeout = Timeout.InfiniteTimeSpan
        };
        _app = new(() => Create(Own(AppCredential.From(_options, _time))));
        _anonymous = new(() => Create(new TokenCredential(token: null)));
    }

    /// <summary>The App itself, by its JWT. For <see cref="GitHubClient.Apps"/> only: GitHub takes the JWT nowhere else.</summary>
    /// <exception cref="InvalidOperationException">No App is configured.</exception>
    public GitHubClient ForApp() => _app.Value;

    /// <summary>The App in one account. The same client for the same id, its token renewed before it expires.</summary>
    /// <exception cref="InvalidOperationException">No App is configured.</exception>
    public GitHubClient ForInstallation(long installationId) =>
        _installations.GetOrAdd(installationId, id => new(() => ForInstallation(id, scope: null))).Value;

    /// <summary>The App in one account with less than all it may: some repositories, some permissions. A new client each time.</summary>
    public GitHubClient ForInstallation(long installationId, InstallationTokenScope? scope) =>
        Create(Own(new InstallationCredential(installationId, scope, ForApp().Apps, _time)));

    /// <summary>A token that someone gave: <c>GITHUB_TOKEN</c> of a job, or a personal access token.</summary>
    public GitHubClient ForToken(string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        return Create(new TokenCredential(token));
    }

    /// <summary>No token: public data and the manifest flow.</summary>
    public GitHubClient Anonymous() => _anonymous.Value;

    GitHubClient Create(IGitHubCredential credential) =>
        new(Own(new GitHubConnection(_http, credential, _options, _cache, _time, _logger)));

    T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
        _http.Dispose();
        _cache.Dispose();
    }
}
