using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;

namespace TaskBot.Bot.Tests.Replays;

/// <summary>What a replay says of a run. That every run comes out as it did is shown where runs are.</summary>
public sealed class RunReplayTests
{
    [Fact]
    public async Task What_would_be_published_is_compared_with_what_was_and_nothing_is_published()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var heads = await lab.Git.Refs.ListAsync("refs/heads/", default);
        (await lab.ReplayAsync(run)).ShouldReproduce(run);

        var departed = await lab.ReplayAsync(run with { Request = run.Request with { Title = "Another title" } });

        departed.IsSame.ShouldBeFalse();
        var first = departed.First.ShouldNotBeNull();
        first.Node.ToString().ShouldBe("/task/open-pr");
        first.Difference.ShouldNotBeNull().ShouldContain($"It did 'pull-request:acme/calculator:{run.Branch} ");
        departed.Nodes.Count(node => node.Difference is not null).ShouldBe(1);
        (await lab.Git.Refs.ListAsync("refs/heads/", default)).ShouldBe(heads);
        lab.Forge.Pulls(lab.Repository).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_run_that_only_comments_is_compared_too()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.answer", "It subtracts.");
        var run = await lab.AdvanceAsync(await lab.StartAsync("How does add work?", "", new TaskWish("taskbot:core/explain-code", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty)));

        var replay = await lab.ReplayAsync(run);

        replay.IsSame.ShouldBeTrue(replay.First?.Difference);
        replay.Nodes.Single(node => node.Type == "forge.comment").Now.ShouldBe(Engine.Nodes.NodeState.Succeeded);
    }
}
