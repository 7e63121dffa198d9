using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>In these tests a layer is a name, and composing means applying the edit of that name to the starting graph, in order.</summary>
public sealed class DynamicGraphTests
{
    readonly RunnerFixture fixture = new(
        new TestNodeType(new("command", "Runs."), (run, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "ran")))));
    readonly Dictionary<string, Action<GraphBuilder>> edits = [];
    readonly List<string> composed = [];

    static GraphBuilder Start() => new GraphBuilder().Branch("/t", [("description", "do it")])
        .Leaf("/t/plan", attributes: [("say", "plan")])
        .Leaf("/t/end", attributes: [("say", "end")], needs: ["/t/plan"]);

    (TaskGraph?, ImmutableArray<Problem>) Compose(GraphBuilder start, ImmutableArray<string> layers)
    {
        composed.Add(string.Join("+", layers));
        var graph = new GraphBuilder(start.Build());
        foreach (var layer in layers)
        {
            if (!edits.TryGetValue(layer, out var edit)) return (null, [Problem($"There is no {layer}."), Problem("It is the second mistake.")]);
            edit(graph);
        }

        return (graph.Build(), []);
    }

    static Problem Problem(string message) => new("bad", new("plan", 1, 0), message);

    Task<RunResult> RunAsync(GraphBuilder start, int attempt = 1) => fixture.RunAsync(start, attempt, layers => Compose(start, layers));

    void Write(string path, string layer, params (string, TaskValue)[] outputs) =>
        fixture.Give(path, NodeResult.Success([("out", layer), .. outputs]) with { Layer = layer });

    [Fact]
    public async Task A_node_adds_nodes_that_run_in_the_same_attempt()
    {
        edits["more"] = graph => graph.Leaf("/t/x", attributes: [("say", "x")], inputs: [("in", "/t/plan.out")])
            .Leaf("/t/end", attributes: [("say", "end")], needs: ["/t/plan"], inputs: [("in", "/t/x.out")]);
        Write("/t/plan", "more");
        var result = await RunAsync(Start());

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Out("/t/end").ShouldBe("end(x(more))");
        result.At("/t/x").AddedBy.ShouldBe(NodePath.Parse("/t/plan"));
        result.Layers.ShouldBe(["more"]);
        fixture.Ran.ShouldBe(["/t/plan", "/t/x", "/t/end"]);
    }

    [Fact]
    public async Task A_cached_layer_is_applied_like_a_fresh_one()
    {
        edits["more"] = graph => graph.Leaf("/t/x", attributes: [("say", "x")], inputs: [("in", "/t/plan.out")]);
        Write("/t/plan", "more");
        await RunAsync(Start());
        var second = await RunAsync(Start(), attempt: 2);

        (second.NodesRun, second.NodesCached).ShouldBe((0, 3));
        second.Out("/t/x").ShouldBe("x(more)");
    }

    [Fact]
    public async Task A_cached_layer_that_does_not_compose_any_more_is_written_again()
    {
        edits["more"] = _ => { };
        Write("/t/plan", "more");
        await RunAsync(Start());
        edits.Remove("more");
        edits["better"] = graph => graph.Leaf("/t/x");
        Write("/t/plan", "better");
        var second = await RunAsync(Start(), attempt: 2);

        second.Outcome.ShouldBe(Outcome.Succeeded);
        second.State("/t/x").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task A_layer_that_does_not_compose_fails_its_writer_with_all_that_is_wrong()
    {
        Write("/t/plan", "unheard-of");
        var result = await RunAsync(Start());

        result.State("/t/plan").ShouldBe(NodeState.Failed);
        result.At("/t/plan").Why.ShouldBe("The layer that it wrote does not compose.\nplan:1: There is no unheard-of.\nplan:1: It is the second mistake.");
        result.State("/t/end").ShouldBe(NodeState.Skipped);
        result.Layers.ShouldBeEmpty();
        (await fixture.Cache.FindAsync(result.At("/t/plan").Key!.Value, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_layer_with_a_cycle_fails_its_writer()
    {
        edits["cycle"] = graph => graph.Leaf("/t/x", needs: ["/t/y"]).Leaf("/t/y", needs: ["/t/x"]);
        Write("/t/plan", "cycle");

        (await RunAsync(Start())).At("/t/plan").Why.ShouldContain("/t/x -> /t/y -> /t/x");
    }

    [Fact]
    public async Task Nodes_that_a_layer_takes_out_are_cancelled_unless_they_have_ended()
    {
        edits["less"] = graph => graph.Leaf("/t/plan", attributes: [("say", "plan")])
            .Without("/t/first").Without("/t/end").Without("/t/more");
        Write("/t/plan", "less");
        var start = Start().Leaf("/t/first", attributes: [("say", "first")])
            .Leaf("/t/plan", attributes: [("say", "plan")], needs: ["/t/first"]).Leaf("/t/more", needs: ["/t/end"]);
        var result = await RunAsync(start);

        result.State("/t/first").ShouldBe(NodeState.Succeeded);
        result.State("/t/end").ShouldBe(NodeState.Cancelled);
        result.At("/t/more").Why.ShouldBe("The layer that /t/plan wrote took it out of the graph.");
        result.Graph.Nodes.Count.ShouldBe(2);
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task A_running_node_that_a_layer_takes_out_is_stopped()
    {
        var working = new TaskCompletionSource();
        edits["less"] = graph => graph.Without("/t/slow");
        fixture.Instead["/t/slow"] = async (_, token) =>
        {
            working.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return NodeResult.Success();
        };
        fixture.Instead["/t/plan"] = async (_, _) =>
        {
            await working.Task;
            return NodeResult.Success() with { Layer = "less" };
        };
        var result = await RunAsync(Start().Leaf("/t/slow"));

        result.State("/t/slow").ShouldBe(NodeState.Cancelled);
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task A_finished_node_whose_definition_changed_runs_again_and_what_it_did_not_change_does_not()
    {
        edits["fix"] = graph => graph.Leaf("/t/a", attributes: [("say", "better")]).Leaf("/t/same", attributes: [("say", "different")]);
        Write("/t/plan", "fix");
        fixture.Give("/t/same", NodeResult.Success(("out", "same")));
        var start = Start()
            .Leaf("/t/a", attributes: [("say", "a")])
            .Leaf("/t/b", attributes: [("say", "b")], inputs: [("in", "/t/a.out")])
            .Leaf("/t/same", attributes: [("say", "same")])
            .Leaf("/t/below", attributes: [("say", "below")], inputs: [("in", "/t/same.out")])
            .Leaf("/t/plan", attributes: [("say", "plan")], needs: ["/t/b", "/t/below"]);
        fixture.Options.Jobs = 1;
        var result = await RunAsync(start);

        result.Out("/t/b").ShouldBe("b(better())");
        fixture.Ran.ShouldBe(["/t/a", "/t/same", "/t/b", "/t/below", "/t/plan", "/t/a", "/t/same", "/t/b", "/t/end"]);
        result.At("/t/a").Why.ShouldBe("Changed since it last ran: attribute say changed from \"a\" to \"better\".");
        result.State("/t/plan").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task A_running_node_whose_inputs_change_starts_again()
    {
        var working = new TaskCompletionSource();
        edits["fix"] = graph => graph.Branch("/t", [("description", "do it better")]);
        fixture.Instead["/t/slow"] = async (run, token) =>
        {
            if (working.TrySetResult()) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return NodeResult.Success(("out", run.Inputs["in"].Content));
        };
        fixture.Instead["/t/plan"] = async (_, _) =>
        {
            await working.Task;
            return NodeResult.Success() with { Layer = "fix" };
        };
        var result = await RunAsync(Start().Leaf("/t/slow", inputs: [("in", "/t.description")]));

        result.Out("/t/slow").ShouldBe("do it better");
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task Layers_are_composed_by_who_depends_on_whom_whoever_was_first()
    {
        foreach (var name in (string[])["one", "two", "three"]) edits[name] = graph => graph.Branch("/t", [("description", name)]);
        var two = new TaskCompletionSource();
        Write("/t/c", "three");
        fixture.Instead["/t/b"] = (_, _) =>
        {
            two.SetResult();
            return ValueTask.FromResult<NodeResult>(NodeResult.Success() with { Layer = "two" });
        };
        fixture.Instead["/t/a"] = async (_, _) =>
        {
            await two.Task;
            return NodeResult.Success() with { Layer = "one" };
        };
        var result = await RunAsync(new GraphBuilder().Branch("/t", [("description", "none")])
            .Leaf("/t/a", attributes: [("say", "a")]).Leaf("/t/b", attributes: [("say", "b")])
            .Leaf("/t/c", attributes: [("say", "c")], needs: ["/t/b"]).Leaf("/t/end", inputs: [("in", "/t.description")], needs: ["/t/a", "/t/c"]));

        result.Layers.ShouldBe(["one", "two", "three"]);
        result.Out("/t/end").ShouldBe("(three)");
    }

    [Fact]
    public async Task A_planner_may_add_planners_up_to_a_depth()
    {
        fixture.Options.MaxExpansionDepth = 3;
        for (var i = 0; i < 5; i++)
        {
            var (path, child) = ($"/t/p{i}", $"/t/p{i + 1}");
            edits[$"layer{i}"] = graph => graph.Leaf(child, attributes: [("say", child)]);
            Write(path, $"layer{i}");
        }

        var result = await RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/p0"));

        result.State("/t/p2").ShouldBe(NodeState.Succeeded);
        result.At("/t/p3").Why.ShouldBe("It wrote a layer, and was itself added through 3 such layers, which is the limit.");
    }

    [Fact]
    public async Task A_graph_may_not_grow_beyond_its_limits()
    {
        edits["more"] = graph => graph.Leaf("/t/x").Leaf("/t/y");
        Write("/t/plan", "more");
        fixture.Options.MaxAddedNodes = 1;
        (await RunAsync(Start())).At("/t/plan").Why
            .ShouldBe("Its layer makes a graph of 5 nodes; at most 1 may be added to the 3 of the start.");

        fixture.Options.MaxExpansions = 0;
        (await RunAsync(Start())).At("/t/plan").Why
            .ShouldBe("It wrote a layer, and the nodes of this attempt have written 0 already, which is the limit.");
        (await fixture.RunAsync(Start())).At("/t/plan").Why.ShouldBe("It wrote a layer, and the nodes of this run may write none.");
    }

    [Fact]
    public async Task A_node_that_changes_itself_for_ever_meets_the_limit()
    {
        var count = 0;
        fixture.Options.MaxExpansions = 7;
        fixture.Instead["/t/plan"] = (_, _) =>
        {
            var layer = $"layer{++count}";
            edits[layer] = graph => graph.Leaf("/t/plan", attributes: [("say", layer)]);
            return ValueTask.FromResult<NodeResult>(NodeResult.Success() with { Layer = layer });
        };
        var result = await RunAsync(Start());

        result.At("/t/plan").Why.ShouldContain("have written 7 already");
        result.State("/t/end").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task What_an_untrusted_layer_says_is_untrusted_and_stays_so()
    {
        edits["command"] = graph => graph.Leaf("/t/run", "command", [("run", "rm -rf /")]).Leaf("/t/safe", "command");
        edits["later"] = graph => graph.Leaf("/t/x");
        Write("/t/plan", "command");
        Write("/t/again", "later");
        var start = new GraphBuilder().Branch("/t", [("description", "do it")], untrusted: ["description"])
            .Leaf("/t/plan", inputs: [("in", "/t.description")])
            .Leaf("/t/again", attributes: [("say", "again")], needs: ["/t/plan"]);
        var result = await RunAsync(start);

        result.State("/t/run").ShouldBe(NodeState.Denied);
        result.At("/t/run").Why.ShouldContain("its own 'run' is untrusted");
        result.State("/t/safe").ShouldBe(NodeState.Succeeded);
        result.Graph.Nodes[NodePath.Parse("/t/run")].UntrustedAttributes.ShouldBe(["run"]);
        composed.ShouldBe(["command", "command+later"]);
    }

    [Fact]
    public async Task An_approved_layer_may_add_what_it_likes()
    {
        edits["command"] = graph => graph.Leaf("/t/run", "command", [("run", "make")]);
        fixture.Give("/t/plan", NodeResult.Success() with { Layer = "command", Approved = true });
        var start = new GraphBuilder().Branch("/t", [("description", "do it")], untrusted: ["description"])
            .Leaf("/t/plan", inputs: [("in", "/t.description")]);

        (await RunAsync(start)).State("/t/run").ShouldBe(NodeState.Succeeded);
        (await RunAsync(start, attempt: 2)).State("/t/run").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task A_writer_that_runs_again_and_writes_nothing_takes_its_layer_back()
    {
        edits["more"] = graph => graph.Leaf("/t/x", attributes: [("say", "x")]);
        edits["calm"] = graph => graph.Leaf("/t/plan", attributes: [("say", "calm")]);
        fixture.Instead["/t/plan"] = (run, _) => ValueTask.FromResult<NodeResult>(
            NodeResult.Success() with { Layer = run.Node.Attributes["say"] == (TaskValue)"plan" ? "more" : null });
        fixture.Give("/t/end", NodeResult.Success() with { Layer = "calm" });
        var result = await RunAsync(Start());

        result.Layers.ShouldBe(["calm"]);
        result.Graph.Nodes.ContainsKey(NodePath.Parse("/t/x")).ShouldBeFalse();
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task An_untrusted_opinion_that_shows_again_when_a_layer_goes_away_is_untrusted()
    {
        edits["bad"] = graph => graph.Leaf("/t/run", "command", [("run", "rm -rf /")], needs: ["/t/end"]);
        edits["good"] = graph => graph.Leaf("/t/run", "command", [("run", "make")], needs: ["/t/end"]);
        edits["calm"] = graph => graph.Leaf("/t/fix", attributes: [("say", "calm")], needs: ["/t/plan"]);
        Write("/t/plan", "bad");
        fixture.Instead["/t/fix"] = (run, _) => ValueTask.FromResult<NodeResult>(
            NodeResult.Success() with { Layer = run.Node.Attributes["say"] == (TaskValue)"fix" ? "good" : null });
        fixture.Give("/t/end", NodeResult.Success() with { Layer = "calm" });
        var result = await RunAsync(new GraphBuilder().Branch("/t", [("description", "do it")], untrusted: ["description"])
            .Leaf("/t/plan", inputs: [("in", "/t.description")])
            .Leaf("/t/fix", attributes: [("say", "fix")], needs: ["/t/plan"])
            .Leaf("/t/end", attributes: [("say", "end")], needs: ["/t/fix"])
            .Leaf("/t/run", "command", [("run", "true")], needs: ["/t/end"]));

        result.Layers.ShouldBe(["bad", "calm"]);
        result.State("/t/run").ShouldBe(NodeState.Denied);
    }
}
