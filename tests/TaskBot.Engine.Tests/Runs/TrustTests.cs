using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Tests.Runs;

public sealed class TrustTests
{
    static readonly INodeType Command = new TestNodeType(
        new("command", "Runs a command.") { Attributes = [new("title", ValueKind.Text, "For people.") { InKey = false }] },
        (run, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "ran"))));

    static readonly INodeType Approve = new TestNodeType(
        "human.approve", run => NodeResult.Success(("out", run.Inputs["in"].Content)) with { Approved = true });

    static readonly INodeType Web = new TestNodeType("context.web", _ => NodeResult.Success(("out", "a page")) with { FromOutside = true });

    static GraphBuilder Untrusted() => new GraphBuilder().Branch("/t", [("description", "rm -rf"), ("tree", "abc")], untrusted: ["description"])
        .Leaf("/t/plan", inputs: [("in", "/t.description")])
        .Leaf("/t/edit", inputs: [("in", "/t/plan.out")]);

    static RunnerFixture Fixture() => new(Command, Approve, Web);

    [Fact]
    public async Task What_is_made_from_untrusted_data_is_untrusted()
    {
        var result = await Fixture().RunAsync(Untrusted().Leaf("/t/trusted", inputs: [("in", "/t.tree")]));

        result.At("/t/edit").Outputs["out"].Trust.ShouldBe(Trust.Untrusted);
        result.At("/t/trusted").Outputs["out"].Trust.ShouldBe(Trust.Trusted);
    }

    [Fact]
    public async Task A_node_that_untrusted_data_would_reach_is_denied_with_its_source_and_what_to_do()
    {
        var result = await Fixture().RunAsync(Untrusted().Leaf("/t/run", "command", inputs: [("in", "/t/edit.out")]).Leaf("/t/next", needs: ["/t/run"]));

        result.Outcome.ShouldBe(Outcome.Denied);
        result.State("/t/run").ShouldBe(NodeState.Denied);
        result.At("/t/run").Why.ShouldBe(
            "/t/run does not accept untrusted data, and its input 'in' would get /t/edit.out, which was made from the untrusted /t.description. "
            + "Put a human.approve node in between.");
        result.At("/t/next").Why.ShouldBe("Skipped, because /t/run was denied.");
    }

    [Fact]
    public async Task Approval_in_between_lets_it_pass()
    {
        var result = await Fixture().RunAsync(Untrusted()
            .Leaf("/t/ok", "human.approve", inputs: [("in", "/t/edit.out")])
            .Leaf("/t/run", "command", inputs: [("in", "/t/ok.out")]));

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.At("/t/run").Outputs["out"].Trust.ShouldBe(Trust.Trusted);
    }

    [Fact]
    public async Task Waiting_for_an_approval_without_taking_its_value_lets_nothing_pass()
    {
        var result = await Fixture().RunAsync(Untrusted()
            .Leaf("/t/ok", "human.approve", inputs: [("in", "/t/edit.out")])
            .Leaf("/t/run", "command", needs: ["/t/ok"], inputs: [("in", "/t/edit.out")]));

        result.State("/t/run").ShouldBe(NodeState.Denied);
    }

    [Fact]
    public async Task What_is_certain_to_be_denied_is_denied_before_anything_runs_all_at_once()
    {
        var fixture = Fixture();
        var result = await fixture.RunAsync(Untrusted()
            .Leaf("/t/direct", "command", inputs: [("in", "/t.description")])
            .Leaf("/t/own", "command", [("run", "rm -rf")], untrusted: ["run"])
            .Leaf("/t/titled", "command", [("title", "x")], untrusted: ["title"]));

        result.Outcome.ShouldBe(Outcome.Denied);
        fixture.Ran.ShouldBeEmpty();
        result.Problems.Select(problem => problem.Message).ShouldBe([
            "/t/direct does not accept untrusted data, and its input 'in' would get /t.description, which is untrusted. Put a human.approve node in between.",
            "/t/own does not accept untrusted data, and its own 'run' is untrusted. Let a person with write access set it.",
        ]);
        result.State("/t/titled").ShouldBe(NodeState.Skipped);
        result.State("/t/plan").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task What_comes_from_outside_is_untrusted_though_nothing_untrusted_went_in()
    {
        var result = await Fixture().RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/page", "context.web")
            .Leaf("/t/run", "command", inputs: [("in", "/t/page.out")]));

        result.At("/t/run").Why.ShouldContain("would get /t/page.out, which is untrusted.");
    }

    [Fact]
    public async Task Trust_is_part_of_the_key_so_that_no_cached_result_launders_it()
    {
        var fixture = Fixture();
        await fixture.RunAsync(Untrusted().Branch("/t", [("description", "rm -rf"), ("tree", "abc")]));
        var second = await fixture.RunAsync(Untrusted(), attempt: 2);

        second.At("/t/edit").Cached.ShouldBeFalse();
        second.At("/t/edit").Outputs["out"].Trust.ShouldBe(Trust.Untrusted);
    }
}
