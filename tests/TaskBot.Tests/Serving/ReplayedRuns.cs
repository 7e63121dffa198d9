using Microsoft.Extensions.DependencyInjection;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;

namespace TaskBot.Tests.Serving;

/// <summary>What every test with a server ends with: whatever it was about, its runs can be played again.</summary>
static class ReplayedRuns
{
    const int MostRuns = 100;

    /// <summary>Plays every run of a server again, as far as it came; each node gives what it gave.</summary>
    public static async Task ShouldReproduceAllAsync(this IServiceProvider server)
    {
        foreach (var run in await server.GetRequiredService<IRunStore>().ListAsync(MostRuns, default))
        {
            if (run.Attempts.IsEmpty) continue;
            var replay = await server.GetRequiredService<RunReplay>().PlayAsync(run, [], default);
            replay.IsSame.ShouldBeTrue($"{run.Request.Title}: {replay.First?.Node} {replay.First?.Difference} {string.Join(' ', replay.Departures.Select(departure => departure.Message))}");
        }
    }
}
