namespace TaskBot.Engine.Runs;

/// <summary>A layer that a node wrote, and how strong it is among such: a deeper writer is stronger, as it knew what came before.</summary>
readonly record struct WrittenLayer(string Text, int Depth);
