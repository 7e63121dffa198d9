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
/// A bare mirror of each repository, brought up to date when a commit is asked for that it does not have: by git, with files' contents when they
/// are read, or as <see cref="GitHubOptions.Objects"/> may say by the API. The credential for git reads one repository's contents and goes to that
/// address only.
/// </summary>
public sealed class MirrorObjects(
    MirrorFolder folder, IForge forge, GitHubClientFactory clients, IOptions<GitHubOptions> options, TimeProvider time) : IObjectSource
{
    readonly ConcurrentDictionary<RepositoryName, GitMirror> mirrors = new();

    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) =>
        await FindBaseAsync(repository, branch, cancellationToken)
            ?? throw new ForgeException($"{repository} has no branch '{branch}' with a commit on it. Commit something there first.");

    public async Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken)
    {
        if (options.Value.Objects == ObjectTransport.Git) return await ByGitAsync(() => MirrorOf(repository).OpenAsync(commit, cancellationToken));
        try
        {
            // A folder of its own: what git fetched has history, and this has none.
            var api = new GitHubApiObjects(await ClientAsync(repository, cancellationToken), repository);
            return await new ApiMirror(Path.Combine(folder.Path, repository.Owner, $"{repository.Name}.api.git"), api, time).OpenAsync(commit, cancellationToken);
        }
        catch (Exception e) when (e is IOException or GitException { Problem: GitProblem.AnswerWrong })
        {
            throw new ForgeException($"{repository} at {commit} could not be had over the API: {e.Message}", e);
        }
    }

    async Task<CommitId?> FindBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        if (options.Value.Objects == ObjectTransport.Git)
        {
            await using var git = await ByGitAsync(() => MirrorOf(repository).FetchAsync(cancellationToken));
            return await git.Refs.ResolveAsync($"refs/heads/{branch}", cancellationToken);
        }

        try
        {
            var client = await ClientAsync(repository, cancellationToken);
            return await client.Repositories.FindBranchAsync(repository, branch, cancellationToken) is { } found ? new CommitId(found.Commit.Sha) : null;
        }
        catch (GitHubApiException e)
        {
            throw GitHubForge.Refused(e);
        }
    }

    static async Task<GitRepository> ByGitAsync(Func<Task<GitRepository>> fetch)
    {
        try
        {
            return await fetch();
        }
        catch (GitException e) when (e.Problem == GitProblem.CommandFailed)
        {
            throw new ForgeException($"{e.Message} Where git cannot reach the forge and its API can, set {GitHubOptions.Section}:{nameof(GitHubOptions.Objects)} to api.", e);
        }
    }

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
        var scope = new InstallationTokenScope([repository.Name], Permissions: new Dictionary<string, string> { ["contents"] = "read" });
        var installation = await InstallationAsync(repository, cancellationToken);
        return new("x-access-token", (await clients.ForApp().Apps.CreateInstallationTokenAsync(installation, scope, cancellationToken)).Token);
    }

    async Task<GitHubClient> ClientAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        options.Value.Token is { Length: > 0 } token ? clients.ForToken(token)
        : options.Value.AppId is { Length: > 0 } ? clients.ForInstallation(await InstallationAsync(repository, cancellationToken))
        : clients.Anonymous();

    async Task<long> InstallationAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        (await clients.ForApp().Apps.FindRepositoryInstallationAsync(repository, cancellationToken)
            ?? throw new ForgeException($"The GitHub App is not installed in {repository}, or may not see it. Install it there.")).Id;
}
