namespace TaskBot.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers that are due fire on the thread that calls <see cref="Advance"/>, in the order they are
/// due. <see cref="TimerStarted"/> lets a test wait until somebody waits for the clock, instead of guessing when.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Wanted, TaskCompletionSource Seen)> _waiters = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when a timer with a delay that the test wants is running, now or later; fails when none starts for <see cref="Patience.Longest"/>.</summary>
    public Task TimerStarted(Func<TimeSpan, bool> wanted)
    {
        lock (_lock)
        {
            if (_timers.Any(timer => wanted(timer.Delay)))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, seen));
            return seen.Task.WaitAsync(Patience.Longest);
        }
    }

    /// <summary>Moves the clock and fires what is due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (NextDue(end) is { } timer)
            timer.Fire();
        lock (_lock)
            _now = end;
    }

    private FakeTimer? NextDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var timer = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (timer is null)
                return null;
            if (timer.Due > _now)
                _now = timer.Due;
            _timers.Remove(timer);
            if (timer.Period > TimeSpan.Zero)
                Start(timer, timer.Period);
            return timer;
        }
    }

    private void Start(FakeTimer timer, TimeSpan delay)
    {
        timer.Delay = delay;
        timer.Due = _now + delay;
        _timers.Add(timer);
        foreach (var waiter in _waiters.Where(waiter => waiter.Wanted(delay)).ToList())
        {
            _waiters.Remove(waiter);
            waiter.Seen.SetResult();
        }
    }

    private sealed class FakeTimer(FakeTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Delay { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock.Start(this, dueTime);
            }
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
