using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Works on queued runs, a few at a time, until the process stops. What is cut short stays queued and goes on in the next process.</summary>
public sealed partial class RunWorker(IRunStore runs, RunCoordinator coordinator, RunFeed feed, TimeProvider time, ILogger<RunWorker> logger) : BackgroundService
{
    const int Slots = 4;

    /// <summary>Tries of a run while the forge has trouble: about an hour in all.</summary>
    const int MaximumTries = 16;

    /// <summary>Longer than any attempt may take; a process that dies on this machine gives its runs back at once.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromHours(6);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Slots).Select(_ => WorkAsync(stoppingToken)));

    async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var mayBeMore = runs.WaitAsync(cancellationToken);
            if (await runs.ClaimAsync(Lease, cancellationToken) is { } run) await AdvanceAsync(run, cancellationToken);
            else await mayBeMore;
        }
    }

    async Task AdvanceAsync(RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            await AdvancePatientlyAsync(run, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogInterrupted(logger, run.Id);
            throw;
        }
        catch (StaleRunException e)
        {
            LogStale(logger, e, run.Id);
        }
        catch (Exception e)
        {
            LogBroke(logger, e, run.Id);
            if (await runs.FindAsync(run.Id, cancellationToken) is { Stage: RunStage.Queued } broken)
            {
                var ended = await runs.SaveAsync(
                    broken with { Stage = RunStage.Finished, Outcome = Outcome.Failed, Reason = TransientFailure.Is(e) ? e.Message : $"TaskBot itself failed ({e.GetType().Name}); its log says where." },
                    cancellationToken);
                feed.Publish(new RunNews.Saved(ended));
            }
        }
        finally
        {
            await runs.ReleaseAsync(run.Id, CancellationToken.None);
        }
    }

    /// <summary>What was finished before the forge had trouble is looked up, not done again.</summary>
    async Task AdvancePatientlyAsync(RunRecord run, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await coordinator.AdvanceAsync(run, cancellationToken);
                return;
            }
            catch (Exception e) when (tries < MaximumTries && TransientFailure.Is(e))
            {
                var wait = TransientFailure.WaitAfter(tries);
                LogWaiting(logger, e, run.Id, tries, wait);
                await Task.Delay(wait, time, cancellationToken);
                if (await runs.FindAsync(run.Id, cancellationToken) is not { Stage: RunStage.Queued } again) return;
                run = again;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} was held up at try {Tries} and goes on after {Wait}")]
    static partial void LogWaiting(ILogger logger, Exception exception, RunId runId, int tries, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was interrupted and stays queued")]
    static partial void LogInterrupted(ILogger logger, RunId runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was changed meanwhile and is looked at again")]
    static partial void LogStale(ILogger logger, Exception exception, RunId runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} broke")]
    static partial void LogBroke(ILogger logger, Exception exception, RunId runId);
}
