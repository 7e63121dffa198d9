using System.Globalization;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using Xunit.Abstractions;

namespace TaskBot.Storage.Tests.Results;

/// <summary>Builds in a process of their own that is killed, as <c>kill -9</c> does, at a random node.</summary>
public sealed class KilledBuildTests(ITestOutputHelper output) : IAsyncDisposable
{
    readonly TemporaryDatabase killed = new();
    readonly TemporaryDatabase whole = new();

    /// <summary>So many nodes have to be done before some are certain to be durable: those of a first transaction, and those that may wait to be written.</summary>
    const int SomeAreDurable = 8000;

    [Fact]
    public async Task A_build_that_is_killed_and_started_again_ends_in_the_same_values_and_runs_nothing_again_that_was_durable()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await killed.CloseAsync();
        var durable = 0;
        for (var kill = 0; kill < 4; kill++)
        {
            await RunAndKillAsync(holdAt: kill == 0 ? random.Next(SomeAreDurable, BuildHost.Nodes / 2) : random.Next(1, (BuildHost.Nodes - durable) / 2));
            killed.Open();
            var (count, _) = await killed.Results.MeasureAsync(default);
            await JournalSpeaksOfResultsAsync();
            await killed.CloseAsync();
            ((int)count).ShouldBeGreaterThanOrEqualTo(Math.Max(durable, 1), $"seed {seed}");
            durable = (int)count;
        }

        var ran = 0;
        var built = BuildHost.Run(killed.Options, _ => ran++);
        await whole.CloseAsync();
        var straight = BuildHost.Run(whole.Options, _ => { });

        (built.Outcome, built.Executed, built.Cached, ran).ShouldBe((Outcome.Succeeded, BuildHost.Nodes - durable, durable, BuildHost.Nodes - durable), $"seed {seed}");
        whole.Open();
        killed.Open();
        NodeKey[] keys = [.. Enumerable.Range(0, BuildHost.Graph.Count).Select(i => straight.Log.KeyOf(i)!.Value.ToKey())];
        keys.ShouldBe(Enumerable.Range(0, BuildHost.Graph.Count).Select(i => built.Log.KeyOf(i)!.Value.ToKey()));
        var (values, expected) = (await killed.Results.FindAsync(keys, default), await whole.Results.FindAsync(keys, default));
        for (var i = 0; i < keys.Length; i++) values[i]!.Outputs["sum"].ShouldBe(expected[i]!.Outputs["sum"], $"seed {seed}, node {i}");
        await JournalSpeaksOfResultsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await killed.DisposeAsync();
        await whole.DisposeAsync();
    }

    async Task RunAndKillAsync(int holdAt)
    {
        using var child = new ChildProcess(["build", killed.Options.Path, holdAt.ToString(CultureInfo.InvariantCulture)]);
        (await child.ReadLineAsync()).ShouldBe("holds");
        await child.KillAsync();
    }

    /// <summary>No record is durable without the result that it speaks of.</summary>
    async Task JournalSpeaksOfResultsAsync()
    {
        var history = await RunHistory.ReadAsync(killed.Journal, Program.Run, CancellationToken.None);
        NodeKey[] keys = [.. history.Nodes.Values.Where(record => record.State == NodeState.Succeeded).Select(record => record.Key).OfType<NodeKey>()];
        (await killed.Results.FindAsync(keys, default)).ShouldAllBe(result => result != null);
    }
}
