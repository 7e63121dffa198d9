using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>Runs in memory, with the versions and natural keys of a durable store.</summary>
public sealed class MemoryRunStore : IRunStore
{
    readonly List<RunRecord> runs = [];

    public ValueTask<RunRecord> CreateAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (runs.Find(known => known.TriggerKey == run.TriggerKey) is { } earlier) return new(earlier);
        runs.Add(run);
        return new(run);
    }

    public ValueTask<RunRecord?> FindAsync(RunId id, CancellationToken cancellationToken) => new(runs.Find(run => run.Id == id));

    public ValueTask<RunRecord?> FindByIssueAsync(string repository, int issue, CancellationToken cancellationToken) =>
        new(runs.FindLast(run => run.Repository == repository && run.Issue == issue));

    public ValueTask<RunRecord?> FindByHeadAsync(string repository, string headSha, CancellationToken cancellationToken) =>
        new(runs.FindLast(run => run.Repository == repository && run.HeadSha == headSha));

    public ValueTask<ImmutableArray<RunRecord>> ListAsync(int limit, CancellationToken cancellationToken) =>
        new([.. runs.AsEnumerable().Reverse().Take(limit)]);

    public ValueTask<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var at = runs.FindIndex(known => known.Id == run.Id);
        if (runs[at].Version != run.Version) throw new StaleRunException(run.Id);
        return new(runs[at] = run with { Version = run.Version + 1 });
    }

    public ValueTask<RunRecord?> ClaimAsync(TimeSpan lease, CancellationToken cancellationToken) => new(runs.Find(run => run.Stage == RunStage.Queued));

    public ValueTask<bool> RenewAsync(RunId id, TimeSpan lease, CancellationToken cancellationToken) => new(true);

    public ValueTask ReleaseAsync(RunId id, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
