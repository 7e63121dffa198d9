namespace TaskBot.GitHub.Authentication;

/// <summary>A fixed token: <c>GITHUB_TOKEN</c>, a personal access token, or none.</summary>
public sealed class TokenCredential(string? token) : IGitHubCredential
{
    public ValueTask<string?> GetTokenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(token);

    public bool Forget(string token) => false;
}
