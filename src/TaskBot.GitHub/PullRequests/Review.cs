using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.PullRequests;

/// <summary>A submitted review.</summary>
/// <param name="State">
/// GitHub's text. REST writes <c>APPROVED</c>, <c>CHANGES_REQUESTED</c>, <c>COMMENTED</c>, <c>DISMISSED</c>, <c>PENDING</c>; webhooks the
/// same in lower case: compare without case.
/// </param>
/// <param name="CommitId">The head that was reviewed.</param>
public sealed record Review(
    long Id,
    string? State = null,
    string? Body = null,
    User? User = null,
    string? CommitId = null,
    DateTimeOffset? SubmittedAt = null,
    string? AuthorAssociation = null,
    string? HtmlUrl = null,
    string? NodeId = null);

/// <summary>A review to submit.</summary>
/// <param name="Event"><c>APPROVE</c>, <c>REQUEST_CHANGES</c> or <c>COMMENT</c>; null leaves it pending.</param>
/// <param name="CommitId">The head it speaks about; null is the newest.</param>
public sealed record NewReview(
    string? Body = null, string? Event = null, string? CommitId = null, IReadOnlyList<NewReviewLineComment>? Comments = null);

/// <summary>A comment inside a review to submit.</summary>
/// <param name="Line">1-based line of the file on <paramref name="Side"/> (<c>LEFT</c> old, <c>RIGHT</c> new).</param>
public sealed record NewReviewLineComment(
    string Path, string Body, int? Line = null, string? Side = null, int? StartLine = null, string? StartSide = null);
