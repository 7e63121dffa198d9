using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>
/// Works on queued runs, a few at a time, until the process stops. What is cut short stays queued and goes on in the next process. A run that someone stops or
/// changes meanwhile, here or in another process, is let go of within seconds.
/// </summary>
public sealed partial class RunWorker(IRunStore runs, RunCoordinator coordinator, RunReporter reporter, TimeProvider time, ILogger<RunWorker> logger) : BackgroundService
{
    const int Slots = 4;

    /// <summary>Tries of a run while the forge has trouble: about an hour in all.</summary>
    const int MaximumTries = 16;

    /// <summary>Renewed while the work goes on, so that it need not be as long as an attempt may take.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>How long it may take until work on a run that was stopped stops.</summary>
    static readonly TimeSpan Glance = TimeSpan.FromSeconds(2);

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
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(run, work, watch.Token);
        try
        {
            await AdvancePatientlyAsync(run, work.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogInterrupted(logger, run.Id);
            throw;
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            LogLetGo(logger, run.Id);
            // Whoever stopped it said so at once; what this process said in between is put right.
            if (await runs.FindAsync(run.Id, cancellationToken) is { Stage: RunStage.Finished } stopped) await reporter.ShowAsync(stopped, plan: null, cancellationToken);
        }
        catch (StaleRunException e)
        {
            LogStale(logger, e, run.Id);
            if (await runs.FindAsync(run.Id, cancellationToken) is { Stage: RunStage.Finished } stopped) await reporter.ShowAsync(stopped, plan: null, cancellationToken);
        }
        catch (Exception e)
        {
            LogBroke(logger, e, run.Id);
            if (await runs.FindAsync(run.Id, cancellationToken) is { Stage: RunStage.Queued } broken)
            {
                await reporter.SaveAsync(
                    broken with { Stage = RunStage.Finished, Outcome = Outcome.Failed, Reason = TransientFailure.Is(e) ? e.Message : $"TaskBot itself failed ({e.GetType().Name}); its log says where." },
                    cancellationToken);
            }
        }
        finally
        {
            await watch.CancelAsync();
            await watching;
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
                // A run whose pull request stands was held up before anyone looked at its checks; they may have answered meanwhile.
                if (run.Stage == RunStage.WaitingForChecks) await coordinator.LookAtChecksAsync(run, cancellationToken);
                else await coordinator.AdvanceAsync(run, cancellationToken);
                return;
            }
            catch (Exception e) when (tries < MaximumTries && TransientFailure.Is(e))
            {
                var wait = TransientFailure.WaitAfter(tries);
                LogWaiting(logger, e, run.Id, tries, wait);
                await Task.Delay(wait, time, cancellationToken);
                if (await runs.FindAsync(run.Id, cancellationToken) is not { Stage: RunStage.Queued or RunStage.WaitingForChecks } again) return;
                run = again;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} was held up at try {Tries} and goes on after {Wait}")]
    static partial void LogWaiting(ILogger logger, Exception exception, RunId runId, int tries, TimeSpan wait);

    /// <summary>Keeps the lease, and ends the work where the run was stopped, changed by a command, or taken by someone else.</summary>
    async Task WatchAsync(RunRecord run, CancellationTokenSource work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Glance, time);
        var renewedAt = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (time.GetElapsedTime(renewedAt) > Lease / 3)
                {
                    if (!await runs.RenewAsync(run.Id, Lease, cancellationToken)) break;
                    renewedAt = time.GetTimestamp();
                }

                if (await runs.FindAsync(run.Id, cancellationToken) is not { } now || now.Stage == RunStage.Finished || now.Commands.Length != run.Commands.Length) break;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        await work.CancelAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was interrupted and stays queued")]
    static partial void LogInterrupted(ILogger logger, RunId runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was stopped or changed, and the work on it ended")]
    static partial void LogLetGo(ILogger logger, RunId runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was changed meanwhile and is looked at again")]
    static partial void LogStale(ILogger logger, Exception exception, RunId runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} broke")]
    static partial void LogBroke(ILogger logger, Exception exception, RunId runId);
}
