using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Reactions;

/// <summary>A reaction to an issue or comment.</summary>
/// <param name="Content">One of <see cref="ReactionContent"/>, or GitHub's newer text.</param>
public sealed record Reaction(long Id, string Content, User? User = null);

/// <summary>How many reactions something has, as GitHub counts them beside it.</summary>
public sealed record ReactionRollup(int TotalCount);

/// <summary>GitHub's names of reactions.</summary>
public static class ReactionContent
{
    public const string ThumbsUp = "+1";
    public const string ThumbsDown = "-1";
    public const string Laugh = "laugh";
    public const string Confused = "confused";
    public const string Heart = "heart";
    public const string Hooray = "hooray";
    public const string Rocket = "rocket";
    public const string Eyes = "eyes";
}

/// <summary>Reactions. Adding one that is already there answers with the one that is there.</summary>
public sealed class ReactionsClient
{
    readonly GitHubConnection _connection;

    internal ReactionsClient(GitHubConnection connection) => _connection = connection;

    public Task<Reaction> CreateForIssueAsync(RepositoryName repository, int number, string content, CancellationToken cancellationToken) =>
        CreateAsync($"repos/{repository.Owner}/{repository.Name}/issues/{number}/reactions", content, cancellationToken);

    public Task<Reaction> CreateForIssueCommentAsync(
        RepositoryName repository, long commentId, string content, CancellationToken cancellationToken) =>
        CreateAsync($"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}/reactions", content, cancellationToken);

    public Task<Reaction> CreateForReviewCommentAsync(
        RepositoryName repository, long commentId, string content, CancellationToken cancellationToken) =>
        CreateAsync($"repos/{repository.Owner}/{repository.Name}/pulls/comments/{commentId}/reactions", content, cancellationToken);

    /// <summary>Of an issue or a pull request itself.</summary>
    public IAsyncEnumerable<Reaction> ListForIssueAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.ListAsync<Reaction>($"repos/{repository.Owner}/{repository.Name}/issues/{number}/reactions", cancellationToken);

    public IAsyncEnumerable<Reaction> ListForIssueCommentAsync(RepositoryName repository, long commentId, CancellationToken cancellationToken) =>
        _connection.ListAsync<Reaction>($"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}/reactions", cancellationToken);

    /// <summary>Takes one's own reaction back; false when it is gone already.</summary>
    public Task<bool> DeleteForIssueCommentAsync(
        RepositoryName repository, long commentId, long reactionId, CancellationToken cancellationToken) =>
        _connection.TrySendAsync(
            HttpMethod.Delete,
            $"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}/reactions/{reactionId}",
            cancellationToken);

    // A reaction exists at most once per account and content, so repeating the request is safe.
    Task<Reaction> CreateAsync(FormattableString path, string content, CancellationToken cancellationToken) =>
        _connection.SendAsync<ReactionBody, Reaction>(HttpMethod.Post, path, new(content), cancellationToken, RequestKind.IdempotentWrite);
}

sealed record ReactionBody(string Content);
