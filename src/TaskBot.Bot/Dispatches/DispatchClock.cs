using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Dispatches;

/// <summary>
/// Looks at the work that jobs have every few seconds: a job whose run was stopped is told to stop, one that does not come or is silent for too long is
/// given up, and a run whose answer is there goes on. No run waits for ever, whatever happened to whoever should have told it.
/// </summary>
public sealed class DispatchClock(
    IDispatchStore dispatches, IRunStore runs, DispatchEndings endings, IOptions<DispatchOptions> options, TimeProvider time, ILogger<DispatchClock> logger)
    : RecurringWork(Period, time, logger)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(3);

    const int MostAtOnce = 1000;

    /// <summary>One look at everything.</summary>
    public override async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var dispatch in await dispatches.ListOpenAsync(MostAtOnce, cancellationToken)) await TryAsync(dispatch.Id, () => LookAsync(dispatch, cancellationToken), cancellationToken);
        foreach (var run in await runs.ListAsync(RunStage.WaitingForRunner, MostAtOnce, cancellationToken))
        {
            // Nobody has it: the answer is in, or whoever should have started the job died before.
            var all = await dispatches.ListAsync(run.Id, cancellationToken);
            if (!all.Any(dispatch => dispatch.IsOpen && dispatch.State != DispatchState.Requested)) await TryAsync(run.Id.Value, () => endings.WakeAsync(run.Id, cancellationToken), cancellationToken);
        }
    }

    async Task LookAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        var (claim, silence) = (options.Value.ClaimLimit, options.Value.SilenceLimit);
        if (await runs.FindAsync(dispatch.RunId, cancellationToken) is not { Stage: RunStage.Queued or RunStage.WaitingForRunner })
            await endings.WithdrawAsync(dispatch, cancellationToken);
        else if (dispatch.IsTaken && now - dispatch.HeardAt > silence)
            await endings.LoseAsync(dispatch, Obstacle.RunnerWentSilent, $"The job that had the work was silent for {silence.TotalMinutes:0.#} minutes.", mayTryAgain: true, cancellationToken);
        else if (dispatch.State == DispatchState.Dispatched && now - dispatch.RequestedAt > claim)
            await endings.LoseAsync(dispatch, Obstacle.RunnerNeverCame, $"No job took up the work within {claim.TotalMinutes:0.#} minutes.", mayTryAgain: true, cancellationToken);
    }
}
