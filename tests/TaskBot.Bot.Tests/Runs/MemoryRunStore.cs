using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>Runs in memory, with the versions and natural keys of a durable store.</summary>
public sealed class MemoryRunStore : IRunStore
{
    readonly List<RunRecord> runs = [];
    readonly HashSet<RunId> held = [];
    readonly SemaphoreSlim renewed = new(0);

    /// <summary>False where another process took what is held here.</summary>
    public bool MayRenew { get; set; } = true;

    /// <summary>Completes when leases were renewed this often.</summary>
    public async Task RenewedAsync(int times)
    {
        for (var time = 0; time < times; time++) await renewed.WaitAsync();
    }

    public ValueTask<RunRecord> CreateAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (runs.Find(known => known.TriggerKey == run.TriggerKey) is { } earlier) return new(earlier);
        runs.Add(run);
        return new(run);
    }

    public ValueTask<RunRecord?> FindAsync(RunId id, CancellationToken cancellationToken) => new(runs.Find(run => run.Id == id));

    public ValueTask<RunRecord?> FindByIssueAsync(string repository, int issue, CancellationToken cancellationToken) =>
        new(runs.FindLast(run => run.Repository == repository && run.Issue == issue && run.Purpose == RunPurpose.Change));

    public ValueTask<RunRecord?> FindByHeadAsync(string repository, string headSha, CancellationToken cancellationToken) =>
        new(runs.FindLast(run => run.Repository == repository && run.HeadSha == headSha));

    public ValueTask<bool> HasHeadAsync(string headSha, CancellationToken cancellationToken) => new(runs.Exists(run => run.HeadSha == headSha));

    public ValueTask<RunRecord?> FindByPullRequestAsync(string repository, int pullRequest, CancellationToken cancellationToken) =>
        new(runs.FindLast(run => run.Repository == repository && run.PullRequest == pullRequest && run.Purpose == RunPurpose.Change));

    public ValueTask<ImmutableArray<RunRecord>> ListAsync(RunStage stage, int limit, CancellationToken cancellationToken) =>
        new([.. runs.Where(run => run.Stage == stage).Take(limit)]);

    public ValueTask<ImmutableArray<RunRecord>> ListOpenPullRequestsAsync(int limit, CancellationToken cancellationToken) =>
        new([.. runs.AsEnumerable().Reverse().Where(run => run is { PullRequest: not null, Ending: null, Purpose: RunPurpose.Change }).Take(limit)]);

    public ValueTask<ImmutableArray<RunRecord>> ListAsync(int limit, CancellationToken cancellationToken) =>
        new([.. runs.AsEnumerable().Reverse().Take(limit)]);

    public ValueTask<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var at = runs.FindIndex(known => known.Id == run.Id);
        if (runs[at].Version != run.Version) throw new StaleRunException(run.Id);
        return new(runs[at] = run with { Version = run.Version + 1 });
    }

    public ValueTask<RunRecord?> ClaimAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var free = runs.Find(run => run.Stage == RunStage.Queued && !held.Contains(run.Id));
        if (free is not null) held.Add(free.Id);
        return new(free);
    }

    public ValueTask<bool> RenewAsync(RunId id, TimeSpan lease, CancellationToken cancellationToken)
    {
        renewed.Release();
        return new(MayRenew);
    }

    public ValueTask ReleaseAsync(RunId id, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>There is never more: a run is worked on once.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
}
