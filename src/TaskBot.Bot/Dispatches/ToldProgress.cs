using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Dispatches;

/// <summary>Tells of progress, as lines for those who watch.</summary>
sealed class ToldProgress(RunnerStory story) : IProgress<RunEvent>
{
    public void Report(RunEvent value)
    {
        if (value is { State: NodeState.Running or NodeState.Failed, Message: { Length: > 0 } message, Node.IsBranch: false }) story.Tell($"{value.Node.Path}: {message}");
    }
}
