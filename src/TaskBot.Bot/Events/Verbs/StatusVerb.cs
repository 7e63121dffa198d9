using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Says where the run stands.</summary>
public sealed class StatusVerb(RunPlaces places) : IVerb
{
    public VerbHelp Help { get; } = new("status", "status", "says where the run stands, what it cost, and how to go on");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => new VerbAnswer.Done(
        call.Run is { } run ? TrackingComment.Summary(run, await places.FindAsync(run, cancellationToken)) : "Nothing was started here yet. `/taskbot run` starts it.");
}
