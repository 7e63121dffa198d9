using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges;

/// <summary>Gives a local object store that has a commit of a repository: a mirror, the job's own checkout, or the repository itself.</summary>
public interface IObjectSource
{
    /// <summary>The commit that work on a branch starts from now.</summary>
    /// <exception cref="ForgeException">There is no such branch, or nothing was ever committed to it.</exception>
    Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken);

    /// <exception cref="ForgeException">The commit cannot be had.</exception>
    Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken);
}
