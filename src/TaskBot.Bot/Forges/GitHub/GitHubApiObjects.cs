using System.Text;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>One repository's objects, as GitHub's REST API tells them.</summary>
/// <param name="client">A client that may read the repository's contents.</param>
/// <param name="repository">Which.</param>
sealed class GitHubApiObjects(GitHubClient client, RepositoryName repository) : IApiObjects
{
    public async Task<ToldCommit> GetCommitAsync(CommitId commit, CancellationToken cancellationToken)
    {
        var told = await CallAsync(client.Git.GetCommitAsync(repository, commit.Value, cancellationToken));
        return new ToldCommit(
            new TreeId(told.Tree.Sha),
            [.. told.Parents.Select(parent => new CommitId(parent.Sha))],
            Of(told.Author),
            Of(told.Committer),
            told.Message,
            told.Verification?.Payload,
            told.Verification?.Signature);
    }

    public async Task<ToldTree> GetTreeAsync(TreeId tree, CancellationToken cancellationToken)
    {
        var told = await CallAsync(client.Git.GetTreeAsync(repository, tree.Value, recursive: true, cancellationToken));
        // What GitHub leaves out of a listing that is too long is not told, so each folder is asked for by itself.
        var isDeep = !told.Truncated;
        if (!isDeep) told = await CallAsync(client.Git.GetTreeAsync(repository, tree.Value, recursive: false, cancellationToken));
        return new ToldTree([.. told.Tree.Select(entry => new TreeEntry(entry.Path, EntryModes.Parse(Encoding.ASCII.GetBytes(entry.Mode)), entry.Sha))], isDeep);
    }

    public async Task<ReadOnlyMemory<byte>> GetBlobAsync(BlobId blob, CancellationToken cancellationToken) =>
        await CallAsync(client.Git.GetBlobAsync(repository, blob.Value, cancellationToken));

    public Task<Stream> OpenArchiveAsync(CommitId commit, CancellationToken cancellationToken) =>
        CallAsync(client.Repositories.DownloadTarballAsync(repository, commit.Value, cancellationToken));

    static CommitSignature Of(GitIdentity? by) => new(by?.Name ?? "", by?.Email ?? "", by?.Date ?? DateTimeOffset.UnixEpoch);

    static async Task<T> CallAsync<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (GitHubApiException e)
        {
            throw GitHubForge.Refused(e);
        }
    }
}
