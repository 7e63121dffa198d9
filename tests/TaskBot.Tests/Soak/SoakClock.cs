using TaskBot.Testing;

namespace TaskBot.Tests.Soak;

/// <summary>
/// Time that passes only where nobody would do anything meanwhile: whoever delays finds the delay over at once, and the clock moved by it. Limits
/// (of requests, leases, commands) run out only when a test moves the clock.
/// </summary>
sealed class SoakClock : TimeProvider
{
    readonly FakeTimeProvider time = new();

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public void Advance(TimeSpan by) => time.Advance(by);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // Task.Delay gives its own task as the state; a limit gives its CancellationTokenSource.
        if (state is not Task || dueTime == Timeout.InfiniteTimeSpan) return time.CreateTimer(callback, state, dueTime, period);
        ThreadPool.QueueUserWorkItem(_ =>
        {
            time.Advance(dueTime);
            callback(state);
        });
        return time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
