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
        if (compiled is not null) log ??= folder.ReadLog(compiled, SqliteResultCache.StampOf(database));
        if (log?.Covers(graph) == true) return BuildResult.UpToDate(graph, log);
        BuildResult result;
        bool wasAlone;
        using var warnings = new Warnings();
        using (var store = SqliteBuildStore.Open(new() { ConnectionString = database }, TimeProvider.System, warnings.For<SqliteBuildStore>()))
        using (var build = new GraphBuild(graph, log ?? new(graph), run, 1, Types, store, TimeProvider.System, warnings.For<GraphBuild>()))
            (result, wasAlone) = (build.Run(cancellationToken), store.WasAlone);

        // Only now that nobody here has the database open does its state stand still.
        if (compiled is not null)
            folder.Write(result.Log, wasAlone ? SqliteResultCache.StampOf(database) : "Others wrote meanwhile.", wasAlone && ReferenceEquals(graph, compiled) && result.Log.Covers(compiled));
        return result;
    }
}
