using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Actions;

/// <summary>What the event of a job asks for by itself, whatever is written in it: work on an issue, asked for by someone. Comments have commands besides.</summary>
/// <param name="Issue">The issue as the event has it; null where the prompt alone says what to do.</param>
/// <param name="RequestedBy">Login of the person who asked.</param>
/// <param name="RequestedById">Their numeric account id.</param>
/// <param name="Label">The label to take off, as it asks once; null where it was no label.</param>
sealed record ActionTrigger(Issue? Issue, string RequestedBy, long RequestedById, string? Label)
{
    /// <summary>What is looked for in an event.</summary>
    /// <param name="Labels">Labels that ask for work.</param>
    /// <param name="Assignee">Login whose assignment asks for work; null for nobody's.</param>
    /// <param name="Phrase">What a mention in a comment begins with, for the reason.</param>
    /// <param name="HasPrompt">True where the workflow itself says what to do: then every event asks for it.</param>
    public sealed record Wanted(IReadOnlyCollection<string> Labels, string? Assignee, string Phrase, bool HasPrompt);

    /// <returns>What is asked for, or why nothing is.</returns>
    public static (ActionTrigger? Trigger, string Reason) Find(WebhookEvent @event, string eventName, Wanted wanted)
    {
        if (@event.Sender is not { } sender) return (null, $"Event {eventName} does not say who caused it.");
        // By its number: a login proves nothing, and what a workflow's own token writes must not start the workflow's work again.
        if (sender.Id == UsersClient.ActionsBotId || sender.Type == "Bot") return (null, "It was caused by a workflow or another App, not by a person.");
        return @event switch
        {
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false, Action: "labeled", Label.Name: { } label } issues when wanted.Labels.Contains(label, StringComparer.OrdinalIgnoreCase) =>
                (new(issues.Issue, sender.Login, sender.Id, label), ""),
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false, Action: "assigned", Assignee.Login: { } login } issues when login.Equals(wanted.Assignee, StringComparison.OrdinalIgnoreCase) =>
                (new(issues.Issue, sender.Login, sender.Id, Label: null), ""),
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false } issues when wanted.HasPrompt => (new(issues.Issue, sender.Login, sender.Id, Label: null), ""),
            WebhookEvent.IssueCommentEvent { Issue.IsPullRequest: false } comment when wanted.HasPrompt => (new(comment.Issue, sender.Login, sender.Id, Label: null), ""),
            WebhookEvent.IssuesEvent { Action: "labeled", Label.Name: { } other } => (null, $"The label '{other}' asks for nothing; {string.Join(", ", wanted.Labels)} would."),
            not (WebhookEvent.IssuesEvent or WebhookEvent.IssueCommentEvent) when wanted.HasPrompt => (new(Issue: null, sender.Login, sender.Id, Label: null), ""),
            _ => (null, $"Event {eventName}{(@event.Action is { } action ? $".{action}" : "")} asks for nothing; the label {string.Join(" or ", wanted.Labels)} on an issue does, or a line of a comment that begins with /taskbot or {wanted.Phrase}."),
        };
    }
}
