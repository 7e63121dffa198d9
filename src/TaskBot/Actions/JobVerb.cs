using TaskBot.Bot.Events;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;

namespace TaskBot.Actions;

/// <summary>A verb that is about a run, in a job: what it knows of runs is what the Actions cache kept, and where that is gone it says so.</summary>
sealed class JobVerb(IVerb verb, IForge forge) : IVerb
{
    /// <summary>The verbs that are about a run that is there.</summary>
    public static IReadOnlySet<string> Names { get; } =
        new HashSet<string>(StringComparer.Ordinal) { "approve", "budget", "cancel", "explain", "model", "refine", "resume", "retry", "status", "why" };

    public VerbHelp Help => verb.Help;

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is null && call.IsPullRequest)
            return new VerbAnswer.Refused("No server is here that knows which issue a pull request is for: write this on the issue. `/taskbot review`, `ask` and `find` work here.");
        if (call.Run is null && await forge.FindCommentAsync(call.Repository, call.Issue.Number, TrackingComment.Marker, cancellationToken) is not null)
        {
            return new VerbAnswer.Refused(
                "What earlier jobs knew of this run is gone: without a server the Actions cache keeps it, for some days. My first comment here says how it stood, and what was published stays. `/taskbot run` starts anew, in the same pull request where that is open and nobody else worked on it.");
        }

        return await verb.DoAsync(call, cancellationToken) switch
        {
            VerbAnswer.Refused refused when verb is CancelVerb =>
                new VerbAnswer.Refused($"{refused.Reason} Without a server, commands are read one job after the other: a job that is working is stopped on its own page, under Actions."),
            var answer => answer,
        };
    }
}
