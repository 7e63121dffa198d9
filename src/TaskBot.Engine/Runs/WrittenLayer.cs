using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>A layer that a node wrote, and how strong it is among such: a deeper writer is stronger, as it knew what came before.</summary>
/// <param name="Instance">The innermost instance that its writer stands in, and that it is about; null for the whole graph.</param>
sealed record WrittenLayer(string Text, int Depth, Trust Trust, NodePath? Instance);
