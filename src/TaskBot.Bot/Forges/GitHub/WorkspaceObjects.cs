using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>The folder of a job's checkout.</summary>
public sealed record WorkspaceFolder(string Path);

/// <summary>The checkout that a job made: what is checked out is what work starts from.</summary>
public sealed class WorkspaceObjects(WorkspaceFolder workspace) : IObjectSource
{
    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        await using var git = await GitRepository.OpenAsync(workspace.Path, cancellationToken);
        return await git.Refs.HeadAsync(cancellationToken)
            ?? throw new ForgeException($"'{workspace.Path}' has no commit. Check the repository out before this step: actions/checkout.");
    }

    public async Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken) =>
        await GitRepository.OpenAsync(workspace.Path, cancellationToken);
}
