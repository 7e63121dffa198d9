using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>Tells people where a run stands: the tracking comment, our check on the head, reactions on what asked, the feed.</summary>
public sealed partial class RunReporter(IForge forge, IRunStore runs, RunPlaces places, RunFeed feed, ILogger<RunReporter> logger)
{
    /// <summary>Brings the tracking comment up to date; a run that answers a question has none.</summary>
    /// <param name="plan">The plan to show; null for the steps that are known alone.</param>
    public async Task ShowAsync(RunRecord run, PlanText? plan, CancellationToken cancellationToken)
    {
        if (run.Purpose != RunPurpose.Change) return;
        var links = await places.FindAsync(run, cancellationToken);
        await TryAsync(
            run,
            () => forge.PutCommentAsync(RepositoryName.Parse(run.Repository), run.Issue, TrackingComment.Marker, TrackingComment.Render(run, plan, links), cancellationToken));
    }

    /// <summary>
    /// Says how a run ended or what it waits for, and saves that. The people are told before it is saved: a process that dies in between says the
    /// same again in the same place. A forge that will not be told (a locked conversation, an archived repository) keeps no run from ending.
    /// </summary>
    public async Task<RunRecord> EndAsync(RunRecord run, PlanText? plan, CancellationToken cancellationToken)
    {
        run = await TellEndAsync(run, plan, cancellationToken);
        run = await SaveAsync(run, cancellationToken);
        Say(run, run.Reason ?? "");
        LogEnded(logger, run.Id, run.Stage, run.Outcome!.Value);
        return run;
    }

    /// <summary>Says how a run ended that is saved already.</summary>
    /// <returns>The run with where our check on it is.</returns>
    public async Task<RunRecord> TellEndAsync(RunRecord run, PlanText? plan, CancellationToken cancellationToken)
    {
        RunMetrics.RunEnded(run);
        var repository = RepositoryName.Parse(run.Repository);
        if (run.Purpose == RunPurpose.Change && run.HeadSha is { } head)
            await TryAsync(run, async () => run = run with { CheckUrl = await forge.PutCheckAsync(repository, new CommitId(head), CheckReports.Of(run), cancellationToken) });
        await ShowAsync(run, plan, cancellationToken);
        if (run.Purpose == RunPurpose.Answer && run.Outcome is not Outcome.Succeeded)
            await TryAsync(run, () => forge.PutCommentAsync(repository, run.Issue, AnswerComment.MarkerOf(run), AnswerComment.Failed(run), cancellationToken));
        if (run.Stage != RunStage.Finished) return run;
        var reaction = run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded ? Reaction.Hooray : Reaction.Confused;
        foreach (var subject in run.Asked) await TryAsync(run, () => forge.ReactAsync(repository, subject, reaction, cancellationToken));
        return run;
    }

    /// <summary>Saves a run, and tells whoever watches.</summary>
    public async Task<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var saved = await runs.SaveAsync(run, cancellationToken);
        feed.Publish(new RunNews.Saved(saved));
        return saved;
    }

    /// <summary>A sentence of the run's story.</summary>
    public void Say(RunRecord run, string text) => feed.Publish(new RunNews.Told(run.Id, text));

    async Task TryAsync(RunRecord run, Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch (ForgeException e) when (e.Obstacle is not Obstacle.Other and not Obstacle.RateLimited)
        {
            LogNotTold(logger, e, run.Id, e.Obstacle);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} is {Stage}: {Outcome}")]
    static partial void LogEnded(ILogger logger, RunId runId, RunStage stage, Outcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Where run {RunId} stands could not be told: {Obstacle}")]
    static partial void LogNotTold(ILogger logger, Exception exception, RunId runId, Obstacle obstacle);
}
