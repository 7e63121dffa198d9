using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Checks;

/// <summary>
/// Looks at runs that wait for checks now and then: for those whose time is over, and for answers whose message was lost. No run waits for ever.
/// </summary>
public sealed partial class ChecksClock(IRunStore runs, RunCoordinator coordinator, TimeProvider time, ILogger<ChecksClock> logger) : RecurringWork(Period, time, logger)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Runs that one look asks the forge about; the others are older next time.</summary>
    const int MostRuns = 100;

    /// <summary>One look at all runs that wait.</summary>
    public override async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListAsync(RunStage.WaitingForChecks, MostRuns, cancellationToken))
        {
            try
            {
                await coordinator.LookAtChecksAsync(run, cancellationToken);
            }
            catch (Exception e) when (e is ForgeException or StaleRunException)
            {
                LogLater(logger, e, run.Id);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The checks of run {RunId} could not be looked at and will be later")]
    static partial void LogLater(ILogger logger, Exception exception, Engine.Runs.RunId runId);
}
