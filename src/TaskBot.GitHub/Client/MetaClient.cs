namespace TaskBot.GitHub.Client;

/// <summary>The server itself: its limits and facts.</summary>
public sealed class MetaClient
{
    readonly GitHubConnection _connection;

    internal MetaClient(GitHubConnection connection) => _connection = connection;

    /// <summary>What is left of the hourly budgets. The call is not counted.</summary>
    public Task<RateLimitStatus> GetRateLimitAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync<RateLimitStatus>($"rate_limit", cancellationToken);

    public Task<ServerMeta> GetAsync(CancellationToken cancellationToken) => _connection.GetAsync<ServerMeta>($"meta", cancellationToken);
}

/// <summary>Budgets by API.</summary>
public sealed record RateLimitStatus(RateLimitResources Resources);

/// <summary>The budgets that this client spends from.</summary>
public sealed record RateLimitResources(RateLimitBudget Core, RateLimitBudget? Graphql = null);

/// <summary>One hourly budget.</summary>
/// <param name="Reset">When it is full again, in seconds since 1970.</param>
public sealed record RateLimitBudget(long Limit, long Remaining, long Reset, long Used = 0);

/// <summary>Facts about the server.</summary>
/// <param name="Hooks">Networks that webhooks come from, in CIDR form.</param>
/// <param name="InstalledVersion">GHES only.</param>
public sealed record ServerMeta(IReadOnlyList<string>? Hooks = null, string? InstalledVersion = null);
