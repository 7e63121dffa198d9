namespace TaskBot.GitHub.Client;

/// <summary>Times as GitHub's query parameters want them.</summary>
static class GitHubTime
{
    public static string? Format(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}
