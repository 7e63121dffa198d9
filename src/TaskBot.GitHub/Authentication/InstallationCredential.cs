using TaskBot.GitHub.Apps;

namespace TaskBot.GitHub.Authentication;

/// <summary>
/// An installation's token: fetched once for all who wait, kept while it lives, and fetched again five minutes before it expires, so that
/// a long run never holds a dead one.
/// </summary>
sealed class InstallationCredential(long installationId, InstallationTokenScope? scope, AppsClient app, TimeProvider time)
    : IGitHubCredential, IDisposable
{
    static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    readonly SemaphoreSlim _fetching = new(1, 1);
    volatile InstallationAccessToken? _token;

    public async ValueTask<string?> GetTokenAsync(CancellationToken cancellationToken)
    {
        if (Live() is { } known) return known;
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (Live() is { } fetchedMeanwhile) return fetchedMeanwhile;
            var token = await app.CreateInstallationTokenAsync(installationId, scope, cancellationToken);
            _token = token;
            return token.Token;
        }
        finally
        {
            _fetching.Release();
        }
    }

    public bool Forget(string token)
    {
        if (_token is { } current && current.Token == token) _token = null;
        return true;
    }

    public void Dispose() => _fetching.Dispose();

    string? Live() => _token is { } token && time.GetUtcNow() < token.ExpiresAt - Margin ? token.Token : null;
}
