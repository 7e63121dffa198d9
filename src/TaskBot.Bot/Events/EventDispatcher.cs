using Microsoft.Extensions.Logging;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>Reads a delivery and gives it to the handlers that are for it. What nobody acts on is not even read.</summary>
public sealed partial class EventDispatcher(
    IssueLabeledHandler asked, IssueEndedHandler ended, CommentHandler comments, PullRequestHandler pulls, ReviewHandler reviews, ChecksHandler checks, DispatchedRunHandler dispatched, RepositoryHandler repositories,
    ILogger<EventDispatcher> logger)
{
    /// <summary>Whether anybody acts on a delivery of that event: of all that GitHub sends, most is only looked at this far.</summary>
    /// <param name="eventName">As in <c>X-GitHub-Event</c>.</param>
    /// <param name="body">The JSON.</param>
    public static bool ActsOn(string eventName, ReadOnlySpan<byte> body) => eventName switch
    {
        "issues" => WebhookEvent.ActionOf(eventName, body) is "labeled" or "assigned" or "closed" or "unassigned" or "transferred" or "deleted",
        "issue_comment" or "pull_request_review_comment" => CommentHandler.MayBeTold(body) && WebhookEvent.ActionOf(eventName, body) is "created" or "edited",
        "pull_request" => WebhookEvent.ActionOf(eventName, body) is "closed" or "reopened" or "synchronize",
        "pull_request_review" => WebhookEvent.ActionOf(eventName, body) is "submitted" or "dismissed",
        "check_run" or "check_suite" or "workflow_run" => WebhookEvent.ActionOf(eventName, body) is "completed",
        "repository" or "push" or "status" => true,
        _ => false,
    };

    /// <summary>Whether a delivery has to be handled: somebody acts on such events, and a check is of a commit that a run published.</summary>
    /// <exception cref="WebhookPayloadException">The body is not JSON, as far as it was read.</exception>
    public async ValueTask<bool> ConcernsAnybodyAsync(Delivery delivery, CancellationToken cancellationToken) =>
        ActsOn(delivery.EventName, delivery.Body.Span)
        && (WebhookEvent.CheckedCommitOf(delivery.EventName, delivery.Body.Span) is not { } commit || await checks.AreOursAsync(commit, cancellationToken));

    public async Task HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        WebhookEvent @event;
        try
        {
            if (!ActsOn(delivery.EventName, delivery.Body.Span)) return;
            @event = WebhookEvent.Parse(delivery.EventName, delivery.Body.Span);
        }
        catch (WebhookPayloadException e)
        {
            // It was signed, so it is GitHub's; trying again would not make it readable.
            LogUnreadable(logger, e, delivery.Id, delivery.EventName);
            return;
        }

        LogReceived(logger, delivery.EventName, @event.Action, @event.Repository?.FullName);
        switch (@event)
        {
            case WebhookEvent.IssuesEvent { Action: "labeled" } issues: await asked.LabeledAsync(issues, delivery.Id, cancellationToken); break;
            case WebhookEvent.IssuesEvent { Action: "assigned" } issues: await asked.AssignedAsync(issues, delivery.Id, cancellationToken); break;
            case WebhookEvent.IssuesEvent issues: await ended.HandleAsync(issues, delivery.Id, cancellationToken); break;
            case WebhookEvent.IssueCommentEvent { Repository: { } place, Sender: { } sender } comment:
                await comments.HandleAsync(
                    new(place.Address, GitHubForge.Of(comment.Issue), comment.Issue.IsPullRequest, new(ForgeSubjectKind.Comment, comment.Issue.Number, comment.Comment.Id), comment.Comment.Body, comment.Comment.User, sender),
                    cancellationToken);
                break;
            case WebhookEvent.PullRequestReviewCommentEvent { Repository: { } place, Sender: { } sender } comment:
                await comments.HandleAsync(
                    new(place.Address, GitHubForge.Of(comment.PullRequest), IsPullRequest: true, new(ForgeSubjectKind.ReviewComment, comment.PullRequest.Number, comment.Comment.Id), comment.Comment.Body, comment.Comment.User, sender),
                    cancellationToken);
                break;
            case WebhookEvent.PullRequestReviewEvent review: await reviews.HandleAsync(review, cancellationToken); break;
            case WebhookEvent.PullRequestEvent pull: await pulls.HandleAsync(pull, delivery.Id, cancellationToken); break;
            case WebhookEvent.RepositoryEvent happened: await repositories.HandleAsync(happened, delivery.Id, cancellationToken); break;
            case WebhookEvent.PushEvent push: await repositories.HandleAsync(push, delivery.Id, cancellationToken); break;
            case WebhookEvent.CheckRunEvent check: await checks.HandleAsync(check, check.CheckRun.HeadSha, cancellationToken); break;
            case WebhookEvent.CheckSuiteEvent suite: await checks.HandleAsync(suite, suite.CheckSuite.HeadSha, cancellationToken); break;
            case WebhookEvent.WorkflowRunEvent workflow:
                await dispatched.HandleAsync(workflow, cancellationToken);
                await checks.HandleAsync(workflow, workflow.WorkflowRun.HeadSha, cancellationToken);
                break;
            case WebhookEvent.StatusEvent status: await checks.HandleAsync(status, status.Sha, cancellationToken); break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Received {EventName}.{Action} of {Repository}")]
    static partial void LogReceived(ILogger logger, string eventName, string? action, string? repository);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} ({EventName}) cannot be read and is dropped")]
    static partial void LogUnreadable(ILogger logger, Exception exception, string delivery, string eventName);
}
