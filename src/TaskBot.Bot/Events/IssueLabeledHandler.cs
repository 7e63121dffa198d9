using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>
/// A label that asks for work starts a run, once: the label goes when the run starts, so that it can be put on again. So does assigning the bot. What the
/// issue said in the message is what runs: an edit made afterwards is not.
/// </summary>
public sealed partial class IssueLabeledHandler(IForge forge, ProjectSource projects, RunStarter starter, TimeProvider time, ILogger<IssueLabeledHandler> logger)
{
    public async Task LabeledAsync(WebhookEvent.IssuesEvent issues, string deliveryId, CancellationToken cancellationToken)
    {
        if (issues is not { Repository.FullName: { } fullName, Label.Name: { } label, Sender: { } } || issues.Issue.IsPullRequest) return;
        var repository = RepositoryName.Parse(fullName);
        var project = (await projects.ReadAsync(repository, cancellationToken)).Project;
        if (project.Labels.FirstOrDefault(known => known.Name.Equals(label, StringComparison.OrdinalIgnoreCase)) is not { } asked) return;
        await StartAsync(repository, issues, deliveryId, asked, cancellationToken);
        await forge.RemoveLabelAsync(repository, issues.Issue.Number, label, cancellationToken);
    }

    public async Task AssignedAsync(WebhookEvent.IssuesEvent issues, string deliveryId, CancellationToken cancellationToken)
    {
        if (issues is not { Repository.FullName: { } fullName, Assignee: { } assignee, Sender: { } } || issues.Issue.IsPullRequest) return;
        var repository = RepositoryName.Parse(fullName);
        if (assignee.Id == (await forge.GetSelfAsync(repository, cancellationToken)).Id) await StartAsync(repository, issues, deliveryId, label: null, cancellationToken);
    }

    async Task StartAsync(RepositoryName repository, WebhookEvent.IssuesEvent issues, string deliveryId, LabelTask? label, CancellationToken cancellationToken)
    {
        var pinned = GitHubForge.Of(issues.Issue);
        var sender = issues.Sender!;
        var trigger = new RunTrigger($"{repository}#{pinned.Number}:{deliveryId}", sender.Login)
        {
            RequestedById = sender.Id,
            Wish = label?.Wish,
            Concurrency = label?.Concurrency,
            NotBefore = label is { Delay.Ticks: > 0 } ? time.GetUtcNow() + label.Delay : null,
        };
        switch (await starter.StartAsync(repository, pinned, trigger, cancellationToken))
        {
            case RunStart.Started started:
                LogStarted(logger, started.Run.Id, repository, pinned.Number);
                await forge.ReactAsync(repository, new(ForgeSubjectKind.Issue, pinned.Number, 0), Reaction.Eyes, cancellationToken);
                break;
            case RunStart.Refused refused:
                LogRefused(logger, repository, pinned.Number, refused.Reason);
                await forge.PutCommentAsync(repository, pinned.Number, RefusalComment.Marker, RefusalComment.Render(sender.Login, refused.Reason), cancellationToken);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was started for {Repository}#{Issue}")]
    static partial void LogStarted(ILogger logger, Engine.Runs.RunId runId, RepositoryName repository, int issue);

    [LoggerMessage(Level = LogLevel.Information, Message = "No run was started for {Repository}#{Issue}: {Reason}")]
    static partial void LogRefused(ILogger logger, RepositoryName repository, int issue, string reason);
}
