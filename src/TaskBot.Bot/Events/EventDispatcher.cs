using Microsoft.Extensions.Logging;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>Reads a delivery and gives it to the handlers that are for it. What nobody handles is fine.</summary>
public sealed partial class EventDispatcher(
    IssueLabeledHandler asked, IssueEndedHandler ended, CommentHandler comments, PullRequestHandler pulls, ReviewHandler reviews, ChecksHandler checks, DispatchedRunHandler dispatched, RepositoryHandler repositories,
    ILogger<EventDispatcher> logger)
{
    public async Task HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        WebhookEvent @event;
        try
        {
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
            case WebhookEvent.IssuesEvent { Action: "closed" or "unassigned" or "transferred" or "deleted" } issues: await ended.HandleAsync(issues, delivery.Id, cancellationToken); break;
            case WebhookEvent.IssueCommentEvent { Action: "created" or "edited", Repository: { } place, Sender: { } sender } comment:
                await comments.HandleAsync(
                    new(place.Address, GitHubForge.Of(comment.Issue), comment.Issue.IsPullRequest, new(ForgeSubjectKind.Comment, comment.Issue.Number, comment.Comment.Id), comment.Comment.Body, comment.Comment.User, sender),
                    cancellationToken);
                break;
            case WebhookEvent.PullRequestReviewCommentEvent { Action: "created" or "edited", Repository: { } place, Sender: { } sender } comment:
                await comments.HandleAsync(
                    new(place.Address, GitHubForge.Of(comment.PullRequest), IsPullRequest: true, new(ForgeSubjectKind.ReviewComment, comment.PullRequest.Number, comment.Comment.Id), comment.Comment.Body, comment.Comment.User, sender),
                    cancellationToken);
                break;
            case WebhookEvent.PullRequestReviewEvent { Action: "submitted" or "dismissed" } review: await reviews.HandleAsync(review, cancellationToken); break;
            case WebhookEvent.PullRequestEvent pull: await pulls.HandleAsync(pull, delivery.Id, cancellationToken); break;
            case WebhookEvent.RepositoryEvent happened: await repositories.HandleAsync(happened, delivery.Id, cancellationToken); break;
            case WebhookEvent.PushEvent push: await repositories.HandleAsync(push, delivery.Id, cancellationToken); break;
            case WebhookEvent.CheckRunEvent { Action: "completed" } check: await checks.HandleAsync(check, check.CheckRun.HeadSha, cancellationToken); break;
            case WebhookEvent.CheckSuiteEvent { Action: "completed" } suite: await checks.HandleAsync(suite, suite.CheckSuite.HeadSha, cancellationToken); break;
            case WebhookEvent.WorkflowRunEvent { Action: "completed" } workflow:
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
