using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.PullRequests;

/// <summary>Pull requests, their files, commits, reviews and review comments. Threads and draft state are GraphQL's.</summary>
public sealed class PullRequestsClient
{
    readonly GitHubConnection _connection;

    internal PullRequestsClient(GitHubConnection connection) => _connection = connection;

    public Task<PullRequest> GetAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.GetAsync<PullRequest>($"repos/{repository.Owner}/{repository.Name}/pulls/{number}", cancellationToken);

    /// <param name="state"><c>open</c>, <c>closed</c> or <c>all</c>.</param>
    /// <param name="head"><c>owner:branch</c>.</param>
    public IAsyncEnumerable<PullRequest> ListAsync(
        RepositoryName repository, CancellationToken cancellationToken, string state = "open", string? head = null, string? @base = null) =>
        _connection.ListAsync<PullRequest>(
            $"repos/{repository.Owner}/{repository.Name}/pulls", cancellationToken, ("state", state), ("head", head), ("base", @base));

    /// <summary>Opens a pull request; 422 when head has no commits over base or one is already open for it.</summary>
    public Task<PullRequest> CreateAsync(RepositoryName repository, NewPullRequest pullRequest, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewPullRequest, PullRequest>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/pulls",
            pullRequest with { Body = GitHubText.Body(pullRequest.Body) },
            cancellationToken);

    public Task<PullRequest> UpdateAsync(RepositoryName repository, int number, PullRequestUpdate update, CancellationToken cancellationToken) =>
        _connection.SendAsync<PullRequestUpdate, PullRequest>(
            HttpMethod.Patch,
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}",
            update with { Body = GitHubText.Body(update.Body) },
            cancellationToken);

    /// <summary>Changed files; GitHub lists 3,000 at most.</summary>
    public IAsyncEnumerable<ChangedFile> ListFilesAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.ListAsync<ChangedFile>($"repos/{repository.Owner}/{repository.Name}/pulls/{number}/files", cancellationToken);

    /// <summary>Commits; GitHub lists 250 at most.</summary>
    public IAsyncEnumerable<Commit> ListCommitsAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.ListAsync<Commit>($"repos/{repository.Owner}/{repository.Name}/pulls/{number}/commits", cancellationToken);

    public Task<PullRequest> RequestReviewersAsync(
        RepositoryName repository, int number, IReadOnlyList<string> logins, CancellationToken cancellationToken) =>
        _connection.SendAsync<ReviewersBody, PullRequest>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/requested_reviewers",
            new(logins),
            cancellationToken,
            RequestKind.IdempotentWrite);

    public IAsyncEnumerable<Review> ListReviewsAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.ListAsync<Review>($"repos/{repository.Owner}/{repository.Name}/pulls/{number}/reviews", cancellationToken);

    public Task<Review> CreateReviewAsync(RepositoryName repository, int number, NewReview review, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewReview, Review>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/reviews",
            review with
            {
                Body = GitHubText.Body(review.Body),
                Comments = review.Comments?.Select(comment => comment with { Body = GitHubText.Body(comment.Body) }).ToArray()
            },
            cancellationToken);

    public IAsyncEnumerable<ReviewComment> ListCommentsOfReviewAsync(
        RepositoryName repository, int number, long reviewId, CancellationToken cancellationToken) =>
        _connection.ListAsync<ReviewComment>(
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/reviews/{reviewId}/comments", cancellationToken);

    public IAsyncEnumerable<ReviewComment> ListReviewCommentsAsync(
        RepositoryName repository, int number, CancellationToken cancellationToken, DateTimeOffset? since = null) =>
        _connection.ListAsync<ReviewComment>(
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/comments", cancellationToken, ("since", GitHubTime.Format(since)));

    public Task<ReviewComment> CreateReviewCommentAsync(
        RepositoryName repository, int number, NewReviewComment comment, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewReviewComment, ReviewComment>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/comments",
            comment with { Body = GitHubText.Body(comment.Body) },
            cancellationToken);

    /// <param name="commentId">The first comment of the thread: GitHub refuses a reply to a reply.</param>
    public Task<ReviewComment> ReplyAsync(
        RepositoryName repository, int number, long commentId, string body, CancellationToken cancellationToken) =>
        _connection.SendAsync<TextBody, ReviewComment>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/pulls/{number}/comments/{commentId}/replies",
            new(GitHubText.Body(body)),
            cancellationToken);

    /// <summary>The review comment, or null when it was deleted.</summary>
    public Task<ReviewComment?> FindReviewCommentAsync(RepositoryName repository, long commentId, CancellationToken cancellationToken) =>
        _connection.FindAsync<ReviewComment>($"repos/{repository.Owner}/{repository.Name}/pulls/comments/{commentId}", cancellationToken);

    public Task<ReviewComment> UpdateReviewCommentAsync(
        RepositoryName repository, long commentId, string body, CancellationToken cancellationToken) =>
        _connection.SendAsync<TextBody, ReviewComment>(
            HttpMethod.Patch,
            $"repos/{repository.Owner}/{repository.Name}/pulls/comments/{commentId}",
            new(GitHubText.Body(body)),
            cancellationToken);
}

sealed record ReviewersBody(IReadOnlyList<string> Reviewers);
