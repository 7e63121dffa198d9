using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>A label that asks for work starts a run, once: the label goes when the run starts, so that it can be put on again.</summary>
public sealed partial class IssueLabeledHandler(IForge forge, IObjectSource objects, RunStarter starter, ILogger<IssueLabeledHandler> logger)
{
    public async Task HandleAsync(WebhookEvent.IssuesEvent issues, string deliveryId, CancellationToken cancellationToken)
    {
        if (issues is not { Repository.FullName: { } fullName, Label.Name: { } label, Sender.Login: { } sender } || issues.Issue.IsPullRequest) return;
        var repository = RepositoryName.Parse(fullName);
        var project = await ReadProjectAsync(repository, issues.Repository.DefaultBranch, cancellationToken);
        if (!project.Labels.Any(known => known.Name.Equals(label, StringComparison.OrdinalIgnoreCase))) return;

        var pinned = GitHubForge.Of(issues.Issue);
        switch (await starter.StartAsync(repository, pinned, sender, $"{repository}#{pinned.Number}:{deliveryId}", baseBranch: null, cancellationToken))
        {
            case RunStart.Started started:
                LogStarted(logger, started.Run.Id, repository, pinned.Number);
                break;
            case RunStart.Refused refused:
                LogRefused(logger, repository, pinned.Number, refused.Reason);
                await forge.PutCommentAsync(repository, pinned.Number, RefusalComment.Marker, RefusalComment.Render(sender, refused.Reason), cancellationToken);
                break;
        }

        await forge.RemoveLabelAsync(repository, pinned.Number, label, cancellationToken);
    }

    /// <summary>The project as the default branch describes it; a mistake in it is the run's to tell, so that what can be read is enough here.</summary>
    async Task<Project> ReadProjectAsync(RepositoryName repository, string? defaultBranch, CancellationToken cancellationToken)
    {
        var branch = defaultBranch ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        await using var git = await objects.OpenObjectsAsync(repository, head, cancellationToken);
        return (await ProjectReader.ReadAsync(git.Tree(await git.TreeOfAsync(head, cancellationToken)), cancellationToken)).Project;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was started for {Repository}#{Issue}")]
    static partial void LogStarted(ILogger logger, Engine.Runs.RunId runId, RepositoryName repository, int issue);

    [LoggerMessage(Level = LogLevel.Information, Message = "No run was started for {Repository}#{Issue}: {Reason}")]
    static partial void LogRefused(ILogger logger, RepositoryName repository, int issue, string reason);
}
