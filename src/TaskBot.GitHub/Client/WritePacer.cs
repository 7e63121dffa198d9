namespace TaskBot.GitHub.Client;

/// <summary>
/// Lets writes of one token pass one after the other, starting at least <paramref name="interval"/> apart, as GitHub asks to stay clear of
/// its secondary limits.
/// </summary>
sealed class WritePacer(TimeSpan interval, TimeProvider time) : IDisposable
{
    readonly SemaphoreSlim _turn = new(1, 1);
    DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Waits for a turn. Disposing the result ends it.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var wait = _next - time.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
            _next = time.GetUtcNow() + interval;
            return new Turn(_turn);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    public void Dispose() => _turn.Dispose();

    sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0) turn.Release();
        }
    }
}
