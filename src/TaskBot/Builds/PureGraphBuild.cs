using System.Collections.Immutable;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Results;

namespace TaskBot.Builds;

/// <summary>
/// Builds a compiled graph from the command line: no host, no git and no forge, as its nodes are functions; and no database where everything
/// is up to date. What a small build takes is mostly the code that has to be loaded for it, so it loads little.
/// </summary>
sealed class PureGraphBuild(BuildFolder folder, string database, RunId run)
{
    /// <summary>The types that a compiled graph can be made of.</summary>
    public static ImmutableArray<IPureNodeType> Types { get; } = [new NoopNode()];

    /// <summary>How many leaves there are if all of them are up to date, as far as that is known without reading the graph; else null.</summary>
    public int? UpToDateLeaves() => folder.State is { IsUpToDate: true } state && state.Stamp == SqliteResultCache.StampOf(database) ? state.Leaves : null;

    /// <param name="compiled">The graph as it was compiled, which the log is kept for; null to keep none.</param>
    /// <param name="graph">The graph to build: the same nodes, some of which may say something else.</param>
    /// <param name="log">What is known; null to take it from the folder.</param>
    public BuildResult Run(CompiledGraph? compiled, CompiledGraph graph, BuildLog? log, CancellationToken cancellationToken)
    {
        var read = log is null && compiled is not null ? folder.ReadLog(compiled, SqliteResultCache.StampOf(database)) : null;
        if (read?.Covers(graph) == true) return BuildResult.UpToDate(graph, read);
        log ??= read ?? new(graph);
        var (result, wasAlone) = log.Covers(graph) ? (BuildResult.UpToDate(graph, log), true) : Work(graph, log, cancellationToken);

        // Only now that nobody here has the database open does its state stand still.
        var stamp = wasAlone ? SqliteResultCache.StampOf(database) : "Others wrote meanwhile.";
        if (compiled is not null) folder.Write(log, stamp, isUpToDate: wasAlone && ReferenceEquals(graph, compiled) && log.Covers(compiled));
        return result;
    }

    (BuildResult Result, bool WasAlone) Work(CompiledGraph graph, BuildLog log, CancellationToken cancellationToken)
    {
        using var warnings = new Warnings();
        using var store = SqliteBuildStore.Open(new() { ConnectionString = database }, TimeProvider.System, warnings.For<SqliteBuildStore>());
        using var build = new GraphBuild(graph, log, run, 1, Types, store, TimeProvider.System, warnings.For<GraphBuild>());
        return (build.Run(cancellationToken), store.WasAlone);
    }
}
