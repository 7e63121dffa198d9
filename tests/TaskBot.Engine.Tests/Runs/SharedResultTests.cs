using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Tests.Runs;

public sealed class SharedResultTests
{
    [Fact]
    public async Task The_same_work_at_several_places_is_done_once()
    {
        var fixture = new RunnerFixture();
        var graph = new GraphBuilder().Branch("/t");
        for (var i = 0; i < 20; i++) graph.Leaf($"/t/n{i}", attributes: [("say", "same")]);
        var result = await fixture.RunAsync(graph);

        fixture.Ran.Count.ShouldBe(1);
        result.Nodes.Values.Where(node => !node.Node.IsBranch).ShouldAllBe(node => node.State == NodeState.Succeeded);
        (result.NodesRun, result.NodesCached).ShouldBe((1, 19));
    }

    [Fact]
    public async Task The_same_work_that_fails_is_not_a_result_for_others()
    {
        var fixture = new RunnerFixture();
        fixture.Fail("/t/n0", "No.");
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/n0", attributes: [("say", "same")]).Leaf("/t/n1", attributes: [("say", "same")]).Leaf("/t/n2", attributes: [("say", "same")]));

        result.State("/t/n0").ShouldBe(NodeState.Failed);
        result.State("/t/n1").ShouldBe(NodeState.Succeeded);
        result.At("/t/n2").Cached.ShouldBeTrue();
        fixture.Ran.ShouldBe(["/t/n0", "/t/n1"]);
    }

    [Fact]
    public async Task An_effect_happens_once_a_run_and_again_in_the_next()
    {
        var count = 0;
        var effect = new TestNodeType(
            new("forge.comment", "Comments.") { IsEffect = true },
            (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", ++count))));
        var fixture = new RunnerFixture(effect);
        var graph = new GraphBuilder().Branch("/t").Leaf("/t/say", "forge.comment");
        await fixture.RunAsync(graph);
        await fixture.RunAsync(graph);
        (await fixture.RunAsync(graph, attempt: 2)).At("/t/say").Cached.ShouldBeTrue();
        count.ShouldBe(1);

        fixture.Run = new("run-2");
        await fixture.RunAsync(graph);
        count.ShouldBe(2);
    }

    [Fact]
    public async Task The_key_says_what_a_result_is_a_function_of()
    {
        var schema = new NodeTypeSchema("llm.edit", "Edits.")
        {
            Version = 3,
            AcceptsUntrusted = true,
            IsEffect = true,
            Attributes = [new("prompt", ValueKind.Text, "What to do."), new("color", ValueKind.Text, "For people.") { InKey = false }],
        };
        var type = new TestNodeType(schema, (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success()))
        {
            Environment = () => ImmutableSortedDictionary<string, string>.Empty.Add("model", "small \"1\""),
        };
        var fixture = new RunnerFixture(type);
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t", [("a", "A"), ("b", "B")]).Leaf(
            "/t/edit", "llm.edit", untrusted: ["notes"],
            attributes: [("prompt", new string('x', 500)), ("color", "red"), ("title", "T"), ("retries", 1L), ("notes", "two\nlines")],
            inputs: [("both", "/t.a"), ("both", "/t.b"), ("one", "/t.a")]));

        var (a, b) = (new NodeValue("A", Trust.Trusted).Digest, new NodeValue("B", Trust.Trusted).Digest);
        (await fixture.Cache.FindAsync(result.At("/t/edit").Key!.Value, default))!.KeyText.ShouldBe($"""
            type llm.edit 3
            attribute notes untrusted "two\nlines"
            attribute prompt sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)'"', .. new string('x', 500).Select(c => (byte)c), (byte)'"']))}
            input both [{a} {b}]
            input one {a}
            environment model "small \"1\""
            run run-1

            """);
    }

    [Fact]
    public async Task Why_names_every_fact_that_differs()
    {
        var fixture = new RunnerFixture();
        var before = new GraphBuilder().Branch("/t", [("d", "D")])
            .Leaf("/t/a", attributes: [("say", "a"), ("model", "small")], inputs: [("old", "/t.d"), ("in", "/t.d")]);
        await fixture.RunAsync(before);
        fixture.Step.Environment = () => ImmutableSortedDictionary<string, string>.Empty.Add("dotnet", "10");
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t", [("d", "E")])
            .Leaf("/t/a", attributes: [("say", "a"), ("model", "large")], inputs: [("in", "/t.d")]), attempt: 2);

        result.At("/t/a").Why.ShouldBe(
            "Changed since it last ran: attribute model changed from \"small\" to \"large\"; input in changed; environment dotnet is new; input old is gone.");
    }
}
