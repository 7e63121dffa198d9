using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Outbox;

/// <summary>
/// A model checker over the outbox's protocol: every order of every step of two workers, with crashes anywhere, lost answers, late arrivals and
/// the passing of time, as far as they lead to states that were not seen before. The protocol's own code runs; only store and world are models.
/// </summary>
public sealed class OutboxModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(2, 0, 0)]
    public async Task There_are_never_two_effects_and_never_none(int crashes, int lostAnswers, int retries)
    {
        // Away from the test's own context, so that whoever is answered goes on at once.
        var (states, ends) = await Task.Run(() => ExploreAsync(new(crashes, lostAnswers, retries)));
        output.WriteLine($"{crashes} crashes, {lostAnswers} lost answers: {states} states, {ends} ends.");
        states.ShouldBeGreaterThan(20);
    }

    static async Task<(int States, int Ends)> ExploreAsync(Faults faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ends = 0;
        var left = new Stack<int[]>([[]]);
        while (left.TryPop(out var path))
        {
            var (world, names) = await ReplayAsync(faults, path);
            while (seen.Add(world.State))
            {
                world.Effects.ShouldBeLessThanOrEqualTo(1, Story());
                if (world.Results.Any()) world.Effects.ShouldBe(1, Story());
                var choices = world.IsAnyoneAtWork ? world.Choices() : [];
                if (choices.Count == 0)
                {
                    ends++;
                    await world.RecoverAsync();
                    world.Effects.ShouldBe(1, Story());
                    world.Results.ShouldContain("effect", Story());
                    break;
                }

                // This world goes on with the first choice; the others start from the beginning.
                for (var i = 1; i < choices.Count; i++) left.Push([.. path, i]);
                path = [.. path, 0];
                names.Add(choices[0].Name);
                await choices[0].DoAsync();
            }

            string Story() => string.Join("\n", names);
        }

        return (seen.Count, ends);
    }

    static async Task<(OutboxWorld World, List<string> Names)> ReplayAsync(Faults faults, int[] path)
    {
        var world = new OutboxWorld(faults);
        var names = new List<string>(path.Length);
        foreach (var choice in path)
        {
            var (name, happenAsync) = world.Choices()[choice];
            names.Add(name);
            await happenAsync();
        }

        return (world, names);
    }
}
