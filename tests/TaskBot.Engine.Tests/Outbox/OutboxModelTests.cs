using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Outbox;

/// <summary>
/// A model checker over the outbox's protocol: every order of every step of one or two workers, with crashes anywhere, lost answers, late arrivals and
/// the passing of time, as far as they lead to states that were not seen before. The protocol's own code runs; only store and world are models.
/// </summary>
public sealed class OutboxModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(2, 0, 0, 0)]
    [InlineData(2, 1, 0, 0)]
    [InlineData(2, 0, 1, 1)]
    [InlineData(2, 1, 1, 0)]
    [InlineData(2, 2, 0, 0)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 2, 1, 2)]
    public async Task There_are_never_two_effects_and_never_none(int deliveries, int crashes, int lostAnswers, int retries)
    {
        // Away from the test's own context, so that whoever is answered goes on at once.
        var found = await Task.Run(() => ExploreAsync(deliveries, new(crashes, lostAnswers, retries), OutboxProtocols.Real));
        output.WriteLine($"{deliveries} deliveries, {crashes} crashes, {lostAnswers} lost answers, {retries} retries: {found.States} states, {found.Ends} ends.");
        found.Violation.ShouldBeNull();
        found.States.ShouldBeGreaterThan(20);
    }

    /// <summary>A checker that finds nothing proves nothing.</summary>
    [Theory]
    [InlineData(nameof(OutboxProtocols.ConfirmsBeforeItActs), 1, 0, 0, "no effect")]
    [InlineData(nameof(OutboxProtocols.ActsWithoutAsking), 1, 0, 0, "2 effects")]
    [InlineData(nameof(OutboxProtocols.ReleasesAtOnce), 0, 1, 1, "2 effects")]
    [InlineData(nameof(OutboxProtocols.HoldsNothing), 0, 0, 0, "2 effects")]
    public async Task Protocols_with_a_mistake_are_found_out(string protocol, int crashes, int lostAnswers, int retries, string expected)
    {
        var found = await Task.Run(() => ExploreAsync(deliveries: 2, new(crashes, lostAnswers, retries), OutboxProtocols.Named(protocol)));
        output.WriteLine(found.Violation ?? "nothing");
        found.Violation.ShouldNotBeNull().ShouldStartWith(expected);
    }

    /// <param name="Violation">What went wrong first, and the story that led there; null where nothing did.</param>
    sealed record Exploration(int States, int Ends, string? Violation);

    static async Task<Exploration> ExploreAsync(int deliveries, Faults faults, OutboxProtocol protocol)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ends = 0;
        var left = new Stack<int[]>([[]]);
        while (left.TryPop(out var path))
        {
            var (world, names) = await ReplayAsync(deliveries, faults, protocol, path);
            while (seen.Add(world.State))
            {
                if (world.Effects > 1 || (world.Effects == 0 && world.Results.Any())) return Wrong();
                var choices = world.IsAnyoneAtWork ? world.Choices() : [];
                if (choices.Count == 0)
                {
                    ends++;
                    await world.RecoverAsync();
                    if (world.Effects != 1 || !world.Results.Contains("effect")) return Wrong();
                    break;
                }

                // This world goes on with the first choice; the others start from the beginning.
                for (var i = 1; i < choices.Count; i++) left.Push([.. path, i]);
                path = [.. path, 0];
                names.Add(choices[0].Name);
                await choices[0].DoAsync();
            }

            Exploration Wrong() => new(seen.Count, ends, $"{(world.Effects == 0 ? "no effect" : $"{world.Effects} effects")}, after:\n{string.Join('\n', names)}");
        }

        return new(seen.Count, ends, Violation: null);
    }

    static async Task<(OutboxWorld World, List<string> Names)> ReplayAsync(int deliveries, Faults faults, OutboxProtocol protocol, int[] path)
    {
        var world = new OutboxWorld(deliveries, faults, protocol);
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
