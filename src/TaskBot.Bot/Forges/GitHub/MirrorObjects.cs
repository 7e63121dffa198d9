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
/// A bare mirror of each repository, fetched when a commit is asked for that it does not have; files' contents come when they are read. The
/// credential for it reads one repository's contents and goes to that address only.
/// </summary>
public sealed class MirrorObjects(
    MirrorFolder folder, IForge forge, GitHubClientFactory clients, IOptions<GitHubOptions> options, TimeProvider time) : IObjectSource
{
    readonly ConcurrentDictionary<RepositoryName, GitMirror> mirrors = new();

    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        await using var git = await MirrorOf(repository).FetchAsync(cancellationToken);
        return await git.Refs.ResolveAsync($"refs/heads/{branch}", cancellationToken)
            ?? throw new ForgeException($"{repository} has no branch '{branch}' with a commit on it. Commit something there first.");
    }

    public Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken) =>
        MirrorOf(repository).OpenAsync(commit, cancellationToken);

    GitMirror MirrorOf(RepositoryName repository) => mirrors.GetOrAdd(
        repository,
        name => new GitMirror(
            Path.Combine(folder.Path, name.Owner, $"{name.Name}.git"),
            async cancellationToken => new GitSource(
                (await forge.GetRepositoryAsync(name, cancellationToken)).CloneUrl, await CredentialAsync(name, cancellationToken)),
            time));

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
