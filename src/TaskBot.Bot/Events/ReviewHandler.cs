using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>
/// A submitted review of a run's pull request is one pass, however many comments it has. Approvals ask for nothing, and teach. Reviews pass the same gate as labels;
/// those of people who may not ask for work are for people to act on.
/// </summary>
public sealed class ReviewHandler(IForge forge, IRunStore runs, RunGate gate, RunControl control, FeedbackReader feedback)
{
    public async Task HandleAsync(WebhookEvent.PullRequestReviewEvent reviewed, CancellationToken cancellationToken)
    {
        if (reviewed is not { Repository: { FullName: { } fullName } place, Sender: { } sender, Review: { } review }) return;
        var repository = place.Address;
        if (await runs.FindByPullRequestAsync(fullName, reviewed.PullRequest.Number, cancellationToken) is not { Ending: null, HeadTree: not null } run) return;
        if (review.State?.ToLowerInvariant() is not "commented") run = await feedback.ReadAsync(run, cancellationToken);
        if (review.State?.ToLowerInvariant() is not ("changes_requested" or "commented")) return;
        if (sender.Type == "Bot" || sender.Id == (await forge.GetSelfAsync(repository, cancellationToken)).Id) return;
        if (await forge.Reviews.FindAsync(repository, reviewed.PullRequest.Number, review.Id, cancellationToken) is not { } found) return;
        found = WithoutCommands(found);
        if (found.Remarks.IsEmpty && string.IsNullOrWhiteSpace(found.Body)) return;
        // An answer within a thread goes on with a talk; only "request changes" and new comments ask for a pass.
        if (review.State.Equals("commented", StringComparison.OrdinalIgnoreCase) && string.IsNullOrWhiteSpace(found.Body) && found.Remarks.All(remark => remark.Thread != remark.Id)) return;
        if (await gate.AskAsync(repository, sender.Login, "have a review answered", cancellationToken) is GateAnswer.Closed) return;
        RunRecord Add(RunRecord now) => now with { Reviews = now.Reviews.Add(new(review.Id, sender.Login)), ExtraAttempts = now.ExtraAttempts + 1 };
        // A run that waits for an answer of another kind keeps waiting for it; the review is next.
        if (run is { Stage: RunStage.WaitingForHuman, Outcome: Outcome.WaitingForHuman, WaitingNode: not null }) await control.ChangeAsync(run, $"review-{review.Id}", Add, cancellationToken);
        else await control.GoOnAsync(run, $"review-{review.Id}", asked: null, Add, cancellationToken);
    }

    /// <summary>What a review asks for besides: a command in a comment is done as a command.</summary>
    public static ForgeReview WithoutCommands(ForgeReview review) =>
        review with { Remarks = review.Remarks.RemoveAll(remark => !SlashCommand.Read(remark.Body, "taskbot").IsEmpty) };
}
