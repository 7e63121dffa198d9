using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Issues;

/// <summary>Issues, their comments, labels and assignees. Pull requests are issues here too.</summary>
public sealed class IssuesClient
{
    readonly GitHubConnection _connection;

    internal IssuesClient(GitHubConnection connection) => _connection = connection;

    public Task<Issue> GetAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.GetAsync<Issue>($"repos/{repository.Owner}/{repository.Name}/issues/{number}", cancellationToken);

    /// <summary>Issues and pull requests, newest first.</summary>
    /// <param name="state"><c>open</c>, <c>closed</c> or <c>all</c>.</param>
    /// <param name="labels">Names that all must be on it.</param>
    public IAsyncEnumerable<Issue> ListAsync(
        RepositoryName repository,
        CancellationToken cancellationToken,
        string state = "open",
        IReadOnlyList<string>? labels = null,
        string? assignee = null,
        DateTimeOffset? since = null,
        string? creator = null) =>
        _connection.ListAsync<Issue>(
            $"repos/{repository.Owner}/{repository.Name}/issues",
            cancellationToken,
            ("state", state),
            ("labels", labels is null ? null : string.Join(',', labels)),
            ("assignee", assignee),
            ("creator", creator),
            ("since", GitHubTime.Format(since)));

    public Task<Issue> CreateAsync(RepositoryName repository, NewIssue issue, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewIssue, Issue>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/issues",
            issue with { Body = GitHubText.Body(issue.Body) },
            cancellationToken);

    public Task<Issue> UpdateAsync(RepositoryName repository, int number, IssueUpdate update, CancellationToken cancellationToken) =>
        _connection.SendAsync<IssueUpdate, Issue>(
            HttpMethod.Patch,
            $"repos/{repository.Owner}/{repository.Name}/issues/{number}",
            update with { Body = GitHubText.Body(update.Body) },
            cancellationToken);

    /// <summary>Comments, oldest first.</summary>
    public IAsyncEnumerable<IssueComment> ListCommentsAsync(
        RepositoryName repository, int number, CancellationToken cancellationToken, DateTimeOffset? since = null) =>
        _connection.ListAsync<IssueComment>(
            $"repos/{repository.Owner}/{repository.Name}/issues/{number}/comments", cancellationToken, ("since", GitHubTime.Format(since)));

    /// <summary>The comment, or null when it was deleted.</summary>
    public Task<IssueComment?> FindCommentAsync(RepositoryName repository, long commentId, CancellationToken cancellationToken) =>
        _connection.FindAsync<IssueComment>($"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}", cancellationToken);

    /// <summary>Writes a comment; a body over GitHub's limit is cut on a character boundary.</summary>
    public Task<IssueComment> CreateCommentAsync(RepositoryName repository, int number, string body, CancellationToken cancellationToken) =>
        _connection.SendAsync<TextBody, IssueComment>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/issues/{number}/comments",
            new(GitHubText.Body(body)),
            cancellationToken);

    public Task<IssueComment> UpdateCommentAsync(RepositoryName repository, long commentId, string body, CancellationToken cancellationToken) =>
        _connection.SendAsync<TextBody, IssueComment>(
            HttpMethod.Patch,
            $"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}",
            new(GitHubText.Body(body)),
            cancellationToken);

    public Task DeleteCommentAsync(RepositoryName repository, long commentId, CancellationToken cancellationToken) =>
        _connection.SendAsync(
            HttpMethod.Delete, $"repos/{repository.Owner}/{repository.Name}/issues/comments/{commentId}", cancellationToken);

    /// <summary>Assigns people; those without access are silently left out by GitHub, so look at the answer.</summary>
    public Task<Issue> AddAssigneesAsync(RepositoryName repository, int number, IReadOnlyList<string> logins, CancellationToken cancellationToken) =>
        _connection.SendAsync<AssigneesBody, Issue>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/issues/{number}/assignees",
            new(logins),
            cancellationToken,
            RequestKind.IdempotentWrite);

    /// <summary>The repository's label, or null.</summary>
    public Task<Label?> FindLabelAsync(RepositoryName repository, string name, CancellationToken cancellationToken) =>
        _connection.FindAsync<Label>($"repos/{repository.Owner}/{repository.Name}/labels/{name}", cancellationToken);

    /// <summary>Makes a label in the repository; 422 when it exists.</summary>
    public Task<Label> CreateLabelAsync(RepositoryName repository, NewLabel label, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewLabel, Label>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/labels",
            label with { Description = GitHubText.Cut(label.Description, GitHubText.LabelDescriptionLimit) },
            cancellationToken);

    public IAsyncEnumerable<Label> ListLabelsAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        _connection.ListAsync<Label>($"repos/{repository.Owner}/{repository.Name}/issues/{number}/labels", cancellationToken);

    /// <summary>Puts labels on an issue, creating those that the repository lacks; answers with all labels of the issue.</summary>
    public Task<IReadOnlyList<Label>> AddLabelsAsync(
        RepositoryName repository, int number, IReadOnlyList<string> labels, CancellationToken cancellationToken) =>
        _connection.SendAsync<LabelsBody, IReadOnlyList<Label>>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/issues/{number}/labels",
            new(labels),
            cancellationToken,
            RequestKind.IdempotentWrite);

    /// <summary>Takes a label off; false when it was not on the issue.</summary>
    public Task<bool> RemoveLabelAsync(RepositoryName repository, int number, string label, CancellationToken cancellationToken) =>
        _connection.TrySendAsync(
            HttpMethod.Delete, $"repos/{repository.Owner}/{repository.Name}/issues/{number}/labels/{label}", cancellationToken);
}

sealed record AssigneesBody(IReadOnlyList<string> Assignees);

sealed record LabelsBody(IReadOnlyList<string> Labels);
