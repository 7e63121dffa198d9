using TaskBot.Bot.Dispatches;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Tests.Dispatches;

public class RunnerStoryTests
{
    readonly RunnerStory story = new("r");

    [Fact]
    public void Lines_are_numbered_without_a_gap_and_kept_until_the_server_has_them()
    {
        story.Tell("a");
        story.Add(Record());
        story.Tell("b");

        story.Peek(10).Select(line => line.Sequence).ShouldBe([0, 1, 2]);
        story.Peek(2).Count.ShouldBe(2);
        story.Kept(2);
        story.Peek(10).ShouldHaveSingleItem().Told.ShouldBe("b");
        (story.Told, story.IsThere).ShouldBe((3, false));
        story.Kept(3);
        story.IsThere.ShouldBeTrue();
    }

    [Fact]
    public void While_the_server_is_away_talk_is_left_out_and_records_are_not()
    {
        for (var i = 0; i < 5000; i++) story.Tell($"{i}");
        story.Add(Record());

        var lines = story.Peek(int.MaxValue);
        lines.Count.ShouldBe(1001);
        lines[^1].Journal.ShouldNotBeNull();
        lines.Select(line => line.Sequence).ShouldBe(Enumerable.Range(0, 1001).Select(number => (long)number));
    }

    [Fact]
    public void A_server_that_lost_what_it_had_is_no_server_to_go_on_with()
    {
        story.Tell("a");
        story.Tell("b");
        story.Kept(2);

        Should.Throw<InvalidDataException>(() => story.Kept(1));
    }

    static JournalRecord Record() => new(new RunId("r"), 1, NodePath.Parse("/task/a"), NodeState.Running, Key: null, Cached: false, "Why.", DateTimeOffset.UnixEpoch);
}
