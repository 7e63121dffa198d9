using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Dispatches;

/// <summary>The one place where dispatches end: what was granted is given back, the job is told to stop, the run goes on.</summary>
public sealed partial class DispatchEndings(
    IForge forge, IDispatchStore dispatches, IRunStore runs, ILedgerStore ledger, RunFeed feed, ILogger<DispatchEndings> logger)
{
    /// <summary>Nobody waits for it any more.</summary>
    public async Task WithdrawAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        var before = dispatch;
        await dispatches.ChangeAsync(dispatch.Id, now => (before = now).State == DispatchState.Withdrawn ? now : now with { State = DispatchState.Withdrawn }, cancellationToken);
        await GiveBackAsync(before, cancellationToken);
        if (before.IsOpen) await CancelAsync(before, cancellationToken);
    }

    /// <summary>The job will not bring anything. Once, another may try; then the run is told.</summary>
    /// <param name="failure">How it was lost, for people.</param>
    /// <param name="mayTryAgain">False where another would fare the same.</param>
    public async Task LoseAsync(Dispatch dispatch, Obstacle obstacle, string failure, bool mayTryAgain, CancellationToken cancellationToken)
    {
        var before = dispatch;
        var isAgain = mayTryAgain && !dispatch.IsSecond;
        var after = await dispatches.ChangeAsync(
            dispatch.Id,
            now => !(before = now).IsOpen ? now : now with { State = isAgain ? DispatchState.Withdrawn : DispatchState.Failed, IsLost = true, Obstacle = obstacle, Failure = failure },
            cancellationToken);
        if (!before.IsOpen) return;
        LogLost(logger, dispatch.Id, obstacle, failure, after.State);
        await GiveBackAsync(before, cancellationToken);
        if (obstacle != Obstacle.RunnerLeftNothing) await CancelAsync(before, cancellationToken);
        await WakeAsync(dispatch.RunId, cancellationToken);
    }

    /// <summary>A run that waits for its job goes on.</summary>
    public async Task WakeAsync(RunId id, CancellationToken cancellationToken)
    {
        var woken = await runs.ChangeAsync(id, run => run.Stage == RunStage.WaitingForRunner ? run with { Stage = RunStage.Queued } : run, cancellationToken);
        if (woken is not null) feed.Publish(new RunNews.Saved(woken));
    }

    /// <summary>What was granted and not spent is there for others again; what was spent is in the ledger by itself.</summary>
    public async Task GiveBackAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        if (dispatch.Grant != Guid.Empty) await ledger.ReleaseAsync(dispatch.Grant, cancellationToken);
    }

    async Task CancelAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        if (dispatch.ActionsRun is not { } run || forge.Actions is not { } actions) return;
        try
        {
            await actions.CancelAsync(RepositoryName.Parse(dispatch.Repository), run, cancellationToken);
        }
        catch (ForgeException e)
        {
            // The job is told to stop when it next says something, and what it brings is not taken.
            LogNotCancelled(logger, e, dispatch.Id, run);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dispatch {Dispatch} was lost ({Obstacle}: {Failure}) and is {State}")]
    static partial void LogLost(ILogger logger, string dispatch, Obstacle obstacle, string failure, DispatchState state);

    [LoggerMessage(Level = LogLevel.Information, Message = "The workflow run {ActionsRun} of dispatch {Dispatch} could not be cancelled")]
    static partial void LogNotCancelled(ILogger logger, Exception exception, string dispatch, long actionsRun);
}
