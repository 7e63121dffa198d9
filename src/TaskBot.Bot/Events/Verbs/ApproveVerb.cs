using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Lets what waits for an approval go on: a plan, a node of the graph, a change of protected paths.</summary>
public sealed class ApproveVerb(RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("approve", "approve", "lets go on what waits for an approval");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is { } run && run.Commands.Contains(call.Key)) return new VerbAnswer.Working();
        if (call.Run is not { Stage: RunStage.WaitingForHuman } waiting || (waiting.WaitingNode is null && !waiting.IsPlanOnly))
            return new VerbAnswer.Refused("Nothing waits for an approval.");
        await control.GoOnAsync(
            waiting, call.Key, call.Subject,
            now => now.WaitingNode is { } node ? now with { Layers = now.Layers.Add(TaskLayers.Approval(NodePath.Parse(node), call.Sender.Login, now.WaitingDigest)) } : now with { IsPlanOnly = false },
            cancellationToken);
        return new VerbAnswer.Working();
    }
}
