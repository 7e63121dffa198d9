using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Storage;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Results;

namespace TaskBot.Builds;

/// <summary>
/// Builds a compiled graph from the command line: no host, no git and no forge, as its nodes are functions; and no database where everything
/// is up to date.
/// </summary>
sealed class PureGraphBuild(BuildFolder folder, string database, RunId run, int jobs)
{
    /// <summary>The types that a compiled graph can be made of.</summary>
    public static ImmutableArray<INodeType> Types { get; } = [new NoopNode()];

    /// <summary>How many leaves there are if all of them are up to date, as far as that is known without reading the graph; else null.</summary>
    public int? UpToDateLeaves() => folder.State is { IsUpToDate: true } state && state.Stamp == SqliteResultCache.StampOf(database) ? state.Leaves : null;

    /// <param name="compiled">The graph as it was compiled, which the log is kept for; null to keep none.</param>
    /// <param name="graph">The graph to build: the same nodes, some of which may say something else.</param>
    /// <param name="log">What is known; null to take it from the folder.</param>
    public async Task<BuildResult> RunAsync(CompiledGraph? compiled, CompiledGraph graph, BuildLog? log, CancellationToken cancellationToken)
    {
        if (compiled is not null) log ??= folder.ReadLog(compiled, SqliteResultCache.StampOf(database));
        if (log?.Covers(graph) == true) return BuildResult.UpToDate(graph, log);
        BuildResult result;
        using var warnings = new Warnings();
        await using (var open = SqliteDatabase.Open(new() { ConnectionString = database }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance))
        await using (var results = new SqliteResultCache(open, TimeProvider.System, warnings.For<SqliteResultCache>()))
        {
            var runner = new GraphRunner(
                Types, results, new SqliteJournal(open), new() { Jobs = jobs }, TimeProvider.System, warnings.For<GraphRunner>());
            result = await runner.BuildAsync(graph, log, run, 1, cancellationToken);
        }

        // Only now that nobody here has the database open does its state stand still.
        if (compiled is not null) folder.Write(result.Log, SqliteResultCache.StampOf(database), ReferenceEquals(graph, compiled) && result.Log.Covers(compiled));
        return result;
    }
}
