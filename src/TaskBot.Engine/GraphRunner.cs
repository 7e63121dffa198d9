using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;

namespace TaskBot.Engine;

/// <summary>
/// Runs graphs to their end. A run is an incremental build: each node's key is looked up first, so that a resumed run, a retry and a
/// second attempt with a better description are one mechanism. Safe for concurrent use; every call is its own run.
/// </summary>
public sealed class GraphRunner(
    IEnumerable<INodeType> types,
    IResultCache cache,
    IJournal journal,
    RunnerOptions options,
    TimeProvider time,
    ILogger<GraphRunner> logger)
{
    readonly FrozenDictionary<string, INodeType> types = types.ToFrozenDictionary(type => type.Schema.Name, StringComparer.Ordinal);

    /// <summary>
    /// Runs one attempt. A graph that cannot run is an answer with problems and starts nothing. The same run and attempt again continues
    /// where the last one was cut off, as what has ended well is found by its key.
    /// </summary>
    /// <param name="watcher">Is told of every node's newest state; may be as slow as it likes.</param>
    /// <param name="cancellationToken">Ends the attempt within two seconds, as <see cref="Outcome.Cancelled"/>: no exception.</param>
    public async Task<RunResult> RunAsync(RunRequest request, IProgress<RunEvent>? watcher, CancellationToken cancellationToken)
    {
        var plan = GraphPlan.Build(request.Graph, types);
        if (plan.Problems.Length > 0)
        {
            return new(Outcome.Failed, request.Graph, [], [], plan.Problems);
        }

        await using var hold = await cache.HoldAsync(CancellationToken.None);
        await using var feed = new ProgressFeed(watcher, time, logger);
        using var run = new GraphRun(request, plan, types, new(cache, journal), journal, options, time, feed, logger);
        return await run.RunAsync(cancellationToken);
    }
    /// <summary>
    /// Brings a compiled graph up to date: gives every node the state, key and outputs that <see cref="RunAsync"/> would, and looks only at what has
    /// changed since the log was written and at what that changes. A node that was up to date enters no state and leaves no record.
    /// </summary>
    /// <param name="log">
    /// What is known from before, and is written on; null for nothing, which looks at every node. Nothing may have been removed from the cache
    /// since, nor the node types have changed.
    /// </param>
    /// <param name="cancellationToken">Ends the build as <see cref="Outcome.Cancelled"/>: no exception.</param>
    public async Task<BuildResult> BuildAsync(
        CompiledGraph graph, BuildLog? log, RunId runId, int attempt, IProgress<RunEvent>? watcher, CancellationToken cancellationToken)
    {
        await using var hold = await cache.HoldAsync(CancellationToken.None);
        await using var feed = new ProgressFeed(watcher, time, logger);
        return await new GraphBuild(graph, log ?? new(graph), runId, attempt, types, cache, journal, options, time, feed, logger).RunAsync(cancellationToken);
    }
}
