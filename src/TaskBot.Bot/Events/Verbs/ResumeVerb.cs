using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>
/// Goes on with a run that was stopped, from where it stood; what was finished is not done again. Where someone else pushed to its branch, their commits
/// stay and the work goes on from them.
/// </summary>
public sealed class ResumeVerb(IForge forge, IObjectSource objects, RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("resume", "resume", "goes on where a run was stopped, on top of what others pushed to its branch");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is not { } run) return new VerbAnswer.Refused("Nothing was started here yet. `/taskbot run` starts it.");
        if (run.Commands.Contains(call.Key)) return new VerbAnswer.Working();
        if (run.Stage is RunStage.Queued or RunStage.WaitingForRunner or RunStage.WaitingForChecks) return new VerbAnswer.Refused("It is being worked on already.");
        if (run.Ending is not null) return new VerbAnswer.Refused($"Pull request #{run.PullRequest} has ended. `/taskbot run` starts anew.");
        if (run is { Stage: RunStage.Finished, Outcome: Outcome.Succeeded }) return new VerbAnswer.Refused("It has succeeded; nothing is left to go on with. `/taskbot refine …` says what is missing.");
        if (run.WaitingNode is not null || run.IsPlanShown) return new VerbAnswer.Refused("It waits for an approval: `/taskbot approve`, or `/taskbot cancel`.");
        var start = run.PullRequest is { } number && (await forge.GetPullRequestAsync(call.Repository, number, cancellationToken)).HeadSha is var head && head != run.HeadSha
            ? await OnTopOfAsync(call, new CommitId(head), cancellationToken) : null;
        await control.GoOnAsync(run, call.Key, call.Subject, now => start is null ? now : start(now), cancellationToken);
        return new VerbAnswer.Working();
    }

    async Task<Func<RunRecord, RunRecord>> OnTopOfAsync(VerbCall call, CommitId head, CancellationToken cancellationToken)
    {
        await using var git = await objects.OpenObjectsAsync(call.Repository, head, cancellationToken);
        var tree = await git.TreeOfAsync(head, cancellationToken);
        return run => run with
        {
            BaseCommit = head.Value,
            StandsOnBranch = true,
            HeadSha = head.Value,
            HeadTree = tree.Value,
            ExtraAttempts = run.ExtraAttempts + 1,
            Layers = run.Layers.IsEmpty ? run.Layers : run.Layers.Add(TaskLayers.Start(tree)),
        };
    }
}
