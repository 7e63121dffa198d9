using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>
/// Hands events to whoever watches, in a task of its own, so that a watcher that stalls never slows the run. What has not been taken
/// yet is coalesced: of each node only the newest event waits, which bounds the feed by the number of nodes and loses no node's last state.
/// </summary>
sealed partial class ProgressFeed : IAsyncDisposable
{
    static readonly TimeSpan LastCall = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly Dictionary<NodePath, RunEvent> newest = [];
    readonly Queue<NodePath> order = new();
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    readonly IProgress<RunEvent>? watcher;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly Task delivery;

    public ProgressFeed(IProgress<RunEvent>? watcher, TimeProvider time, ILogger logger)
    {
        this.watcher = watcher;
        this.time = time;
        this.logger = logger;
        delivery = watcher is null ? Task.CompletedTask : Task.Run(() => DeliverAsync(watcher), CancellationToken.None);
    }

    public bool IsWatched => watcher is not null;

    /// <param name="isCurrent">Asked where no newer event can slip in between; false drops the event.</param>
    public void Post(RunEvent progress, Func<bool>? isCurrent = null)
    {
        if (watcher is null) return;
        lock (gate)
        {
            if (isCurrent?.Invoke() == false) return;
            if (!newest.ContainsKey(progress.Node.Path)) order.Enqueue(progress.Node.Path);
            newest[progress.Node.Path] = progress;
        }

        wake.Writer.TryWrite(item: true);
    }

    /// <summary>Gives the watcher a moment to take what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        wake.Writer.TryComplete();
        if (watcher is null) return;
        using var enough = new CancellationTokenSource(LastCall, time);
        await delivery.WaitAsync(enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (delivery.IsFaulted) LogWatcherFailed(delivery.Exception);
        else if (!delivery.IsCompleted) LogWatcherStalled();
    }

    async Task DeliverAsync(IProgress<RunEvent> to)
    {
        bool more;
        do
        {
            more = await wake.Reader.WaitToReadAsync(CancellationToken.None);
            wake.Reader.TryRead(out _);
            while (Take() is { } progress) to.Report(progress);
        }
        while (more);
    }

    RunEvent? Take()
    {
        lock (gate) return order.TryDequeue(out var path) && newest.Remove(path, out var progress) ? progress : null;
    }

    [LoggerMessage(LogLevel.Warning, "Who watched the run failed; the run went on unwatched.")]
    partial void LogWatcherFailed(Exception? exception);

    [LoggerMessage(LogLevel.Warning, "Who watched the run did not take its last events in time.")]
    partial void LogWatcherStalled();
}
