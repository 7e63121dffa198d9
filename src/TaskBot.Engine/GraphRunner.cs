using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;

namespace TaskBot.Engine;

/// <summary>
/// Runs graphs to their end. A run is an incremental build: each node's key is looked up first, so that a resumed run, a retry and a
/// second attempt with a better description are one mechanism. Safe for concurrent use; every call is its own run.
/// </summary>
/// <param name="resources">What runs share; null: this runner's runs have all that the options name to themselves.</param>
/// <param name="durations">How long nodes took before, for what is most urgent and when a run will end; null: nothing is known.</param>
/// <param name="outbox">Sees to it that effects are done once; null: it remembers for as long as this runner lives.</param>
public sealed class GraphRunner(
    IEnumerable<INodeType> types,
    IResultCache cache,
    IJournal journal,
    RunnerOptions options,
    TimeProvider time,
    ILogger<GraphRunner> logger,
    ResourcePool? resources = null,
    IDurationStore? durations = null,
    EffectOutbox? outbox = null)
{
    readonly EffectOutbox effects = outbox ?? new(new InMemoryOutboxStore(time), time);
    readonly FrozenDictionary<string, INodeType> types = types.ToFrozenDictionary(type => type.Schema.Name, StringComparer.Ordinal);

    /// <summary>
    /// Runs one attempt. A graph that cannot run is an answer with problems and starts nothing. The same run and attempt again continues
    /// where the last one was cut off, as what has ended well is found by its key.
    /// </summary>
    /// <param name="watcher">Is told of every node's newest state; may be as slow as it likes.</param>
    /// <param name="cancellationToken">Ends the attempt within two seconds, as <see cref="Outcome.Cancelled"/>: no exception.</param>
    public async Task<RunResult> RunAsync(RunRequest request, IProgress<RunEvent>? watcher, CancellationToken cancellationToken)
    {
        using var own = resources is null ? new ResourcePool(options, time) : null;
        var pool = resources ?? own!;
        // Patterns are checked as they are written, and run without what is inside until it is known how often.
        var plan = GraphPlan.Build(request.Graph, types);
        var problems = plan.Problems.AddRange(SchedulingProblems.Find(request.Graph, types, pool));
        if (problems.Length > 0)
        {
            return new(Outcome.Failed, request.Graph, [], [], problems);
        }

        var unrolled = Unrolling.Apply(request.Graph);
        if (!ReferenceEquals(unrolled, request.Graph)) plan = GraphPlan.Build(unrolled, types);
        RunHistory? recorded = null;
        if (request.IsReplay)
        {
            recorded = await RunHistory.ReadAsync(journal, request.RunId, request.Attempt, cancellationToken);
            if (recorded.Nodes.Count == 0)
            {
                return new(Outcome.Failed, request.Graph, [], [],
                    [new("nothing-recorded", new(request.RunId.Value, 0, 0), $"Nothing is recorded of attempt {request.Attempt} of the run {request.RunId}.", "Name a run that the same journal has.")]);
            }
        }

        await using var hold = await cache.HoldAsync(CancellationToken.None);
        var estimates = durations is null ? DurationEstimates.None : new(await durations.ReadAsync(request.Repository, cancellationToken));
        await using var feed = new ProgressFeed(watcher, time, logger);
        var recorder = new RunRecorder(cache, recorded is null ? journal : new InMemoryJournal());
        using var run = new GraphRun(request, plan, types, recorder, journal, new(pool, effects, estimates), options, time, feed, logger, recorded);
        var result = await run.RunAsync(cancellationToken);
        if (recorded is null) await cache.PinAsync(request.RunId, await run.FindPinnedAsync(), CancellationToken.None);
        if (durations is not null && recorded is null && run.Measured.Count > 0) await durations.AddAsync(request.Repository, run.Measured, CancellationToken.None);
        return result;
    }
}
