using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Engine.Tests.Runs;

namespace TaskBot.Engine.Tests;

public sealed class GraphRunnerTests
{
    static GraphBuilder Chain() => new GraphBuilder()
        .Branch("/t", [("description", "fix it")])
        .Leaf("/t/a", attributes: [("say", "a")], inputs: [("in", "/t.description")])
        .Leaf("/t/b", attributes: [("say", "b")], inputs: [("in", "/t/a.out")])
        .Leaf("/t/c", attributes: [("say", "c")], inputs: [("in", "/t/b.out")]);

    [Fact]
    public async Task Values_flow_along_connections()
    {
        var fixture = new RunnerFixture();
        var result = await fixture.RunAsync(Chain());

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Out("/t/c").ShouldBe("c(b(a(fix it)))");
        result.State("/t").ShouldBe(NodeState.Succeeded);
        fixture.Ran.ShouldBe(["/t/a", "/t/b", "/t/c"]);
        (result.NodesRun, result.NodesCached).ShouldBe((3, 0));
        result.At("/t/a").Why.ShouldBe("First run.");
    }

    [Fact]
    public async Task What_was_run_before_comes_from_the_cache()
    {
        var fixture = new RunnerFixture();
        await fixture.RunAsync(Chain());
        fixture.Run = new("run-2");
        var second = await fixture.RunAsync(Chain());

        second.Outcome.ShouldBe(Outcome.Succeeded);
        (second.NodesRun, second.NodesCached).ShouldBe((0, 3));
        second.Out("/t/c").ShouldBe("c(b(a(fix it)))");
        second.At("/t").Cached.ShouldBeTrue();
        fixture.Ran.Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_input_that_changes_dirties_what_is_made_from_it_and_says_so()
    {
        var fixture = new RunnerFixture();
        await fixture.RunAsync(Chain().Leaf("/t/other", attributes: [("say", "other")]));
        var second = await fixture.RunAsync(
            Chain().Branch("/t", [("description", "fix it well")]).Leaf("/t/other", attributes: [("say", "other")]), attempt: 2);

        second.Out("/t/c").ShouldBe("c(b(a(fix it well)))");
        second.At("/t/a").Why.ShouldBe("Changed since it last ran: input in changed.");
        second.At("/t/other").Cached.ShouldBeTrue();
        (second.NodesRun, second.NodesCached).ShouldBe((3, 1));
    }

    [Fact]
    public async Task An_input_recomputed_to_the_same_value_dirties_nothing()
    {
        var fixture = new RunnerFixture { Instead = { ["/t/b"] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "same"))) } };
        await fixture.RunAsync(Chain());
        var second = await fixture.RunAsync(Chain().Branch("/t", [("description", "fix it well")]), attempt: 2);

        fixture.Ran.ShouldBe(["/t/a", "/t/b", "/t/c", "/t/a", "/t/b"]);
        second.At("/t/c").Cached.ShouldBeTrue();
        second.Out("/t/c").ShouldBe("c(same)");
    }

    [Fact]
    public async Task A_failed_node_skips_everything_downstream()
    {
        var fixture = new RunnerFixture();
        fixture.Fail("/t/a", "No such file.");
        var result = await fixture.RunAsync(Chain().Leaf("/t/other"));

        result.Outcome.ShouldBe(Outcome.Failed);
        result.At("/t/a").Why.ShouldBe("No such file.");
        result.State("/t/b").ShouldBe(NodeState.Skipped);
        result.At("/t/c").Why.ShouldBe("Skipped, because /t/a failed.");
        result.State("/t/other").ShouldBe(NodeState.Succeeded);
        result.State("/t").ShouldBe(NodeState.Failed);
    }

    [Fact]
    public async Task A_chain_of_200_000_nodes_runs_without_exhausting_the_stack()
    {
        const int Length = 200_000;
        var fixture = new RunnerFixture();
        var graph = new GraphBuilder().Branch("/t").Leaf("/t/n0");
        for (var i = 1; i < Length; i++) graph.Leaf($"/t/n{i}", inputs: [("in", $"/t/n{i - 1}.out")]);
        fixture.Instead["/t/n0"] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Failure("The first fails, so that all others are skipped."));
        (await fixture.RunAsync(graph)).State($"/t/n{Length - 1}").ShouldBe(NodeState.Skipped);

        fixture.Instead["/t/n0"] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "x")));
        for (var i = 1; i < Length; i++) fixture.Instead[$"/t/n{i}"] = fixture.Instead["/t/n0"];
        var result = await fixture.RunAsync(graph);
        result.State($"/t/n{Length - 1}").ShouldBe(NodeState.Succeeded);
        (result.NodesRun + result.NodesCached).ShouldBe(Length);
    }
}
