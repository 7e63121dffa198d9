using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Starts a run of the issue.</summary>
public sealed class RunVerb(IForge forge, RunStarter starter) : IVerb
{
    public VerbHelp Help { get; } = new("run", "run [task] [set=variant]", "starts work on the issue, as the named task where one is named");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => StartAsync(forge, starter, call, isPlanOnly: false, cancellationToken);

    internal static async Task<VerbAnswer> StartAsync(IForge forge, RunStarter starter, VerbCall call, bool isPlanOnly, CancellationToken cancellationToken)
    {
        var (wish, problem) = TaskNames.Parse(call.Command.Arguments, call.Project);
        if (problem is not null) return new VerbAnswer.Refused(problem);
        if (call is { IsPullRequest: true, Run: null })
            return new VerbAnswer.Refused("This pull request is not TaskBot's. Work starts from an issue; here there are `/taskbot review`, `/taskbot ask …` and `/taskbot find …`.");
        // On the pull request of a run it is the issue that is worked on.
        var issue = call.IsPullRequest ? await forge.GetIssueAsync(call.Repository, call.Run!.Issue, cancellationToken) : call.Issue;
        var trigger = call.Trigger with { Wish = call.Command.Arguments.Length == 0 ? null : wish, IsPlanOnly = isPlanOnly };
        return await starter.StartAsync(call.Repository, issue, trigger, cancellationToken) is RunStart.Refused refused ? new VerbAnswer.Refused(refused.Reason) : new VerbAnswer.Working();
    }
}
