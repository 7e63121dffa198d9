using System.Globalization;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Runs;

/// <summary>Makes a run of a trigger that passes the gate.</summary>
public sealed class RunStarter(
    IForge forge, IObjectSource objects, IRunStore runs, RunGate gate, RunControl control, RunReporter reporter, RunFeed feed, TimeProvider time)
{
    /// <summary>Runs that are looked at for those of one group; more are not under way anywhere at one time.</summary>
    const int MostRuns = 1000;

    /// <param name="issue">The issue as it stood when it was asked for.</param>
    public async Task<RunStart> StartAsync(RepositoryName repository, ForgeIssue issue, RunTrigger trigger, CancellationToken cancellationToken)
    {
        var answer = await gate.AskAsync(repository, trigger, cancellationToken);
        if (answer is not GateAnswer.Open open) return new RunStart.Refused(((GateAnswer.Closed)answer).Reason);
        if (string.IsNullOrWhiteSpace(issue.Title) && string.IsNullOrWhiteSpace(issue.Body))
            return new RunStart.Refused($"Issue {issue.Number} has no text. Say in its title or description what is to be done.");
        if (trigger.Id is { } id && await runs.FindAsync(id, cancellationToken) is { } named && named.TriggerKey != trigger.Key)
            return new RunStart.Refused($"What was handed over is called as another run is ({id}); nothing of it was done.");
        var group = trigger.Purpose == RunPurpose.Change ? trigger.Concurrency ?? open.Project.Project.Concurrency : null;
        var earlier = trigger.Purpose == RunPurpose.Change ? await runs.FindByIssueAsync(repository.ToString(), issue.Number, cancellationToken) : null;
        if (earlier is { Stage: RunStage.Queued or RunStage.WaitingForRunner or RunStage.WaitingForChecks } && earlier.TriggerKey != trigger.Key)
        {
            if (group is { CancelInProgress: true } && group.IsSameAs(earlier.Concurrency)) earlier = await StopAsync(earlier, trigger, group, cancellationToken);
            else return new RunStart.Refused($"Issue {issue.Number} is being worked on already (run {earlier.Id}). `/taskbot cancel` stops that.");
        }

        var branch = trigger.BaseBranch ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        // A second run of an issue goes on in the branch and pull request of the first, unless that one has ended.
        var at = earlier switch
        {
            { Ending: null } => new Place(earlier.Branch, earlier.PullRequest, earlier.HeadSha),
            not null => Place.After(earlier.Branch),
            null when trigger.Purpose == RunPurpose.Change => await FindPlaceAsync(repository, issue.Number, cancellationToken),
            null => Place.New,
        };
        var run = await runs.CreateAsync(
            new RunRecord
            {
                Id = trigger.Id ?? RunId.New(time),
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
                Concurrency = group,
                NotBefore = trigger.NotBefore,
                Asked = trigger.Subject is { } subject ? [subject] : [],
                Stage = RunStage.Queued,
                BaseBranch = branch,
                BaseCommit = head.Value,
                Branch = at.Branch,
                PullRequest = at.PullRequest,
                HeadSha = at.Head,
                CreatedAt = time.GetUtcNow(),
            },
            cancellationToken);
        feed.Publish(new RunNews.Saved(run));
        await MakeRoomAsync(run, trigger, cancellationToken);
        if (run is { IsPending: true, NotBefore: not null } or { IsPending: true, Concurrency: not null }) await reporter.ShowAsync(run, plan: null, cancellationToken);
        if (earlier is { Stage: RunStage.WaitingForHuman } && earlier.Id != run.Id)
        {
            await runs.ChangeAsync(
                earlier.Id,
                old => old.Stage == RunStage.WaitingForHuman ? old with { Stage = RunStage.Finished, Outcome = Outcome.Cancelled, Reason = $"Run {run.Id} took its place." } : old,
                cancellationToken);
        }

        return new RunStart.Started(run);
    }

    /// <summary>
    /// Where there is no record of an earlier run (the cache of a job without a server is gone), its tracking comment says where its work stands. What someone else
    /// worked on, or ended, stays as it is.
    /// </summary>
    async Task<Place> FindPlaceAsync(RepositoryName repository, int issue, CancellationToken cancellationToken)
    {
        if (await forge.FindCommentAsync(repository, issue, TrackingComment.Marker, cancellationToken) is not { } comment || TrackingState.Read(comment) is not { } left) return Place.New;
        try
        {
            var pull = await forge.GetPullRequestAsync(repository, left.PullRequest, cancellationToken);
            return pull.State == PullRequestState.Open && pull.HeadSha == left.Head ? new(left.Branch, left.PullRequest, left.Head) : Place.After(left.Branch);
        }
        catch (ForgeException e) when (e.Obstacle == Obstacle.NotFound)
        {
            return Place.After(left.Branch);
        }
    }

    /// <summary>Stops the older runs of its group that a new one takes the place of.</summary>
    async Task MakeRoomAsync(RunRecord run, RunTrigger trigger, CancellationToken cancellationToken)
    {
        if (run.Concurrency is not { } group) return;
        foreach (var stage in (RunStage[])[RunStage.Queued, RunStage.WaitingForChecks])
        {
            foreach (var other in await runs.ListAsync(stage, MostRuns, cancellationToken))
            {
                var isOlder = other.CreatedAt <= run.CreatedAt && other.Id != run.Id;
                if (!isOlder || !group.IsSameAs(other.Concurrency) || !other.Repository.Equals(run.Repository, StringComparison.OrdinalIgnoreCase)) continue;
                if (other.IsPending ? !group.KeepsPending : group.CancelInProgress) await StopAsync(other, trigger, group, cancellationToken);
            }
        }
    }

    Task<RunRecord> StopAsync(RunRecord other, RunTrigger trigger, ConcurrencyGroup group, CancellationToken cancellationToken) =>
        control.StopAsync(other, trigger.Key, $"A newer run, asked for by @{trigger.RequestedBy}, took its place in the concurrency group '{group.Name}'.", cancellationToken);

    /// <summary>Where a run publishes.</summary>
    /// <param name="Branch">Null where the run names it.</param>
    readonly record struct Place(string? Branch, int? PullRequest, string? Head)
    {
        public static Place New => default;

        /// <summary>The branch of a pull request that has ended may still be there, and stays as it is: <c>-2</c> follows it, then <c>-3</c>.</summary>
        public static Place After(string? ended)
        {
            if (ended is null) return New;
            var dash = ended.LastIndexOf('-');
            var next = int.TryParse(ended.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && !ended.EndsWith($"/issue-{number}", StringComparison.Ordinal)
                ? string.Create(CultureInfo.InvariantCulture, $"{ended.AsSpan(0, dash)}-{number + 1}")
                : $"{ended}-2";
            return new(next, null, null);
        }
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
