using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Apps;

/// <summary>The App itself. All but the installation's own calls need the App's JWT (<see cref="GitHubClientFactory.ForApp"/>).</summary>
public sealed class AppsClient
{
    readonly GitHubConnection _connection;

    internal AppsClient(GitHubConnection connection) => _connection = connection;

    public Task<App> GetAuthenticatedAsync(CancellationToken cancellationToken) => _connection.GetAsync<App>($"app", cancellationToken);

    public IAsyncEnumerable<Installation> ListInstallationsAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync<Installation>($"app/installations", cancellationToken);

    public Task<Installation> GetInstallationAsync(long installationId, CancellationToken cancellationToken) =>
        _connection.GetAsync<Installation>($"app/installations/{installationId}", cancellationToken);

    /// <summary>The installation that covers a repository, or null when the App is not installed there.</summary>
    public Task<Installation?> FindRepositoryInstallationAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _connection.FindAsync<Installation>($"repos/{repository.Owner}/{repository.Name}/installation", cancellationToken);

    /// <summary>A token that lives an hour. Each call makes a new one; none is used up.</summary>
    public Task<InstallationAccessToken> CreateInstallationTokenAsync(
        long installationId, InstallationTokenScope? scope, CancellationToken cancellationToken) =>
        _connection.SendAsync<InstallationTokenScope, InstallationAccessToken>(
            HttpMethod.Post, $"app/installations/{installationId}/access_tokens", scope ?? new(), cancellationToken, RequestKind.Store);

    /// <summary>Ends the installation token that this client uses.</summary>
    public Task RevokeInstallationTokenAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Delete, $"installation/token", cancellationToken);

    /// <summary>Repositories that this client's installation token reaches.</summary>
    public IAsyncEnumerable<Repository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync<RepositoryPage, Repository>($"installation/repositories", page => page.Repositories, cancellationToken);

    /// <summary>Trades the code of the manifest flow, within an hour and once, for the App's key and secrets. Needs no token.</summary>
    public Task<AppRegistration> CreateFromManifestAsync(string code, CancellationToken cancellationToken) =>
        _connection.SendAsync<AppRegistration>(HttpMethod.Post, $"app-manifests/{code}/conversions", cancellationToken);

    public Task<WebhookConfig> GetWebhookConfigAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync<WebhookConfig>($"app/hook/config", cancellationToken);

    public Task<WebhookConfig> UpdateWebhookConfigAsync(WebhookConfig config, CancellationToken cancellationToken) =>
        _connection.SendAsync<WebhookConfig, WebhookConfig>(HttpMethod.Patch, $"app/hook/config", config, cancellationToken);

    /// <summary>Delivery attempts, newest first, of the last three days (seven on GHES).</summary>
    public IAsyncEnumerable<HookDelivery> ListDeliveriesAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync<HookDelivery>($"app/hook/deliveries", cancellationToken);

    /// <summary>One attempt with what was sent.</summary>
    public Task<HookDelivery> GetDeliveryAsync(long attemptId, CancellationToken cancellationToken) =>
        _connection.GetAsync<HookDelivery>($"app/hook/deliveries/{attemptId}", cancellationToken);

    /// <summary>Asks GitHub to send a delivery again, under the same delivery id.</summary>
    public Task RedeliverAsync(long attemptId, CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Post, $"app/hook/deliveries/{attemptId}/attempts", cancellationToken);
}

sealed record RepositoryPage(IReadOnlyList<Repository> Repositories);
