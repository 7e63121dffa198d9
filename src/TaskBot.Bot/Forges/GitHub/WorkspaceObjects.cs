using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>The folder of a job's checkout.</summary>
public sealed record WorkspaceFolder(string Path);

/// <summary>
/// The checkout that a job made: what is checked out is what work starts from. What an earlier job started from, and is not in this checkout any more, is fetched
/// beside it; so is everything in a job that checked nothing out, or only files without git's folder.
/// </summary>
/// <param name="workspace">The checkout.</param>
/// <param name="mirror">Where to fetch; null to do without.</param>
public sealed class WorkspaceObjects(WorkspaceFolder workspace, MirrorObjects? mirror = null) : IObjectSource
{
    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is not { } opened) return await mirror!.ResolveBaseAsync(repository, branch, cancellationToken);
        await using var git = opened;
        return await git.Refs.HeadAsync(cancellationToken)
            ?? throw new ForgeException($"'{workspace.Path}' has no commit. Check the repository out before this step: actions/checkout.");
    }

    public async Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } git)
        {
            if (mirror is null || await git.Refs.ResolveAsync(commit.Value, cancellationToken) is not null) return git;
            await git.DisposeAsync();
        }

        return await mirror!.OpenObjectsAsync(repository, commit, cancellationToken);
    }

    /// <summary>The checkout; null where there is none and the mirror stands in.</summary>
    async Task<GitRepository?> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GitRepository.OpenAsync(workspace.Path, cancellationToken);
        }
        catch (GitException e) when (e.Problem == GitProblem.NotARepository && mirror is not null)
        {
            return null;
        }
    }
}
