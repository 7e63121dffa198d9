using System.Text.Json;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.PullRequests;

namespace TaskBot.GitHub.Repositories;

/// <summary>Repositories: facts, permission, branches, contents, commits, statuses, dispatches.</summary>
public sealed class RepositoriesClient
{
    readonly GitHubConnection _connection;

    internal RepositoriesClient(GitHubConnection connection) => _connection = connection;

    /// <summary>The repository, also under its old name after a rename: compare <see cref="Repository.FullName"/>.</summary>
    public Task<Repository> GetAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _connection.GetAsync<Repository>($"repos/{repository.Owner}/{repository.Name}", cancellationToken);

    /// <summary>
    /// What a user may do. This is the question to ask before acting for someone; <c>author_association</c> does not answer it. Someone whom
    /// GitHub does not find there (404) may do nothing: <c>none</c>.
    /// </summary>
    public async Task<RepositoryPermission> GetPermissionAsync(RepositoryName repository, string login, CancellationToken cancellationToken) =>
        await _connection.FindAsync<RepositoryPermission>(
            $"repos/{repository.Owner}/{repository.Name}/collaborators/{login}/permission", cancellationToken)
        ?? new RepositoryPermission("none");

    /// <summary>The branch, or null.</summary>
    public Task<Branch?> FindBranchAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) =>
        _connection.FindAsync<Branch>($"repos/{repository.Owner}/{repository.Name}/branches/{branch:path}", cancellationToken);

    /// <summary>The rules of active rulesets that hold for a branch, wherever they are set; also for a branch that is not there.</summary>
    public IAsyncEnumerable<BranchRule> ListBranchRulesAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) =>
        _connection.ListAsync<BranchRule>($"repos/{repository.Owner}/{repository.Name}/rules/branches/{branch:path}", cancellationToken);

    /// <summary>A file with its content (1 MB at most; larger ones come without), or null when there is none at the path.</summary>
    /// <param name="reference">A commit id, branch or tag; null is the default branch.</param>
    /// <exception cref="GitHubApiException">The path is a folder, among others.</exception>
    public Task<RepositoryContent?> FindFileAsync(
        RepositoryName repository, string path, string? reference, CancellationToken cancellationToken) =>
        _connection.FindAsync<RepositoryContent>(
            $"repos/{repository.Owner}/{repository.Name}/contents/{path:path}", cancellationToken, ("ref", reference));

    /// <summary>Entries of a folder below the root (1,000 at most); empty when there is none. The root is <see cref="Git.GitClient.GetTreeAsync"/>.</summary>
    public async Task<IReadOnlyList<RepositoryContent>> ListFolderAsync(
        RepositoryName repository, string path, string? reference, CancellationToken cancellationToken) =>
        await _connection.FindAsync<IReadOnlyList<RepositoryContent>>(
            $"repos/{repository.Owner}/{repository.Name}/contents/{path:path}", cancellationToken, ("ref", reference)) ?? [];

    /// <summary>Writes one file as one commit.</summary>
    public Task<FileWritten> WriteFileAsync(RepositoryName repository, string path, FileWrite file, CancellationToken cancellationToken) =>
        _connection.SendAsync<FileWrite, FileWritten>(
            HttpMethod.Put, $"repos/{repository.Owner}/{repository.Name}/contents/{path:path}", file, cancellationToken);

    /// <summary>A gzipped tar of a commit's files. The caller disposes the stream.</summary>
    public Task<Stream> DownloadTarballAsync(RepositoryName repository, string reference, CancellationToken cancellationToken) =>
        _connection.DownloadAsync($"repos/{repository.Owner}/{repository.Name}/tarball/{reference:path}", cancellationToken);

    /// <summary>How <paramref name="head"/> relates to <paramref name="base"/>: commits, branches or tags.</summary>
    public Task<Comparison> CompareAsync(RepositoryName repository, string @base, string head, CancellationToken cancellationToken) =>
        _connection.GetAsync<Comparison>($"repos/{repository.Owner}/{repository.Name}/compare/{@base:path}...{head:path}", cancellationToken);

    /// <summary>The commit that a commit id, branch or tag names, or null.</summary>
    public Task<Commit?> FindCommitAsync(RepositoryName repository, string reference, CancellationToken cancellationToken) =>
        _connection.FindAsync<Commit>($"repos/{repository.Owner}/{repository.Name}/commits/{reference:path}", cancellationToken);

    /// <summary>Pull requests that contain a commit. For a fork's head this is how to find its pull request.</summary>
    public IAsyncEnumerable<PullRequest> ListPullRequestsOfCommitAsync(
        RepositoryName repository, string sha, CancellationToken cancellationToken) =>
        _connection.ListAsync<PullRequest>($"repos/{repository.Owner}/{repository.Name}/commits/{sha}/pulls", cancellationToken);

    public Task<CommitStatus> CreateStatusAsync(
        RepositoryName repository, string sha, NewCommitStatus status, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewCommitStatus, CommitStatus>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/statuses/{sha}",
            status with { Description = GitHubText.Cut(status.Description, GitHubText.StatusDescriptionLimit) },
            cancellationToken);

    public Task<CombinedStatus> GetCombinedStatusAsync(RepositoryName repository, string reference, CancellationToken cancellationToken) =>
        _connection.GetAsync<CombinedStatus>(
            $"repos/{repository.Owner}/{repository.Name}/commits/{reference:path}/status", cancellationToken, ("per_page", "100"));

    /// <summary>Starts workflows that listen to <c>repository_dispatch</c>.</summary>
    /// <param name="eventType">100 characters at most.</param>
    public Task CreateDispatchAsync(RepositoryName repository, string eventType, JsonElement? payload, CancellationToken cancellationToken) =>
        _connection.SendAsync<DispatchBody, JsonElement?>(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/dispatches", new(eventType, payload), cancellationToken);
}

sealed record DispatchBody(string EventType, JsonElement? ClientPayload);
