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
    readonly ConcurrentDictionary<long, WritePacer> _installationPacers = new();
    readonly ConcurrentDictionary<long, Lazy<GitHubClient>> _installations = new();
    readonly ConcurrentDictionary<string, Lazy<GitHubClient>> _tokens = new(StringComparer.Ordinal);
    readonly Lazy<AppCredential> _appCredential;
    readonly Lazy<GitHubClient> _app;
    readonly Lazy<GitHubClient> _anonymous;

    /// <param name="handler">What requests go through, owned by the caller; null for the network. It must not follow redirects.</param>
    public GitHubClientFactory(IOptions<GitHubOptions> options, TimeProvider time, ILogger<GitHubClientFactory> logger, HttpMessageHandler? handler = null)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _http = new HttpClient(
            handler ?? new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.All,
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
                UseCookies = false
            },
            disposeHandler: handler is null)
        {
            // Each attempt has its own limit, counted by the injected clock.
            Timeout = Timeout.InfiniteTimeSpan
        };
        _appCredential = new(() => AppCredential.From(_options, _time));
        _app = new(() => Create(_appCredential.Value, NewPacer()));
        _anonymous = new(() => Create(new TokenCredential(token: null), NewPacer()));
    }

    /// <summary>The App itself, by its JWT. For <see cref="GitHubClient.Apps"/> only: GitHub takes the JWT nowhere else.</summary>
    /// <exception cref="InvalidOperationException">No App is configured.</exception>
    public GitHubClient ForApp() => _app.Value;

    /// <summary>The App in one account. The same client for the same id, its token renewed before it expires.</summary>
    /// <exception cref="InvalidOperationException">No App is configured.</exception>
    public GitHubClient ForInstallation(long installationId) =>
        _installations.GetOrAdd(installationId, id => new(() => ForInstallation(id, scope: null))).Value;

    /// <summary>
    /// The App in one account with less than all it may: some repositories, some permissions. A new client each time, which takes turns at
    /// writing with the others of the installation.
    /// </summary>
    public GitHubClient ForInstallation(long installationId, InstallationTokenScope? scope) =>
        Create(
            new InstallationCredential(installationId, scope, ForApp().Apps, _time),
            _installationPacers.GetOrAdd(installationId, _ => NewPacer()));

    /// <summary>A token that someone gave: <c>GITHUB_TOKEN</c> of a job, or a personal access token. The same client for the same token.</summary>
    public GitHubClient ForToken(string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        return _tokens.GetOrAdd(token, key => new(() => Create(new TokenCredential(key), NewPacer()))).Value;
    }

    /// <summary>The token that is configured, <see cref="GitHubOptions.Token"/>.</summary>
    /// <exception cref="InvalidOperationException">None is configured.</exception>
    public GitHubClient ForToken() => _options.Token is { Length: > 0 } token
        ? ForToken(token)
        : throw new InvalidOperationException($"No token is configured: set {GitHubOptions.Section}:{nameof(GitHubOptions.Token)}.");

    /// <summary>No token: public data and the manifest flow.</summary>
    public GitHubClient Anonymous() => _anonymous.Value;

    public void Dispose()
    {
        if (_appCredential.IsValueCreated) _appCredential.Value.Dispose();
        _http.Dispose();
        _cache.Dispose();
    }

    GitHubClient Create(IGitHubCredential credential, WritePacer pacer) =>
        new(new GitHubConnection(_http, credential, pacer, _options, _cache, _time, _logger));

    WritePacer NewPacer() => new(_options.WriteInterval, _time);
}
