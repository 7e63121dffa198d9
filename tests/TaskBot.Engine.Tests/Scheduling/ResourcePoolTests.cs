using System.Collections.Immutable;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;
using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Scheduling;

/// <summary>What holds for every history of a pool; seeds are printed, and <c>TASKBOT_TEST_SEED</c> sets the first.</summary>
public sealed class ResourcePoolTests(ITestOutputHelper output)
{
    static readonly NodeTypeSchema Schema = new("step", "A step.");

    readonly ManualTime time = new();

    static Demand Of(params (string, TaskValue)[] resources) => Demand.Of(
        new TaskNode(
            NodePath.Parse("/t"), "step", Attributes(TaskValue.MapOf(resources)), [], ImmutableSortedDictionary<string, ImmutableArray<OutputPath>>.Empty, [],
            new SourceLocation("t", 1, 1)),
        Schema);

    static ImmutableSortedDictionary<string, TaskValue> Attributes(TaskValue resources) =>
        ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal).Add("resources", resources);

    ResourcePool Pool(int slots, params (string Name, string Capacity)[] resources)
    {
        var options = new RunnerOptions { Jobs = 1, Slots = slots };
        foreach (var (name, capacity) in resources) options.Resources[name] = capacity;
        return new(options, time);
    }

    static ResourceShare Join(ResourcePool pool, string repository) => pool.Join(repository, () => { });

    [Theory]
    [InlineData("4GB", 4_000_000_000_000)]
    [InlineData("512 MiB", 536_870_912_000)]
    [InlineData("1.5", 1500L)]
    [InlineData("much", null)]
    [InlineData("-1", null)]
    public void Amounts_are_numbers_or_bytes_with_a_unit(string written, long? thousandths) => Demand.ReadAmount(written).ShouldBe(thousandths);

    [Fact]
    public void A_lock_is_held_once_in_a_repository_and_is_another_lock_in_another()
    {
        using var pool = Pool(slots: 9);
        using var first = Join(pool, "a");
        using var second = Join(pool, "a");
        using var elsewhere = Join(pool, "b");
        var held = first.TryTake(Of(("lock:db", 1)), isSpeculative: false, out _).ShouldNotBeNull();

        second.TryTake(Of(("lock:db", 1)), isSpeculative: false, out var shortOf).ShouldBeNull();
        shortOf.ShouldBe("lock:db");
        elsewhere.TryTake(Of(("lock:db", 1)), isSpeculative: false, out _).ShouldNotBeNull();
        first.GiveBack(held);
        second.TryTake(Of(("lock:db", 1)), isSpeculative: false, out _).ShouldNotBeNull();
    }

    [Fact]
    public void What_is_used_of_a_rate_comes_back_evenly_over_a_minute_and_wakes_who_waits()
    {
        using var pool = Pool(slots: 9, ("rate:model", "6"));
        var woken = 0;
        using var share = pool.Join("a", () => woken++);
        for (var i = 0; i < 6; i++) share.GiveBack(share.TryTake(Of(("rate:model", 1)), isSpeculative: false, out _).ShouldNotBeNull());

        share.TryTake(Of(("rate:model", 1)), isSpeculative: false, out var shortOf).ShouldBeNull();
        shortOf.ShouldBe("rate:model");
        share.Want(Of(("rate:model", 1)));
        time.Advance(TimeSpan.FromSeconds(9));
        woken.ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(2));
        woken.ShouldBe(1);
        share.TryTake(Of(("rate:model", 1)), isSpeculative: false, out _).ShouldNotBeNull();
        share.TryTake(Of(("rate:model", 1)), isSpeculative: false, out _).ShouldBeNull();
    }

    [Fact]
    public void The_next_free_slot_goes_to_the_repository_that_holds_least()
    {
        using var pool = Pool(slots: 4);
        using var big = Join(pool, "big");
        using var small = Join(pool, "small");
        var held = Enumerable.Range(0, 4).Select(slot => big.TryTake(Demand.Nothing, isSpeculative: false, out _)!).ToList();
        small.TryTake(Demand.Nothing, isSpeculative: false, out _).ShouldBeNull();
        small.Want(Demand.Nothing);
        big.GiveBack(held[0]);

        big.TryTake(Demand.Nothing, isSpeculative: false, out _).ShouldBeNull();
        small.TryTake(Demand.Nothing, isSpeculative: false, out _).ShouldNotBeNull();
    }

    [Fact]
    public void A_large_demand_is_passed_over_for_a_while_and_then_gets_what_becomes_free()
    {
        using var pool = Pool(slots: 9, ("gpu", "2"));
        using var share = Join(pool, "a");
        var (one, two) = (Of(("gpu", 1)), Of(("gpu", 2)));
        var held = share.TryTake(one, isSpeculative: false, out _)!;
        share.Want(two);
        var passing = share.TryTake(one, isSpeculative: false, out _).ShouldNotBeNull();
        share.GiveBack(passing);
        time.Advance(TimeSpan.FromSeconds(31));

        share.TryTake(one, isSpeculative: false, out _).ShouldBeNull();
        share.TryTake(Demand.Nothing, isSpeculative: false, out _).ShouldNotBeNull();
        share.GiveBack(held);
        share.TryTake(two, isSpeculative: false, out _).ShouldNotBeNull();
    }

    [Fact]
    public void Speculative_work_is_asked_back_where_that_helps_and_only_as_much_as_is_needed()
    {
        using var pool = Pool(slots: 3, ("gpu", "1"));
        var woken = 0;
        using var guessing = pool.Join("a", () => woken++);
        using var needing = Join(pool, "b");
        var older = guessing.TryTake(Of(("gpu", 1)), isSpeculative: true, out _)!;
        var newer = guessing.TryTake(Demand.Nothing, isSpeculative: true, out _)!;
        needing.TryTake(Of(("gpu", 1)), isSpeculative: false, out _).ShouldBeNull();
        needing.Want(Of(("gpu", 1)));

        (older.IsRevoked, newer.IsRevoked, woken).ShouldBe((true, false, 1));
    }

    /// <summary>
    /// Runs of several repositories with random demands and lengths, in a world that moves a second at a time. Checked at every moment: nothing is
    /// held that is not there; whoever waits starts within the bound; repositories that wait for slots alone hold equally many in the end.
    /// </summary>
    [Fact]
    public void Nothing_is_overdrawn_and_nobody_starves_whatever_happens()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("TASKBOT_TEST_SEED"), out var given) ? given : Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + 100; seed++)
        {
            output.WriteLine($"TASKBOT_TEST_SEED={seed}");
            Play(new Random(seed));
        }
    }

    void Play(Random random)
    {
        const int LongestWork = 20;
        const int Slots = 5;
        using var pool = Pool(Slots, ("gpu", "3"), ("disk", "2"));
        var players = Enumerable.Range(0, 4).Select(i => (Share: Join(pool, $"r{i % 3}"), Waiting: new Queue<(Demand Demand, int Since)>(), Held: new List<(ResourceGrant Grant, int Until)>())).ToList();
        for (var second = 0; second < 1000; second++)
        {
            foreach (var (share, waiting, held) in players.OrderBy(_ => random.Next()).ToList())
            {
                foreach (var done in held.Where(work => work.Until <= second).ToList())
                {
                    share.GiveBack(done.Grant);
                    held.Remove(done);
                }

                if (second < 200 && waiting.Count < 5) waiting.Enqueue((Any(), second));
                while (waiting.TryPeek(out var next))
                {
                    if (share.TryTake(next.Demand, isSpeculative: false, out _) is not { } grant) break;
                    waiting.Dequeue();
                    held.Add((grant, second + random.Next(1, LongestWork)));
                }

                share.Want(waiting.TryPeek(out var first) ? first.Demand : null);
            }

            var all = players.SelectMany(player => player.Held).Select(work => work.Grant.Demand).ToList();
            all.Count.ShouldBeLessThanOrEqualTo(Slots);
            all.Sum(demand => demand.AmountOf("gpu")).ShouldBeLessThanOrEqualTo(3 * Demand.One);
            all.Sum(demand => demand.AmountOf("disk")).ShouldBeLessThanOrEqualTo(2 * Demand.One);
            foreach (var (_, waiting, _) in players)
                if (waiting.TryPeek(out var oldest)) (second - oldest.Since).ShouldBeLessThan(5 * players.Count * (30 + LongestWork));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        players.ShouldAllBe(player => player.Waiting.Count == 0 && player.Held.Count == 0);
        foreach (var player in players) player.Share.Dispose();

        Demand Any() => random.Next(4) switch
        {
            0 => Demand.Nothing,
            1 => Of(("gpu", random.Next(1, 4))),
            2 => Of(("disk", 1), ("gpu", 1)),
            _ => Of(("disk", random.Next(1, 3)), ("lock:x", 1)),
        };
    }
}
