using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Issues;

namespace TaskBot.GitHub.PullRequests;

/// <summary>A pull request. Lists carry less: <see cref="Merged"/> and <see cref="Mergeable"/> are null there.</summary>
/// <param name="Id">Unique on the server; not the number people see.</param>
/// <param name="NodeId">The id that GraphQL mutations want.</param>
/// <param name="State">GitHub's text: <c>open</c> or <c>closed</c>.</param>
/// <param name="Mergeable">Null while GitHub computes it.</param>
public sealed record PullRequest(
    long Id,
    int Number,
    PullRequestBranch Head,
    PullRequestBranch Base,
    string Title = "",
    string? NodeId = null,
    string? Body = null,
    string? State = null,
    User? User = null,
    bool Draft = false,
    bool? Merged = null,
    bool? Mergeable = null,
    string? MergeableState = null,
    string? MergeCommitSha = null,
    DateTimeOffset? MergedAt = null,
    DateTimeOffset? ClosedAt = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    string? AuthorAssociation = null,
    bool Locked = false,
    string? HtmlUrl = null)
{
    [AllowNull]
    public IReadOnlyList<Label> Labels { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<User> Assignees { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<User> RequestedReviewers { get; init => field = value ?? []; } = [];
}

/// <summary>One end of a pull request.</summary>
/// <param name="Name">The branch name without <c>refs/heads/</c>.</param>
/// <param name="Repository">Null when the fork was deleted, and in the short form of check and workflow events.</param>
public sealed record PullRequestBranch(
    [property: JsonPropertyName("ref")] string Name,
    string Sha,
    User? User = null,
    [property: JsonPropertyName("repo")] BranchRepository? Repository = null);

/// <summary>The repository of a pull request's end; only the id is always there.</summary>
public sealed record BranchRepository(
    long Id, string? Name = null, string? FullName = null, bool Fork = false, string? DefaultBranch = null, User? Owner = null);

/// <summary>A pull request as check and workflow events name it.</summary>
public sealed record PullRequestReference(long Id, int Number, PullRequestBranch? Head = null, PullRequestBranch? Base = null);

/// <summary>A pull request to open.</summary>
/// <param name="Head">The branch with the changes, <c>owner:branch</c> across forks.</param>
/// <param name="Base">The branch to merge into.</param>
public sealed record NewPullRequest(
    string Title, string Head, string Base, string? Body = null, bool Draft = false, bool? MaintainerCanModify = null);

/// <summary>What to change of a pull request; null leaves as it is. Draft state goes through <see cref="GraphQL.GraphQLClient"/>.</summary>
/// <param name="State"><c>open</c> or <c>closed</c>.</param>
public sealed record PullRequestUpdate(string? Title = null, string? Body = null, string? State = null, string? Base = null);
