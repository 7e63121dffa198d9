using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Learning;

/// <summary>Reads what people make of open pull requests, now and then: no message tells of a reaction.</summary>
public sealed partial class FeedbackClock(IRunStore runs, FeedbackReader feedback, TimeProvider time, ILogger<FeedbackClock> logger) : RecurringWork(Period, time, logger)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Pull requests that one look asks the forge about, the newest.</summary>
    const int MostRuns = 100;

    protected override bool LooksAtStart => false;

    /// <summary>One look at the open pull requests.</summary>
    public override async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListOpenPullRequestsAsync(MostRuns, cancellationToken))
        {
            try
            {
                await feedback.ReadAsync(run, cancellationToken);
            }
            catch (Exception e) when (e is ForgeException or StaleRunException || TransientFailure.Is(e))
            {
                LogLater(logger, e, run.Id);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What people make of run {RunId} could not be read and will be later")]
    static partial void LogLater(ILogger logger, Exception exception, Engine.Runs.RunId runId);
}
