using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>A layer that a node wrote, and how strong it is among such: a deeper writer is stronger, as it knew what came before.</summary>
sealed record WrittenLayer(string Text, int Depth, Trust Trust);
