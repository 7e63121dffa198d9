using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.PullRequests;

/// <summary>A comment on a line of a pull request's diff.</summary>
/// <param name="InReplyToId">The first comment of the thread, null when this is it.</param>
/// <param name="Line">1-based line in the newest diff; null when outdated.</param>
public sealed record ReviewComment(
    long Id,
    string? Body = null,
    User? User = null,
    string? Path = null,
    int? Line = null,
    int? StartLine = null,
    int? OriginalLine = null,
    int? OriginalStartLine = null,
    string? Side = null,
    string? CommitId = null,
    string? OriginalCommitId = null,
    string? DiffHunk = null,
    long? InReplyToId = null,
    long? PullRequestReviewId = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    string? AuthorAssociation = null,
    string? HtmlUrl = null,
    string? NodeId = null);

/// <summary>A comment to write on a line or a whole file.</summary>
/// <param name="CommitId">The head whose diff the line belongs to.</param>
/// <param name="SubjectType"><c>line</c> or <c>file</c>.</param>
public sealed record NewReviewComment(
    string Body,
    string CommitId,
    string Path,
    int? Line = null,
    string? Side = null,
    int? StartLine = null,
    string? StartSide = null,
    string? SubjectType = null);
