using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunFeedTests
{
    static readonly RunId Run = new("run");

    [Fact]
    public async Task A_watcher_that_stalls_loses_the_oldest_news_and_slows_nobody()
    {
        var feed = new RunFeed();
        using var stop = new CancellationTokenSource();
        var stalled = feed.WatchAsync(stop.Token);
        await using var quick = feed.WatchAsync(stop.Token).GetAsyncEnumerator(default);

        for (var number = 0; number < 5000; number++)
        {
            feed.Publish(new RunNews.Told(Run, $"{number}"));
            (await quick.MoveNextAsync()).ShouldBeTrue();
            quick.Current.ShouldBe(new RunNews.Told(Run, $"{number}"));
        }

        var kept = await stalled.Take(1024).Select(news => ((RunNews.Told)news).Text).ToListAsync();
        kept.ShouldBe(Enumerable.Range(5000 - 1024, 1024).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Who_stopped_watching_is_sent_nothing_more()
    {
        var feed = new RunFeed();
        using var stop = new CancellationTokenSource();
        var watched = feed.WatchAsync(stop.Token);
        feed.Publish(new RunNews.Told(Run, "one"));

        await foreach (var news in watched)
        {
            news.ShouldBe(new RunNews.Told(Run, "one"));
            break;
        }

        feed.Publish(new RunNews.Told(Run, "two"));
        var again = feed.WatchAsync(stop.Token);
        feed.Publish(new RunNews.Told(Run, "three"));
        (await again.FirstAsync()).ShouldBe(new RunNews.Told(Run, "three"));
    }
}
