using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Scheduling;

/// <summary>How long one leaf worked.</summary>
public readonly record struct NodeDuration(NodePath Node, string Type, TimeSpan Elapsed);

/// <summary>How long nodes of earlier runs took, for what is urgent and when a run will end. Losing it costs nothing but good guesses.</summary>
public interface IDurationStore
{
    /// <summary>What is remembered of a repository: a handful of the newest durations of each node.</summary>
    ValueTask<IReadOnlyList<NodeDuration>> ReadAsync(string repository, CancellationToken cancellationToken);

    ValueTask AddAsync(string repository, IReadOnlyList<NodeDuration> durations, CancellationToken cancellationToken);
}
