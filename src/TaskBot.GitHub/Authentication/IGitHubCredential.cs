namespace TaskBot.GitHub.Authentication;

/// <summary>Something that gives the token for a request.</summary>
public interface IGitHubCredential
{
    /// <summary>The token to send as <c>Bearer</c>, or null for none.</summary>
    ValueTask<string?> GetTokenAsync(CancellationToken cancellationToken);

    /// <summary>GitHub refused this token. True when the next one may be another, so that trying again makes sense.</summary>
    bool Forget(string token);
}
