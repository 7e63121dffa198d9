using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Works on queued runs, a few at a time, until the process stops. What is cut short stays queued and goes on in the next process.</summary>
public sealed partial class RunWorker(IRunStore runs, RunCoordinator coordinator, RunFeed feed, ILogger<RunWorker> logger) : BackgroundService
{
    const int Slots = 4;

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
            await coordinator.AdvanceAsync(run, cancellationToken);
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
                    broken with { Stage = RunStage.Finished, Outcome = Outcome.Failed, Reason = $"TaskBot itself failed ({e.GetType().Name}); its log says where." },
                    cancellationToken);
                feed.Publish(new RunNews.Saved(ended));
            }
        }
        finally
        {
            await runs.ReleaseAsync(run.Id, CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was interrupted and stays queued")]
    static partial void LogInterrupted(ILogger logger, RunId runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was changed meanwhile and is looked at again")]
    static partial void LogStale(ILogger logger, Exception exception, RunId runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} broke")]
    static partial void LogBroke(ILogger logger, Exception exception, RunId runId);
}
