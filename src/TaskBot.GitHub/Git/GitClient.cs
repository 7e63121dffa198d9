using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Git;

/// <summary>Git objects and references over REST. Blobs, trees and commits are named by content, so making one twice is harmless.</summary>
public sealed class GitClient
{
    readonly GitHubConnection _connection;

    internal GitClient(GitHubConnection connection) => _connection = connection;

    /// <summary>The reference, or null when it does not exist. <paramref name="name"/> is <c>heads/main</c> or <c>tags/v1</c>.</summary>
    public Task<GitReference?> FindReferenceAsync(RepositoryName repository, string name, CancellationToken cancellationToken) =>
        _connection.FindAsync<GitReference>($"repos/{repository.Owner}/{repository.Name}/git/ref/{Short(name):path}", cancellationToken);

    /// <summary>References whose name begins with <paramref name="prefix"/>, such as <c>heads/taskbot/</c>.</summary>
    public IAsyncEnumerable<GitReference> ListMatchingReferencesAsync(RepositoryName repository, string prefix, CancellationToken cancellationToken) =>
        // GitHub answers 404 to a path that ends in a slash, so a prefix that does is asked without and held to here.
        _connection.ListUnpagedAsync<GitReference>(
            $"repos/{repository.Owner}/{repository.Name}/git/matching-refs/{Short(prefix).TrimEnd('/'):path}", cancellationToken)
            .Where(reference => reference.Name.StartsWith($"refs/{Short(prefix)}", StringComparison.Ordinal));

    /// <param name="name"><c>heads/x</c>; the leading <c>refs/</c> may be left out.</param>
    public Task<GitReference> CreateReferenceAsync(RepositoryName repository, string name, string sha, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewReference, GitReference>(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/git/refs", new($"refs/{Short(name)}", sha), cancellationToken);

    /// <summary>Points a reference elsewhere; without <paramref name="force"/> only to a descendant (422 otherwise).</summary>
    public Task<GitReference> UpdateReferenceAsync(
        RepositoryName repository, string name, string sha, bool force, CancellationToken cancellationToken) =>
        _connection.SendAsync<ReferenceUpdate, GitReference>(
            HttpMethod.Patch, $"repos/{repository.Owner}/{repository.Name}/git/refs/{Short(name):path}", new(sha, force), cancellationToken);

    public Task DeleteReferenceAsync(RepositoryName repository, string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Delete, $"repos/{repository.Owner}/{repository.Name}/git/refs/{Short(name):path}", cancellationToken);

    /// <summary>Stores bytes (100 MB at most) and answers with the blob's id.</summary>
    public async Task<string> CreateBlobAsync(RepositoryName repository, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        (await _connection.SendAsync<NewBlob, CommitReference>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/git/blobs",
            new(Convert.ToBase64String(content.Span), "base64"),
            cancellationToken,
            RequestKind.Store)).Sha;

    /// <summary>A file's bytes by its id (about 90 MB at most).</summary>
    public async Task<byte[]> GetBlobAsync(RepositoryName repository, string sha, CancellationToken cancellationToken) =>
        (await _connection.GetAsync<GitBlob>($"repos/{repository.Owner}/{repository.Name}/git/blobs/{sha}", cancellationToken)).ReadBytes();

    /// <summary>Makes a tree of <paramref name="entries"/> over <paramref name="baseTree"/> (a tree id; null starts empty).</summary>
    public Task<GitTree> CreateTreeAsync(
        RepositoryName repository, IReadOnlyList<NewTreeEntry> entries, string? baseTree, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewTree, GitTree>(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/git/trees", new(entries, baseTree), cancellationToken, RequestKind.Store);

    /// <summary>A tree by its id. A recursive one may come <see cref="GitTree.Truncated"/>.</summary>
    public Task<GitTree> GetTreeAsync(RepositoryName repository, string sha, bool recursive, CancellationToken cancellationToken) =>
        _connection.GetAsync<GitTree>(
            $"repos/{repository.Owner}/{repository.Name}/git/trees/{sha}", cancellationToken, ("recursive", recursive ? "1" : null));

    public Task<GitCommit> GetCommitAsync(RepositoryName repository, string sha, CancellationToken cancellationToken) =>
        _connection.GetAsync<GitCommit>($"repos/{repository.Owner}/{repository.Name}/git/commits/{sha}", cancellationToken);

    public Task<GitCommit> CreateCommitAsync(RepositoryName repository, NewCommit commit, CancellationToken cancellationToken) =>
        _connection.SendAsync<NewCommit, GitCommit>(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/git/commits", commit, cancellationToken, RequestKind.Store);

    static string Short(string name) => name.StartsWith("refs/", StringComparison.Ordinal) ? name[5..] : name;
}

sealed record NewReference([property: System.Text.Json.Serialization.JsonPropertyName("ref")] string Name, string Sha);

sealed record ReferenceUpdate(string Sha, bool Force);

sealed record NewBlob(string Content, string Encoding);

sealed record NewTree(IReadOnlyList<NewTreeEntry> Tree, string? BaseTree);
