using TaskBot.Bot.Reports;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Says where the run stands.</summary>
public sealed class StatusVerb : IVerb
{
    public VerbHelp Help { get; } = new("status", "status", "says where the run stands, what it cost, and how to go on");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => Task.FromResult<VerbAnswer>(
        new VerbAnswer.Done(call.Run is { } run ? TrackingComment.Summary(run) : "Nothing was started here yet. `/taskbot run` starts it."));
}
