using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Runs;

/// <summary>Makes a run of a trigger: the one gate for label, comment and command line.</summary>
public sealed class RunStarter(IForge forge, IObjectSource objects, IRunStore runs, RunFeed feed, TimeProvider time)
{
    /// <param name="issue">The issue as it stood when it was asked for.</param>
    /// <param name="triggerKey">Natural key of the trigger: asking twice with one key is asking once.</param>
    /// <param name="baseBranch">Where work starts and the pull request goes; null for the default branch.</param>
    public async Task<RunStart> StartAsync(
        RepositoryName repository, ForgeIssue issue, string requestedBy, string triggerKey, string? baseBranch, CancellationToken cancellationToken)
    {
        var permission = await forge.GetPermissionAsync(repository, requestedBy, cancellationToken);
        if (permission < Permission.Write)
            return new RunStart.Refused($"{requestedBy} may not start a run in {repository}: that takes write permission, and this is {permission.ToString().ToLowerInvariant()}.");
        if (string.IsNullOrWhiteSpace(issue.Title) && string.IsNullOrWhiteSpace(issue.Body))
            return new RunStart.Refused($"Issue {issue.Number} has no text. Say in its title or description what is to be done.");
        var earlier = await runs.FindByIssueAsync(repository.ToString(), issue.Number, cancellationToken);
        if (earlier is { Stage: RunStage.Queued or RunStage.WaitingForChecks } && earlier.TriggerKey != triggerKey)
            return new RunStart.Refused($"Issue {issue.Number} is being worked on already (run {earlier.Id}).");

        var branch = baseBranch ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        var run = await runs.CreateAsync(
            new RunRecord
            {
                Id = RunId.New(time),
                TriggerKey = triggerKey,
                Repository = repository.ToString(),
                Issue = issue.Number,
                RequestedBy = requestedBy,
                Request = issue,
                Stage = RunStage.Queued,
                BaseBranch = branch,
                BaseCommit = head.Value,
                // A second run of an issue goes on in the branch and pull request of the first.
                Branch = earlier?.Branch,
                PullRequest = earlier?.PullRequest,
                HeadSha = earlier?.HeadSha,
                CreatedAt = time.GetUtcNow(),
            },
            cancellationToken);
        feed.Publish(new RunNews.Saved(run));
        return new RunStart.Started(run);
    }
}

/// <summary>What became of a trigger.</summary>
public abstract record RunStart
{
    RunStart() { }

    /// <summary>There is a run, made now or by an earlier delivery of the same trigger.</summary>
    public sealed record Started(RunRecord Run) : RunStart;

    /// <summary>There is none; the reason is for people.</summary>
    public sealed record Refused(string Reason) : RunStart;
}
