using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Events;

/// <summary>Slash commands on an issue: <c>/taskbot run</c>, <c>approve</c>, <c>cancel</c>. All pass the same gate as a label.</summary>
public sealed class IssueCommentHandler(IForge forge, IRunStore runs, RunStarter starter)
{
    const string Known = "Known are `/taskbot run`, `/taskbot approve` and `/taskbot cancel`.";

    public async Task HandleAsync(WebhookEvent.IssueCommentEvent commented, string deliveryId, CancellationToken cancellationToken)
    {
        if (commented is not { Repository.FullName: { } fullName, Sender: { Login: { } sender } } || commented.Issue.IsPullRequest) return;
        if (SlashCommand.Find(commented.Comment.Body) is not { } command) return;
        var repository = RepositoryName.Parse(fullName);
        var refusal = await DoAsync(repository, commented, command, sender, deliveryId, cancellationToken);
        if (refusal is not null)
            await forge.PutCommentAsync(repository, commented.Issue.Number, RefusalComment.Marker, RefusalComment.Render(sender, refusal), cancellationToken);
    }

    /// <returns>Why it was not done; null where it was.</returns>
    async Task<string?> DoAsync(
        RepositoryName repository, WebhookEvent.IssueCommentEvent commented, SlashCommand command, string sender, string deliveryId, CancellationToken cancellationToken)
    {
        var number = commented.Issue.Number;
        if (command.Verb == "run")
        {
            var start = await starter.StartAsync(repository, GitHubForge.Of(commented.Issue), sender, $"{repository}#{number}:{deliveryId}", baseBranch: null, cancellationToken);
            return (start as RunStart.Refused)?.Reason;
        }

        if (command.Verb is not ("approve" or "cancel")) return $"{ForeignText.Code($"/taskbot {command.Verb}")} is not a command. {Known}";
        if (await forge.GetPermissionAsync(repository, sender, cancellationToken) < Permission.Write) return $"`/taskbot {command.Verb}` takes write permission in {repository}.";
        if (await runs.FindByIssueAsync(repository.ToString(), number, cancellationToken) is not { Stage: not RunStage.Finished } run) return "No run of this issue is under way.";
        if (command.Verb == "cancel")
        {
            await runs.SaveAsync(run with { Stage = RunStage.Finished, Outcome = Outcome.Cancelled, Reason = $"Cancelled by @{sender}." }, cancellationToken);
            return null;
        }

        if (run.Stage != RunStage.WaitingForHuman || run.WaitingNode is null) return "Nothing waits for an approval.";
        await runs.SaveAsync(
            run with
            {
                Stage = RunStage.Queued,
                Outcome = null,
                Reason = null,
                WaitingNode = null,
                WaitingDigest = null,
                Layers = run.Layers.Add(TaskLayers.Approval(NodePath.Parse(run.WaitingNode), sender, run.WaitingDigest)),
            },
            cancellationToken);
        return null;
    }
}
