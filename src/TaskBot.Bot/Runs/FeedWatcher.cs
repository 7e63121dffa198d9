using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Carries an engine's events into the feed.</summary>
public sealed class FeedWatcher(RunFeed feed) : IProgress<RunEvent>
{
    public void Report(RunEvent value) => feed.Publish(new RunNews.NodeMoved(value));
}
