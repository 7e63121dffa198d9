using System.Net;

namespace TaskBot.GitHub.Client;

/// <summary>GitHub asks to wait longer than this client is willing to hold a request.</summary>
public sealed class GitHubRateLimitException : GitHubApiException
{
    public GitHubRateLimitException(HttpMethod method, string path, HttpStatusCode? status, DateTimeOffset retryAt)
        : base(method, path, status, $"rate limited; GitHub asks to come back at {retryAt.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z.")
    {
        RetryAt = retryAt;
        Refusal = GitHubRefusal.RateLimited;
    }

    /// <summary>When the same request may be tried again.</summary>
    public DateTimeOffset RetryAt { get; }
}
