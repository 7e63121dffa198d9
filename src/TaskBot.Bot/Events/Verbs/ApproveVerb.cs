using System.Collections.Immutable;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Lets what waits for an approval go on: a plan, as it is or as a person changed it; a node of the graph; a change of protected paths.</summary>
public sealed class ApproveVerb(RunControl control, RunViewer viewer) : IVerb
{
    public VerbHelp Help { get; } = new("approve", "approve", "lets go on what waits for an approval; below it a plan may stand as it should be instead, in a block of YAML");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is { } run && run.Commands.Contains(call.Key)) return new VerbAnswer.Working();
        if (call.Run is not { Stage: RunStage.WaitingForHuman } waiting || (waiting.WaitingNode is null && !waiting.IsPlanShown))
            return new VerbAnswer.Refused("Nothing waits for an approval.");
        ImmutableArray<RunLayer> edits = [];
        if (waiting.WaitingNode is null && PlanEdit.BlockIn(call.Command.Text) is { } changed)
        {
            var (edit, problems) = PlanEdit.Read(call.Sender.Login, changed);
            if (edit is not null && problems.IsEmpty && !call.IsChecked) problems = await viewer.CheckAsync(waiting, edit, cancellationToken);
            if (!problems.IsEmpty) return new VerbAnswer.Refused($"The plan cannot be changed so:\n{ForeignText.Fence(string.Join('\n', problems))}");
            edits = [.. PlanEdit.Split(edit!)];
        }

        await control.GoOnAsync(
            waiting, call.Key, call.Subject,
            now => now.WaitingNode is { } node
                ? now with { Layers = now.Layers.Add(TaskLayers.Approval(NodePath.Parse(node), call.Sender.Login, now.WaitingDigest)) }
                : now with { IsPlanOnly = false, Layers = now.Layers.AddRange(edits) },
            cancellationToken);
        return new VerbAnswer.Working();
    }
}
