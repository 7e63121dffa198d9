using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using TaskBot.GitHub;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>The folder that mirrors are kept in.</summary>
public sealed record MirrorFolder(string Path);

/// <summary>
/// A bare mirror of each repository, fetched when a commit is asked for that it does not have. The credential for it reads one repository's
/// contents and goes to that address only.
/// </summary>
public sealed class MirrorObjects(MirrorFolder folder, IForge forge, GitHubClientFactory clients, IOptions<GitHubOptions> options) : IObjectSource
{
    readonly ConcurrentDictionary<RepositoryName, SemaphoreSlim> fetching = new();

    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        var git = await FetchAsync(repository, commit: null, cancellationToken);
        await using (git)
        {
            return await git.Refs.ResolveAsync($"refs/heads/{branch}", cancellationToken)
                ?? throw new ForgeException($"{repository} has no branch '{branch}' with a commit on it. Commit something there first.");
        }
    }

    public Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken) =>
        FetchAsync(repository, commit, cancellationToken);

    async Task<GitRepository> FetchAsync(RepositoryName repository, CommitId? commit, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder.Path, repository.Owner, $"{repository.Name}.git");
        var turn = fetching.GetOrAdd(repository, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            var git = Directory.Exists(path) ? await GitRepository.OpenAsync(path, cancellationToken) : await GitRepository.CreateBareAsync(path, cancellationToken);
            if (commit is { } wanted && await git.Refs.ResolveAsync(wanted.Value, cancellationToken) is not null) return git;
            var address = (await forge.GetRepositoryAsync(repository, cancellationToken)).CloneUrl;
            var remote = new GitRemote(git, address, await CredentialAsync(repository, cancellationToken));
            await remote.FetchAsync(["+refs/heads/*:refs/heads/*"], cancellationToken);
            return git;
        }
        finally
        {
            turn.Release();
        }
    }

    async Task<GitCredential?> CredentialAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        if (options.Value.Token is { Length: > 0 } token) return new("x-access-token", token);
        if (options.Value.AppId is not { Length: > 0 }) return null;
        var apps = clients.ForApp().Apps;
        var installation = await apps.FindRepositoryInstallationAsync(repository, cancellationToken)
            ?? throw new ForgeException($"The GitHub App is not installed in {repository}, or may not see it. Install it there.");
        var scope = new InstallationTokenScope([repository.Name], Permissions: new Dictionary<string, string> { ["contents"] = "read" });
        return new("x-access-token", (await apps.CreateInstallationTokenAsync(installation.Id, scope, cancellationToken)).Token);
    }
}
