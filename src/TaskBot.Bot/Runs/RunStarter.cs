using System.Globalization;
using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Runs;

/// <summary>Makes a run of a trigger that passes the gate.</summary>
public sealed class RunStarter(IForge forge, IObjectSource objects, IRunStore runs, RunGate gate, RunFeed feed, TimeProvider time)
{
    /// <param name="issue">The issue as it stood when it was asked for.</param>
    public async Task<RunStart> StartAsync(RepositoryName repository, ForgeIssue issue, RunTrigger trigger, CancellationToken cancellationToken)
    {
        var answer = await gate.AskAsync(repository, trigger.RequestedBy, "start a run", cancellationToken);
        if (answer is not GateAnswer.Open open) return new RunStart.Refused(((GateAnswer.Closed)answer).Reason);
        if (string.IsNullOrWhiteSpace(issue.Title) && string.IsNullOrWhiteSpace(issue.Body))
            return new RunStart.Refused($"Issue {issue.Number} has no text. Say in its title or description what is to be done.");
        var earlier = trigger.Purpose == RunPurpose.Change ? await runs.FindByIssueAsync(repository.ToString(), issue.Number, cancellationToken) : null;
        if (earlier is { Stage: RunStage.Queued or RunStage.WaitingForRunner or RunStage.WaitingForChecks } && earlier.TriggerKey != trigger.Key)
            return new RunStart.Refused($"Issue {issue.Number} is being worked on already (run {earlier.Id}). `/taskbot cancel` stops that.");

        var branch = trigger.BaseBranch ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        // A second run of an issue goes on in the branch and pull request of the first, unless that one has ended.
        var before = earlier is { Ending: null } ? earlier : null;
        var run = await runs.CreateAsync(
            new RunRecord
            {
                Id = RunId.New(time),
                TriggerKey = trigger.Key,
                Repository = repository.ToString(),
                Issue = issue.Number,
                RequestedBy = trigger.RequestedBy,
                RequestedById = trigger.RequestedById,
                Request = issue,
                Organisation = open.Project.Organisation,
                Purpose = trigger.Purpose,
                Wish = trigger.Wish,
                IsPlanOnly = trigger.IsPlanOnly,
                Asked = trigger.Subject is { } subject ? [subject] : [],
                Stage = RunStage.Queued,
                BaseBranch = branch,
                BaseCommit = head.Value,
                Branch = before is not null ? before.Branch : NextBranch(earlier?.Branch),
                PullRequest = before?.PullRequest,
                HeadSha = before?.HeadSha,
                CreatedAt = time.GetUtcNow(),
            },
            cancellationToken);
        feed.Publish(new RunNews.Saved(run));
        if (earlier is { Stage: RunStage.WaitingForHuman } && earlier.Id != run.Id)
        {
            await runs.ChangeAsync(
                earlier.Id,
                old => old.Stage == RunStage.WaitingForHuman ? old with { Stage = RunStage.Finished, Outcome = Outcome.Cancelled, Reason = $"Run {run.Id} took its place." } : old,
                cancellationToken);
        }

        return new RunStart.Started(run);
    }

    /// <summary>The branch of a pull request that has ended may still be there, and stays as it is: <c>-2</c> follows it, then <c>-3</c>.</summary>
    static string? NextBranch(string? ended)
    {
        if (ended is null) return null;
        var dash = ended.LastIndexOf('-');
        return int.TryParse(ended.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && !ended.EndsWith($"/issue-{number}", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{ended.AsSpan(0, dash)}-{number + 1}")
            : $"{ended}-2";
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
