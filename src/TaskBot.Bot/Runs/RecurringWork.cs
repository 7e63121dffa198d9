using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskBot.Bot.Runs;

/// <summary>
/// What a server looks at again and again. A look that fails is logged and the next one comes all the same, so that nothing that happens to one clock stops
/// the server or leaves the clock standing.
/// </summary>
/// <param name="period">Between two looks.</param>
public abstract partial class RecurringWork(TimeSpan period, TimeProvider time, ILogger logger) : BackgroundService
{
    protected TimeProvider Time { get; } = time;

    /// <summary>False where the first look comes after the first period.</summary>
    protected virtual bool LooksAtStart => true;

    /// <summary>One look at everything.</summary>
    public abstract Task LookAsync(CancellationToken cancellationToken);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(period, Time);
        if (LooksAtStart) await TryLookAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryLookAsync(stoppingToken);
    }

    Task TryLookAsync(CancellationToken cancellationToken) => TryAsync("everything", () => LookAsync(cancellationToken), cancellationToken);

    /// <summary>Looks at one of several things: what happens to it keeps none of the others from being looked at.</summary>
    /// <param name="what">Names it in the log.</param>
    protected async Task TryAsync(string what, Func<Task> look, CancellationToken cancellationToken)
    {
        try
        {
            await look();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, e, GetType().Name, what, period);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Clock} failed to look at {What}; it looks again in {Period}")]
    static partial void LogFailed(ILogger logger, Exception exception, string clock, string what, TimeSpan period);
}
