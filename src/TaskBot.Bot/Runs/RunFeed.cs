using System.Collections.Concurrent;
using System.Threading.Channels;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>One thing that happened in a run, for whoever watches it now.</summary>
public abstract record RunNews(RunId RunId)
{
    /// <summary>A sentence of the run's story, in the past tense.</summary>
    public sealed record Told(RunId RunId, string Text) : RunNews(RunId);

    /// <summary>A node entered a state.</summary>
    public sealed record NodeMoved(RunEvent Event) : RunNews(Event.RunId);

    /// <summary>The run was saved; its stage may have changed.</summary>
    public sealed record Saved(RunRecord Run) : RunNews(Run.Id);
}

/// <summary>Carries news of runs to those who watch. A watcher that stalls loses the oldest news and slows nobody.</summary>
public sealed class RunFeed
{
    const int Backlog = 1024;

    readonly ConcurrentDictionary<Channel<RunNews>, byte> watchers = new();

    public void Publish(RunNews news)
    {
        foreach (var watcher in watchers.Keys) watcher.Writer.TryWrite(news);
    }

    /// <summary>All news from now on, until cancelled. Watching starts with the call, not with the first item.</summary>
    public IAsyncEnumerable<RunNews> WatchAsync(CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<RunNews>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        watchers.TryAdd(channel, 0);
        return ReadAsync(channel, cancellationToken);
    }

    async IAsyncEnumerable<RunNews> ReadAsync(
        Channel<RunNews> channel, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var news in channel.Reader.ReadAllAsync(cancellationToken)) yield return news;
        }
        finally
        {
            watchers.TryRemove(channel, out _);
        }
    }
}
