using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Stops a run within seconds.</summary>
public sealed class CancelVerb(RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("cancel", "cancel", "stops what is under way; branch and pull request stay");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is not { } run || (run.Stage == RunStage.Finished && !run.Commands.Contains(call.Key))) return new VerbAnswer.Refused("No run is under way here.");
        await control.StopAsync(run, call.Key, $"Cancelled by @{call.Sender.Login}. `/taskbot resume` goes on from here.", cancellationToken);
        return new VerbAnswer.Done();
    }
}
