using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;

namespace TaskBot.Bot.Executors;

/// <summary>Runs graphs of runs: in this process, or somewhere else.</summary>
public interface IGraphExecutor
{
    /// <returns>How it ended; null where it was handed to somebody else: the run then waits, and asks again once it is called.</returns>
    /// <exception cref="Forges.ForgeException">It could not be handed over, or was lost there; the obstacle says what to do.</exception>
    Task<RunResult?> RunAsync(GraphWork work, CancellationToken cancellationToken);
}

/// <summary>A graph that has to be run, and what it was composed from.</summary>
/// <param name="Graph">What <paramref name="Order"/> composes to.</param>
public sealed record GraphWork(RunRecord Run, WorkOrder Order, TaskGraph Graph, RunWork Work);
