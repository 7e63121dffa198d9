using System.Threading.Channels;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// Wakes one waiter for each time it was set, or the next one to come when nobody waits. Whoever finds work sets it again, so that as many
/// wake as there is work for.
/// </summary>
sealed class WakeSignal(TimeProvider time)
{
    /// <summary>Another process may add work to the same file; nobody waits longer than this before looking again.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    readonly Channel<bool> latch = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => latch.Writer.TryWrite(item: true);

    /// <summary>Takes what was set, if it was: then there is nothing to wait for, and no reason to look for when.</summary>
    public bool TryTake() => latch.Reader.TryRead(out _);

    /// <param name="dueAt">When to wake in any case, in milliseconds since 1970; null when nothing is known to come.</param>
    public async Task WaitAsync(long? dueAt, CancellationToken cancellationToken)
    {
        var wait = dueAt is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) - time.GetUtcNow() : LongestWait;
        if (wait > LongestWait) wait = LongestWait;
        if (wait <= TimeSpan.Zero) return;
        using var timeout = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Task wake = latch.Reader.ReadAsync(either.Token).AsTask();
        await wake.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
