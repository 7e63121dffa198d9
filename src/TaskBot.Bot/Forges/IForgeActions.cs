using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges;

/// <summary>Jobs of a forge that work can be given to.</summary>
public interface IForgeActions
{
    /// <summary>What names a repository for good, and the branch that its workflows are taken from.</summary>
    Task<(long Id, string DefaultBranch)> IdentifyAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>Starts a workflow by hand, as it stands on a branch.</summary>
    /// <returns>Its run's id; null where the forge does not say.</returns>
    /// <exception cref="ForgeException">There is no such workflow, it takes other inputs, or it is turned off.</exception>
    Task<long?> StartAsync(RepositoryName repository, string workflow, string branch, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken);

    /// <summary>The newest run that was started by hand and has this text in its title; null where there is none.</summary>
    Task<long?> FindAsync(RepositoryName repository, string title, CancellationToken cancellationToken);

    /// <summary>The page of a run for people; where it is not known which, that of the workflow.</summary>
    string PageOf(RepositoryName repository, string workflow, long? run);

    /// <summary>Ends a run; one that has ended, or is gone, is fine.</summary>
    Task CancelAsync(RepositoryName repository, long run, CancellationToken cancellationToken);
}
