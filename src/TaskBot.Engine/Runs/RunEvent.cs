using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>Something that those who watch a run are told. Watchers that stall never slow the run.</summary>
/// <param name="Message">A line of progress, what made the node dirty, why it failed; null where there is nothing to add.</param>
public sealed record RunEvent(RunId RunId, int Attempt, TaskNode Node, NodeState State, bool Cached, string? Message, DateTimeOffset At)
{
    /// <summary>How far the attempt had come; null with what a node reports of its own work.</summary>
    public RunProgress? Progress { get; init; }
}
