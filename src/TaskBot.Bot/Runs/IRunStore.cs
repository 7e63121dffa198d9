using System.Collections.Immutable;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Runs, durably. One process at a time works on a run: whoever claimed it.</summary>
public interface IRunStore
{
    /// <summary>Stores a new run, or gives the one that the same trigger made before.</summary>
    ValueTask<RunRecord> CreateAsync(RunRecord run, CancellationToken cancellationToken);

    ValueTask<RunRecord?> FindAsync(RunId id, CancellationToken cancellationToken);

    /// <summary>The newest run that changes code for an issue, finished or not.</summary>
    ValueTask<RunRecord?> FindByIssueAsync(string repository, int issue, CancellationToken cancellationToken);

    /// <summary>The run whose newest published commit this is.</summary>
    ValueTask<RunRecord?> FindByHeadAsync(string repository, string headSha, CancellationToken cancellationToken);

    /// <summary>Whether the newest published commit of some run, in whatever repository, is this one.</summary>
    ValueTask<bool> HasHeadAsync(string headSha, CancellationToken cancellationToken);

    /// <summary>The newest run that works on this pull request.</summary>
    ValueTask<RunRecord?> FindByPullRequestAsync(string repository, int pullRequest, CancellationToken cancellationToken);

    /// <summary>Runs at this stage, oldest first.</summary>
    ValueTask<ImmutableArray<RunRecord>> ListAsync(RunStage stage, int limit, CancellationToken cancellationToken);

    /// <summary>Runs that change code and whose pull request has not ended, newest first.</summary>
    ValueTask<ImmutableArray<RunRecord>> ListOpenPullRequestsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    ValueTask<ImmutableArray<RunRecord>> ListAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Durable when it returns; gives the record with its new version.</summary>
    /// <exception cref="StaleRunException">Someone else saved it since it was read.</exception>
    ValueTask<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken);

    /// <summary>
    /// The oldest queued run that nobody holds, whose moment has come and whose concurrency group is free, held by the caller from now on; null when there is
    /// none. From then on it has its group, until it has ended or waits for a person, and nobody works on it. A run held by a process that died is
    /// free again when its lease is over, or when the store is opened by the only process.
    /// </summary>
    ValueTask<RunRecord?> ClaimAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Holds a claimed run for another lease from now on; false where it is held no longer, so that the work on it must stop.</summary>
    ValueTask<bool> RenewAsync(RunId id, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Gives a claimed run back. Saving does not.</summary>
    ValueTask ReleaseAsync(RunId id, CancellationToken cancellationToken);

    /// <summary>Completes when a run may have become queued; spurious wake-ups are allowed.</summary>
    Task WaitAsync(CancellationToken cancellationToken);
}

/// <summary>The run was saved by someone else since it was read; read it again and decide again.</summary>
public sealed class StaleRunException(RunId id) : InvalidOperationException($"Run {id} was changed by someone else since it was read.");
