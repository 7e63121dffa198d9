using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>An issue that was closed, moved or deleted, or that the bot was taken off: its run stops.</summary>
public sealed class IssueEndedHandler(IForge forge, IRunStore runs, RunControl control)
{
    public async Task HandleAsync(WebhookEvent.IssuesEvent issues, string deliveryId, CancellationToken cancellationToken)
    {
        if (issues is not { Repository: { FullName: { } fullName } repository, Sender: { } sender } || issues.Issue.IsPullRequest) return;
        if (await runs.FindByIssueAsync(fullName, issues.Issue.Number, cancellationToken) is not { Stage: not RunStage.Finished } run) return;
        var self = await forge.GetSelfAsync(repository.Address, cancellationToken);
        if (sender.Id == self.Id || (issues.Action == "unassigned" && issues.Assignee?.Id != self.Id)) return;
        var reason = issues.Action switch
        {
            "closed" => $"@{sender.Login} closed the issue. Reopen it and write `/taskbot resume` to go on.",
            "unassigned" => $"@{sender.Login} took the issue off TaskBot. `/taskbot resume` goes on.",
            "transferred" => $"@{sender.Login} transferred the issue. Ask again where it is now: with a label or `/taskbot run`.",
            _ => $"@{sender.Login} deleted the issue.",
        };
        await control.StopAsync(run, deliveryId, reason, cancellationToken);
    }
}
