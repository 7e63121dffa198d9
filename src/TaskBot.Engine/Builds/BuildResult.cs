using System.Collections.Immutable;
using TaskBot.Engine.Runs;

namespace TaskBot.Engine.Builds;

/// <summary>How a build of a compiled graph ended.</summary>
/// <param name="Nodes">Leaves.</param>
/// <param name="Executed">Leaves that ran.</param>
/// <param name="Cached">Leaves that were up to date or whose result was found.</param>
/// <param name="Skipped">Leaves that were skipped.</param>
/// <param name="Failed">Leaves that failed.</param>
/// <param name="Unwell">Leaves that did not succeed, in the order in which they ended.</param>
/// <param name="Log">What is known now, for the next build.</param>
public sealed record BuildResult(
    Outcome Outcome, int Nodes, int Executed, int Cached, int Skipped, int Failed, ImmutableArray<NodeReport> Unwell, BuildLog Log)
{
    /// <summary>There was nothing to do.</summary>
    public static BuildResult UpToDate(CompiledGraph graph, BuildLog log) =>
        new(graph.Leaves > 0 ? Outcome.Succeeded : Outcome.Skipped, graph.Leaves, Executed: 0, graph.Leaves, Skipped: 0, Failed: 0, [], log);
}
