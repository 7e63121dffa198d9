using Microsoft.Extensions.Hosting;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Learning;

/// <summary>Reads what people make of open pull requests, now and then: no message tells of a reaction.</summary>
public sealed class FeedbackClock(IRunStore runs, FeedbackReader feedback, TimeProvider time) : BackgroundService
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Pull requests that one look asks the forge about, the newest.</summary>
    const int MostRuns = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
    }

    /// <summary>One look at the open pull requests.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListOpenPullRequestsAsync(MostRuns, cancellationToken)) await feedback.ReadAsync(run, cancellationToken);
    }
}
