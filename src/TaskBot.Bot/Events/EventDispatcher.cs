using Microsoft.Extensions.Logging;
using TaskBot.Bot.Deliveries;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>Reads a delivery and gives it to the handlers that are for it. What nobody handles is fine.</summary>
public sealed partial class EventDispatcher(IssueLabeledHandler labeled, IssueCommentHandler commented, ChecksHandler checks, ILogger<EventDispatcher> logger)
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
            case WebhookEvent.IssuesEvent { Action: "labeled" } issues: await labeled.HandleAsync(issues, delivery.Id, cancellationToken); break;
            case WebhookEvent.IssueCommentEvent { Action: "created" } comment: await commented.HandleAsync(comment, delivery.Id, cancellationToken); break;
            case WebhookEvent.CheckRunEvent { Action: "completed" } check: await checks.HandleAsync(check, check.CheckRun.HeadSha, cancellationToken); break;
            case WebhookEvent.CheckSuiteEvent { Action: "completed" } suite: await checks.HandleAsync(suite, suite.CheckSuite.HeadSha, cancellationToken); break;
            case WebhookEvent.WorkflowRunEvent { Action: "completed" } workflow: await checks.HandleAsync(workflow, workflow.WorkflowRun.HeadSha, cancellationToken); break;
            case WebhookEvent.StatusEvent status: await checks.HandleAsync(status, status.Sha, cancellationToken); break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Received {EventName}.{Action} of {Repository}")]
    static partial void LogReceived(ILogger logger, string eventName, string? action, string? repository);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} ({EventName}) cannot be read and is dropped")]
    static partial void LogUnreadable(ILogger logger, Exception exception, string delivery, string eventName);
}
