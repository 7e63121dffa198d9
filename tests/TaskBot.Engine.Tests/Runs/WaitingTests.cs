using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

public sealed class WaitingTests
{
    static readonly (string, TaskValue) Locked = ("resources", TaskValue.MapOf(("lock:db", 1)));

    static GraphBuilder Graph(string answer) => new GraphBuilder().Branch("/t")
        .Leaf("/t/before", attributes: [("say", "before")])
        .Leaf("/t/ask", attributes: [("say", answer), Locked], inputs: [("in", "/t/before.out")])
        .Leaf("/t/after", inputs: [("in", "/t/ask.out")])
        .Leaf("/t/beside", attributes: [("say", "beside")]);

    [Fact]
    public async Task A_run_that_waits_for_a_human_holds_nothing_and_goes_on_in_another_process_when_the_answer_is_there()
    {
        var options = new RunnerOptions { Jobs = 1, Slots = 1 };
        using var pool = new ResourcePool(options, TimeProvider.System);
        var asking = new RunnerFixture { Pool = pool };
        asking.Give("/t/ask", new NodeResult.WaitingForHuman("May I?"));
        var waiting = await asking.RunAsync(Graph(""));

        waiting.Outcome.ShouldBe(Outcome.WaitingForHuman);
        waiting.State("/t/beside").ShouldBe(NodeState.Succeeded);
        waiting.State("/t/after").ShouldBe(NodeState.Waiting);
        using (var other = pool.Join("", () => { }))
            other.TryTake(Demand.Of(waiting.At("/t/ask").Node, asking.Step.Schema), isSpeculative: false, out _).ShouldNotBeNull();

        // Another runner and pool over the stores of the first, as after days.
        using var later = new ResourcePool(options, TimeProvider.System);
        asking.Pool = later;
        asking.Instead.Clear();
        asking.Ran.Clear();
        var answered = await asking.RunAsync(Graph("yes"));

        answered.Outcome.ShouldBe(Outcome.Succeeded);
        asking.Ran.ShouldBe(["/t/ask", "/t/after"]);
    }
}
