using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.Issues;

/// <summary>A comment on an issue or on a pull request's conversation.</summary>
/// <param name="User">The author; null when the account is gone.</param>
/// <param name="Reactions">Null in some payloads.</param>
/// <param name="PerformedViaGitHubApp">The App that wrote it, if any.</param>
public sealed record IssueComment(
    long Id,
    string? Body = null,
    User? User = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    string? AuthorAssociation = null,
    string? HtmlUrl = null,
    string? IssueUrl = null,
    string? NodeId = null,
    Reactions.ReactionRollup? Reactions = null,
    [property: System.Text.Json.Serialization.JsonPropertyName("performed_via_github_app")] Apps.App? PerformedViaGitHubApp = null);
