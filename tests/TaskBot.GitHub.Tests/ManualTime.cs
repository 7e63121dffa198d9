namespace TaskBot.GitHub.Tests;

/// <summary>A clock that stands still until the test moves it, and tells when someone waits on it.</summary>
sealed class ManualTime : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<ManualTimer> _timers = [];
    readonly List<(Func<TimeSpan, bool> Fits, TaskCompletionSource<TimeSpan> Waiter)> _waiters = [];
    DateTimeOffset _now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes with the time left when some timer waits that fits.</summary>
    public Task<TimeSpan> TimerAsync(Func<TimeSpan, bool> fits)
    {
        lock (_gate)
        {
            foreach (var timer in _timers)
                if (fits(timer.Due - _now)) return Task.FromResult(timer.Due - _now);
            var waiter = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((fits, waiter));
            return waiter.Task;
        }
    }

    /// <summary>Waits until some timer fits and moves the clock to it.</summary>
    public async Task<TimeSpan> AdvanceToTimerAsync(Func<TimeSpan, bool> fits)
    {
        var left = await TimerAsync(fits);
        Advance(left);
        return left;
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due) timer.Fire();
    }

    void Set(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            timer.Due = _now + dueTime;
            _timers.Add(timer);
            foreach (var entry in _waiters.Where(entry => entry.Fits(dueTime)).ToArray())
            {
                _waiters.Remove(entry);
                entry.Waiter.TrySetResult(dueTime);
            }
        }
    }

    sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Set(this, dueTime);
            return true;
        }

        public void Dispose() => time.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
