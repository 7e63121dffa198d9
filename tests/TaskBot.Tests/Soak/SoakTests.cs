using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace TaskBot.Tests.Soak;

/// <summary>Whatever happens to deliveries and requests on the way, the same thing comes of it.</summary>
public sealed class SoakTests(SoakPlace place, ITestOutputHelper output) : IClassFixture<SoakPlace>
{
    /// <summary>So many seeds are tried; <c>TASKBOT_SOAK_SEEDS</c> asks for more, <c>TASKBOT_SOAK_SEED</c> for one.</summary>
    const int Seeds = 200;

    [Fact]
    public async Task A_quiet_run_makes_one_branch_one_pull_request_one_tracking_comment_and_one_check_run_a_head()
    {
        var end = await SoakStory.PlayAsync(place, seed: null);

        output.WriteLine(end);
        var lines = end.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Count(line => line.StartsWith("branch ", StringComparison.Ordinal)).ShouldBe(1);
        lines.Where(line => line.StartsWith("pull request ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain("ready open");
        lines.Where(line => line.StartsWith("comment ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain("TaskBot: succeeded");
        lines.Where(line => line.StartsWith("check TaskBot ", StringComparison.Ordinal)).ShouldBeUnique();
    }

    [Fact]
    public async Task Whatever_is_duplicated_reordered_delayed_dropped_or_fails_the_end_is_that_of_the_quiet_run()
    {
        var quiet = await SoakStory.PlayAsync(place, seed: null);
        int[] seeds = Environment.GetEnvironmentVariable("TASKBOT_SOAK_SEED") is { Length: > 0 } one
            ? [int.Parse(one)]
            : [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("TASKBOT_SOAK_SEEDS") is { Length: > 0 } many ? int.Parse(many) : Seeds)];
        var different = new ConcurrentDictionary<int, string>();
        await Parallel.ForEachAsync(seeds, async (seed, _) =>
        {
            try
            {
                var end = await SoakStory.PlayAsync(place, seed);
                if (end != quiet) different[seed] = end;
            }
            catch (InvalidOperationException e)
            {
                different[seed] = e.Message;
            }
        });

        different.ShouldBeEmpty($"TASKBOT_SOAK_SEED={different.Keys.Order().FirstOrDefault()} ends otherwise ({different.Count} of {seeds.Length} seeds):\n"
            + $"{different.OrderBy(pair => pair.Key).FirstOrDefault().Value}\ninstead of\n{quiet}");
    }
}
