using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>What a replay of a finished run has to show.</summary>
public static class ReplayAssertions
{
    /// <summary>Every node that ended came out as it did, with the same values and trees, and no model was asked for anything else.</summary>
    public static void ShouldBeTheSame(this ReplayResult replay, RunRecord run) => replay.IsSame.ShouldBeTrue(
        $"Run {run.Id} of '{run.Request.Title}' must come out as it did. {replay.First?.Node} of attempt {replay.First?.Attempt}: {replay.First?.Difference}\n{string.Join('\n', replay.Departures.Select(departure => departure.Message))}");

    /// <summary>Every node of every attempt came out as it did, and each that gave a tree gave the same.</summary>
    public static void ShouldReproduce(this ReplayResult replay, RunRecord run)
    {
        replay.First.ShouldBeNull();
        replay.Departures.ShouldBeEmpty();
        replay.Nodes.Select(node => node.Attempt).Distinct().ShouldBe(Enumerable.Range(1, run.Attempts.Length));
        var trees = replay.Nodes.Where(node => node is { Then: NodeState.Succeeded, TreeThen: not null }).ToList();
        trees.ShouldNotBeEmpty();
        trees.ShouldAllBe(node => node.TreeNow == node.TreeThen);
    }
}
