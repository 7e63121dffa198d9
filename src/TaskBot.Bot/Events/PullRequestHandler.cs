using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>What happens to a run's pull request: a person's push rests the run until it is asked again, and its end is remembered.</summary>
public sealed class PullRequestHandler(IForge forge, IRunStore runs, RunControl control, RunReporter reporter, RunLearner learner, FeedbackReader feedback)
{
    const string EndingSignal = "pull-request";

    public async Task HandleAsync(WebhookEvent.PullRequestEvent pull, string deliveryId, CancellationToken cancellationToken)
    {
        if (pull is not { Repository: { FullName: { } fullName } repository, Sender: { } sender }) return;
        if (await runs.FindByPullRequestAsync(fullName, pull.PullRequest.Number, cancellationToken) is not { } run) return;
        switch (pull.Action)
        {
            case "closed":
                var isMerged = pull.PullRequest.Merged == true || pull.PullRequest.MergedAt is not null;
                await EndAsync(run, deliveryId, isMerged ? pull.PullRequest.MergeCommitSha ?? pull.PullRequest.Head.Sha : null, sender.Login, cancellationToken);
                break;
            case "reopened":
                await learner.RewardAsync(run, EndingSignal, reward: null, cancellationToken);
                await control.ChangeAsync(run, deliveryId, now => now with { Ending = null, MergedAs = null }, cancellationToken);
                break;
            case "synchronize" when run.Stage != RunStage.Finished && pull.PullRequest.Head.Sha != run.HeadSha && sender.Id != (await forge.GetSelfAsync(repository.Address, cancellationToken)).Id:
                await control.HoldAsync(
                    run, deliveryId,
                    $"@{sender.Login} pushed to {run.Branch} ({pull.PullRequest.Head.Sha[..7]}), so that I keep away from it. `/taskbot resume` goes on from there, with every commit kept. Shall I?",
                    cancellationToken);
                break;
        }
    }

    /// <summary>How the pull request ended is what the work was worth; a run that was still at it has nothing left to do.</summary>
    /// <param name="mergedAs">The commit that it became; null where it was not merged.</param>
    async Task EndAsync(RunRecord run, string deliveryId, string? mergedAs, string login, CancellationToken cancellationToken)
    {
        var isMerged = mergedAs is not null;
        var reason = isMerged ? $"@{login} merged pull request #{run.PullRequest}." : $"@{login} closed pull request #{run.PullRequest} without merging it. `/taskbot run` starts anew.";
        var ended = await control.ChangeAsync(
            run, deliveryId,
            now => now with
            {
                Stage = RunStage.Finished,
                // Merged is merged, also where the end was told of first.
                Outcome = isMerged ? Outcome.Succeeded : now.Stage == RunStage.Finished ? now.Outcome : Outcome.Cancelled,
                Verdict = null,
                Ending = isMerged ? PullRequestEnding.Merged : PullRequestEnding.ClosedUnmerged,
                MergedAs = mergedAs,
                Reason = reason,
            },
            cancellationToken);
        await learner.RewardAsync(ended, EndingSignal, isMerged ? 1 : 0, cancellationToken);
        await reporter.ShowAsync(ended, plan: null, cancellationToken);
        // Now that it is known how it ended, no one looks at it again.
        await feedback.ReadAsync(ended, cancellationToken);
    }
}
