using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.Commands;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Actions;

/// <summary>Takes a queued run to where it ends or waits.</summary>
delegate Task<RunRecord> RunStep(RunRecord run, CancellationToken cancellationToken);

/// <summary>What became of what a job was asked for.</summary>
/// <param name="Run">The run that was worked on last; null where an answer was all.</param>
/// <param name="Refusal">Why nothing was started; null where something was, or where the answer says it.</param>
sealed record JobEnd(RunRecord? Run, string? Refusal = null);

/// <summary>Does what the event of a job asks for, and works on all that it queued, one run after the other. What a job does of a run is its step; all else is the same in each.</summary>
/// <param name="branchPrefix">What a first branch begins with.</param>
sealed class JobWork(IServiceProvider services, RepositoryName repository, string branchPrefix, RunStep step)
{
    readonly IForge forge = services.GetRequiredService<IForge>();
    readonly IRunStore runs = services.GetRequiredService<IRunStore>();

    /// <summary>Carries out the commands of a comment.</summary>
    public async Task<JobEnd> DoAsync(Comment comment, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<CommentHandler>().HandleAsync(comment, cancellationToken);
        return new(await DrainAsync(cancellationToken));
    }

    /// <summary>Starts what a label, an assignment or the workflow itself asks for, or goes on with what was stopped.</summary>
    /// <param name="key">Natural key of what asks.</param>
    /// <param name="prompt">What the workflow says to do, besides the issue's own text; null for nothing.</param>
    /// <param name="baseBranch">Where work starts; null for the default branch.</param>
    /// <param name="id">What another job that did the work calls the run.</param>
    public async Task<JobEnd> DoAsync(ActionTrigger trigger, Func<int, string> key, string? prompt, string? baseBranch, RunId? id, CancellationToken cancellationToken)
    {
        if (trigger is { Label: { } once, Issue.Number: var labelled }) await forge.RemoveLabelAsync(repository, labelled, once, cancellationToken);
        // Work without an issue gets one, so that there is a place where it is told of and answered. Who asks is looked at before anything is written.
        var issue = trigger.Issue is { } known ? JobCommands.With(prompt, GitHubForge.Of(known)) : await OpenIssueAsync(trigger.RequestedBy, prompt!, cancellationToken);
        if (await runs.FindByIssueAsync(repository.ToString(), issue.Number, cancellationToken) is { Outcome: null }) return new(await DrainAsync(cancellationToken));
        var asked = new RunTrigger(key(issue.Number), trigger.RequestedBy) { RequestedById = trigger.RequestedById, BaseBranch = baseBranch, Id = id };
        return await services.GetRequiredService<RunStarter>().StartAsync(repository, issue, asked, cancellationToken) switch
        {
            RunStart.Started started => new(await DrainAsync(cancellationToken) ?? started.Run),
            RunStart.Refused refused => new(Run: null, refused.Reason),
            _ => throw new InvalidOperationException("A trigger is started or refused."),
        };
    }

    /// <summary>Starts tasks whose moment has come, one after the other.</summary>
    /// <param name="moment">Tells this start from the others of these tasks.</param>
    public async Task<JobEnd> DoAsync(ImmutableArray<ScheduledTask> tasks, string moment, string? baseBranch, CancellationToken cancellationToken)
    {
        RunRecord? last = null;
        List<string> refusals = [];
        foreach (var task in tasks)
        {
            if (await services.GetRequiredService<ScheduledTaskStarter>().StartAsync(repository, task, moment, baseBranch, cancellationToken) is RunStart.Refused refused) refusals.Add(refused.Reason);
            last = await DrainAsync(cancellationToken) ?? last;
        }

        return new(last, refusals.Count == 0 ? null : string.Join('\n', refusals));
    }

    async Task<RunRecord?> DrainAsync(CancellationToken cancellationToken)
    {
        RunRecord? last = null;
        while (await runs.ListAsync(RunStage.Queued, 1, cancellationToken) is [var queued])
        {
            last = queued.NotBefore > services.GetRequiredService<TimeProvider>().GetUtcNow()
                ? await NotLaterAsync(queued, cancellationToken)
                : await step(await NameBranchAsync(queued, cancellationToken), cancellationToken);
        }

        return last;
    }

    /// <summary>Nobody is there to begin it when it is time.</summary>
    Task<RunRecord> NotLaterAsync(RunRecord run, CancellationToken cancellationToken) => services.GetRequiredService<RunReporter>().EndAsync(
        run with
        {
            Stage = RunStage.Finished,
            Outcome = Outcome.Cancelled,
            Reason = string.Create(CultureInfo.InvariantCulture, $"Without a server nobody is there to begin at {run.NotBefore:yyyy-MM-dd HH:mm} UTC. Write `/taskbot run` when it is to begin."),
        },
        plan: null, cancellationToken);

    async Task<RunRecord> NameBranchAsync(RunRecord run, CancellationToken cancellationToken) => run is { Branch: null, Purpose: RunPurpose.Change }
        ? await runs.SaveAsync(run with { Branch = branchPrefix + PullRequestNode.BranchName(run.Issue, run.Request.Title)["taskbot/".Length..] }, cancellationToken) : run;

    async Task<ForgeIssue> OpenIssueAsync(string requestedBy, string text, CancellationToken cancellationToken)
    {
        if (await forge.GetPermissionAsync(repository, requestedBy, cancellationToken) < Permission.Write)
            throw new ForgeException($"{requestedBy} may not start a run in {repository}: that takes write permission.");
        var (title, body) = IssueFile.Parse(text);
        var client = services.GetRequiredService<GitHubClientFactory>().ForToken();
        return GitHubForge.Of(await client.Issues.CreateAsync(repository, new NewIssue(title, body), cancellationToken));
    }
}
