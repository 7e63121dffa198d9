using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Starts a run of the issue.</summary>
public sealed class RunVerb(IForge forge, RunStarter starter, TimeProvider time) : IVerb
{
    public VerbHelp Help { get; } = new("run", "run [task] [set=variant] [in=2h]", "starts work on the issue, as the named task where one is named; later with `in=` or `at=`");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => StartAsync(forge, starter, time, call, isPlanOnly: false, cancellationToken);

    internal static async Task<VerbAnswer> StartAsync(IForge forge, RunStarter starter, TimeProvider time, VerbCall call, bool isPlanOnly, CancellationToken cancellationToken)
    {
        var (at, arguments, problem) = StartTime.Take(call.Command.Arguments, time.GetUtcNow());
        if (problem is not null) return new VerbAnswer.Refused(problem);
        (var wish, problem) = TaskNames.Parse(arguments, call.Project);
        if (problem is not null) return new VerbAnswer.Refused(problem);
        if (call is { IsPullRequest: true, Run: null })
            return new VerbAnswer.Refused("This pull request is not TaskBot's. Work starts from an issue; here there are `/taskbot review`, `/taskbot ask …` and `/taskbot find …`.");
        // On the pull request of a run it is the issue that is worked on.
        var issue = call.IsPullRequest ? await forge.GetIssueAsync(call.Repository, call.Run!.Issue, cancellationToken) : call.Issue;
        var trigger = call.Trigger with { Wish = arguments.Length == 0 ? null : wish, NotBefore = at, IsPlanOnly = isPlanOnly };
        return await starter.StartAsync(call.Repository, issue, trigger, cancellationToken) is RunStart.Refused refused ? new VerbAnswer.Refused(refused.Reason) : new VerbAnswer.Working();
    }
}
