using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>Branches that run once for each item of a list, and branches that are repeated.</summary>
public sealed class PatternTests
{
    readonly TaskLab lab = new();

    const string Map = """
        taskbot: 1
        nodes:
          t:
            nodes:
              find: { type: say }
              all:
                each: find.list
                outputs: { said: { from: speak.out } }
                nodes:
                  think: { type: say, say: think, inputs: { in: { from: ../all.item } } }
                  speak: { type: strict, say: speak, inputs: { must: { from: think.out } } }
              sum: { type: strict, say: sum, inputs: { must: { from: all.said } } }
        """;

    static TaskValue List(params string[] items) => TaskValue.ListOf(items.Select(TaskValue.FromString));

    [Fact]
    public async Task What_is_inside_runs_once_for_each_item_and_gives_a_list_in_their_order()
    {
        lab.Gives("find", ("list", List("b", "a", "not a name", "b")));
        var result = await lab.RunAsync(Map);

        result.Out("/t/sum").ShouldBe("""sum(["speak(think(b))","speak(think(a))","speak(think(not a name))","speak(think(b))"])""");
        result.Nodes.Keys.Select(path => path.ToString()).Where(path => path.EndsWith("/speak", StringComparison.Ordinal)).Count().ShouldBe(3);
        result.State("/t/all/a/speak").ShouldBe(NodeState.Succeeded);
        result.At("/t/all/a").AddedBy.ShouldBe(NodePath.Parse("/t/all"));
        result.Nodes.Keys.ShouldNotContain(NodePath.Parse("/t/all/think"));
    }

    [Fact]
    public async Task Inserting_an_item_runs_that_one_alone()
    {
        lab.Gives("find", ("list", List("a", "c")));
        await lab.RunAsync(Map);
        lab.TakeRan();
        lab.Gives("find", ("list", List("a", "b", "c")));
        var result = await lab.RunAsync(Map.Replace("find: { type: say }", "find: { type: say, say: again }", StringComparison.Ordinal), attempt: 2);

        lab.TakeRan().ShouldBe(["/t/all/b/speak", "/t/all/b/think", "/t/find", "/t/sum"]);
        result.Out("/t/sum").ShouldBe("""sum(["speak(think(a))","speak(think(b))","speak(think(c))"])""");
    }

    [Fact]
    public async Task No_items_is_nothing_to_do_and_an_empty_list_for_whoever_comes_after()
    {
        lab.Gives("find", ("list", List()));
        var result = await lab.RunAsync(Map);

        result.State("/t/all").ShouldBe(NodeState.Skipped);
        result.At("/t/all").Why.ShouldBe("Its list is empty.");
        result.Out("/t/sum").ShouldBe("sum([])");
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task An_instance_that_fails_fails_the_branch_and_leaves_the_others_alone()
    {
        lab.Gives("find", ("list", List("a", "b")));
        lab.Fails("/t/all/a/think");
        var result = await lab.RunAsync(Map);

        result.State("/t/all").ShouldBe(NodeState.Failed);
        result.State("/t/all/b/speak").ShouldBe(NodeState.Succeeded);
        result.State("/t/sum").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task Items_may_be_written_down_and_have_names_of_their_own()
    {
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                each: [{ name: core, size: 1 }, { name: web, size: 2 }]
                nodes: { a: { type: say, say: a, inputs: { in: { from: ../t.item } } } }
            """);

        result.Out("/t/core/a").ShouldBe("""a({"name":"core","size":1})""");
        result.State("/t/web/a").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task Two_items_of_one_name_that_differ_fail_the_branch()
    {
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes: { t: { each: [{ name: core, size: 1 }, { name: core, size: 2 }], nodes: { a: { type: say } } } }
            """);

        result.State("/t").ShouldBe(NodeState.Failed);
        result.At("/t").Why.ShouldBe("Two of its items are named 'core' and are not the same.");
        result.Outcome.ShouldBe(Outcome.Failed);
    }

    [Fact]
    public async Task What_is_no_list_fails_the_branch()
    {
        lab.Gives("find", ("list", "word"));
        var result = await lab.RunAsync(Map);

        result.At("/t/all").Why.ShouldBe("Its 'each' is no list: \"word\".");
        result.State("/t/sum").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task A_list_may_not_make_a_graph_larger_than_its_limit()
    {
        lab.Options.MaxAddedNodes = 5;
        lab.Gives("find", ("list", List("a", "b", "c", "d", "e")));
        var result = await lab.RunAsync(Map);

        result.State("/t/all").ShouldBe(NodeState.Failed);
        result.At("/t/all").Why.ShouldContain("at most 5 may be added");
    }

    [Fact]
    public async Task An_attempt_may_not_grow_for_ever()
    {
        lab.Options.MaxGrowthTime = TimeSpan.FromTicks(-1);
        lab.Gives("find", ("list", List("a")));
        (await lab.RunAsync(Map)).At("/t/all").Why.ShouldContain("may only grow");
    }

    [Fact]
    public async Task Items_of_items_run_in_their_instances()
    {
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                each: [[x, y], [z]]
                outputs: { all: { from: inner.said } }
                nodes:
                  inner:
                    each: ../t.item
                    outputs: { said: { from: a.out } }
                    nodes: { a: { type: say, say: a, inputs: { in: { from: ../inner.item } } } }
            """);

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.At("/t").Outputs["all"].Content.ToJson().ShouldBe("""[["a(x)","a(y)"],["a(z)"]]""");
    }

    [Fact]
    public async Task What_runs_last_and_what_handles_failures_does_so_in_each_instance()
    {
        lab.Fails("/t/a/work");
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                each: [a, b]
                finally: [clean]
                nodes:
                  work: { type: say, onFailure: [mend] }
                  mend: { type: say, recovers: true }
                  clean: { type: say, say: c, inputs: { in: { from: work.outcome } } }
            """);

        result.Out("/t/a/clean").ShouldBe("c(failed)");
        result.Out("/t/b/clean").ShouldBe("c(succeeded)");
        result.State("/t/a/mend").ShouldBe(NodeState.Succeeded);
        result.State("/t/b/mend").ShouldBe(NodeState.Skipped);
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    const string Loop = """
        taskbot: 1
        nodes:
          t:
            nodes:
              start: { type: say, say: s }
              loop:
                until: check.passed
                atMost: 3
                inputs: { text: { from: start.out } }
                outputs: { text: { from: edit.out } }
                nodes:
                  edit: { type: strict, say: e, inputs: { must: { from: ../loop.text } } }
                  check: { type: say, inputs: { in: { from: edit.out }, more: { from: ../loop.iteration } } }
              end: { type: strict, say: end, inputs: { must: { from: loop.text } } }
        """;

    void PassIn(int iteration) =>
        lab.Gives("check", run => NodeResult.Success(("passed", run.Inputs["more"].Content.Equals(TaskValue.FromInt64(iteration)))));

    [Theory]
    [InlineData(1, "end(e(s()))")]
    [InlineData(2, "end(e(e(s())))")]
    [InlineData(3, "end(e(e(e(s()))))")]
    public async Task A_loop_is_repeated_until_its_output_is_true_and_each_iteration_sees_the_one_before(int iteration, string said)
    {
        PassIn(iteration);
        var result = await lab.RunAsync(Loop);

        result.Out("/t/end").ShouldBe(said);
        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Nodes.Keys.Count(path => path.Name == "edit").ShouldBe(iteration);
        result.At("/t/loop").Why.ShouldBe($"/t/loop/iter-{iteration}/check.passed was true in iteration {iteration}.");
    }

    [Fact]
    public async Task A_loop_that_is_never_true_fails_after_as_many_iterations_as_it_may_have()
    {
        PassIn(9);
        var result = await lab.RunAsync(Loop);

        result.State("/t/loop").ShouldBe(NodeState.Failed);
        result.At("/t/loop").Why.ShouldBe("/t/loop/iter-3/check.passed was still false after 3 iterations, and atMost says no more.");
        result.State("/t/end").ShouldBe(NodeState.Skipped);
        result.Outcome.ShouldBe(Outcome.Failed);
    }

    [Fact]
    public async Task Iterations_come_from_the_cache_like_any_node()
    {
        PassIn(2);
        await lab.RunAsync(Loop);
        lab.TakeRan();
        var again = await lab.RunAsync(Loop, attempt: 2);

        lab.TakeRan().ShouldBeEmpty();
        again.Out("/t/end").ShouldBe("end(e(e(s())))");
    }

    [Fact]
    public async Task A_loop_that_asks_for_an_outcome_goes_on_after_a_failure_that_then_does_not_count()
    {
        lab.Gives("test", run => run.Inputs["more"].Content.Equals(TaskValue.FromInt64(2)) ? NodeResult.Success(("out", "fine")) : NodeResult.Failure("Red."));
        const string Task = """
            taskbot: 1
            nodes:
              t:
                nodes:
                  loop:
                    until: test.outcome
                    untilIs: succeeded
                    atMost: ATMOST
                    nodes: { test: { type: say, inputs: { more: { from: ../loop.iteration } } } }
            """;
        (await lab.RunAsync(Task.Replace("ATMOST", "5", StringComparison.Ordinal))).Outcome.ShouldBe(Outcome.Succeeded);
        var result = await lab.RunAsync(Task.Replace("ATMOST", "1", StringComparison.Ordinal), attempt: 2);
        result.Outcome.ShouldBe(Outcome.Failed);
        result.At("/t/loop").Why.ShouldStartWith("/t/loop/iter-1 failed");
    }

    [Fact]
    public async Task A_failure_inside_ends_a_loop_that_asks_for_a_value()
    {
        PassIn(3);
        lab.Fails("/t/loop/iter-2/edit");
        var result = await lab.RunAsync(Loop);

        result.State("/t/loop").ShouldBe(NodeState.Failed);
        result.Nodes.Keys.ShouldNotContain(NodePath.Parse("/t/loop/iter-3"));
        result.Outcome.ShouldBe(Outcome.Failed);
    }

    const string Planned = """
        taskbot: 1
        nodes:
          t:
            nodes:
              all:
                each: [a, b]
                outputs: { said: { from: do.out } }
                nodes:
                  plan: { type: say, say: plan, inputs: { in: { from: ../all.item } } }
                  do: { type: say, say: do, needs: [plan], inputs: { in: { from: ../all.item } } }
              sum: { type: strict, say: sum, inputs: { must: { from: all.said } } }
        """;

    /// <summary>Adds a step of its own to the instance of its writer, and lets what was there wait for it.</summary>
    static string StepOf(string item) => $$"""
        taskbot: 1
        over:
          t:
            over:
              all:
                nodes: { step: { type: say, say: step-{{item}}, inputs: { in: { from: plan.out }, more: { from: ../all.item } } } }
                over: { do: { inputs: { more: { from: step.out } } } }
        """;

    Task<RunResult> RunPlannedAsync(string task, int attempt = 1, bool isReplay = false) =>
        lab.RunAsync(new RunRequest(lab.Run, attempt, TaskLab.Compose(task), layers => TaskLab.TryCompose(task, layers)) { IsReplay = isReplay });

    [Fact]
    public async Task A_node_inside_an_instance_adds_to_that_instance_alone()
    {
        lab.Gives("plan", run => NodeResult.Success(("out", "planned")) with { Layer = run.Inputs["in"].Content.AsText() == "a" ? StepOf("a") : null });
        var result = await RunPlannedAsync(Planned);

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Out("/t/sum").ShouldBe("""sum(["do(a,step-a(planned,a))","do(b)"])""");
        result.At("/t/all/a/step").AddedBy.ShouldBe(NodePath.Parse("/t/all/a/plan"));
        result.Nodes.Keys.ShouldNotContain(NodePath.Parse("/t/all/b/step"));
        result.Layers.ShouldBeEmpty();
        lab.TakeRan().ShouldBe(["/t/all/a/do", "/t/all/a/plan", "/t/all/a/step", "/t/all/b/do", "/t/all/b/plan", "/t/sum"]);
    }

    [Fact]
    public async Task Instances_that_each_wrote_a_layer_come_from_the_cache_and_an_item_that_is_added_runs_alone()
    {
        lab.Gives("plan", run => NodeResult.Success(("out", "planned")) with { Layer = StepOf(run.Inputs["in"].Content.AsText()!) });
        (await RunPlannedAsync(Planned)).Out("/t/sum").ShouldBe("""sum(["do(a,step-a(planned,a))","do(b,step-b(planned,b))"])""");
        lab.TakeRan();
        var result = await RunPlannedAsync(Planned.Replace("[a, b]", "[c, a, b]", StringComparison.Ordinal), attempt: 2);

        lab.TakeRan().ShouldBe(["/t/all/c/do", "/t/all/c/plan", "/t/all/c/step", "/t/sum"]);
        result.Out("/t/sum").ShouldBe("""sum(["do(c,step-c(planned,c))","do(a,step-a(planned,a))","do(b,step-b(planned,b))"])""");
        var replay = await RunPlannedAsync(Planned.Replace("[a, b]", "[c, a, b]", StringComparison.Ordinal), attempt: 2, isReplay: true);
        replay.Problems.ShouldBeEmpty();
        replay.Out("/t/sum").ShouldBe(result.Out("/t/sum"));
    }

    [Fact]
    public async Task A_layer_of_an_instance_may_change_nothing_outside_of_it()
    {
        lab.Gives("/t/all/b/plan", _ => NodeResult.Success() with { Layer = "taskbot: 1\nover: { t: { over: { sum: { say: other } } } }" });
        var result = await RunPlannedAsync(Planned);

        result.At("/t/all/b/plan").Why.ShouldBe("Its layer changes /t/sum, which stands outside of /t/all/b: a node inside a branch with 'each' or 'until' can change its own instance only.");
        result.State("/t/all/a/do").ShouldBe(NodeState.Succeeded);
        result.State("/t/all/b/do").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task What_an_instance_grew_stays_when_a_layer_changes_the_whole_graph()
    {
        var task = Planned.Replace("      sum:", "      late: { type: say, needs: [all] }\n      sum:", StringComparison.Ordinal);
        lab.Gives("plan", run => NodeResult.Success(("out", "planned")) with { Layer = run.Inputs["in"].Content.AsText() == "a" ? StepOf("a") : null });
        lab.Gives("late", _ => NodeResult.Success() with { Layer = "taskbot: 1\nover: { t: { over: { all: { over: { do: { say: done } } } } } }" });
        var result = await RunPlannedAsync(task);

        result.Out("/t/sum").ShouldBe("""sum(["done(a,step-a(planned,a))","done(b)"])""");
        lab.TakeRan().Count(path => path.EndsWith("/step", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task An_iteration_of_a_loop_inside_an_item_grows_by_itself()
    {
        const string Task = """
            taskbot: 1
            nodes:
              t:
                each: [x]
                outputs: { all: { from: loop.text } }
                nodes:
                  loop:
                    until: check.passed
                    atMost: 3
                    outputs: { text: { from: edit.out } }
                    nodes:
                      plan: { type: say, inputs: { in: { from: ../loop.iteration } } }
                      edit: { type: say, say: e, needs: [plan] }
                      check: { type: say, needs: [edit], inputs: { more: { from: ../loop.iteration } } }
            """;
        PassIn(2);
        lab.Gives("plan", run => NodeResult.Success() with
        {
            Layer = $"taskbot: 1\nover: {{ t: {{ over: {{ loop: {{ over: {{ edit: {{ say: edit-{run.Inputs["in"].Content} }} }} }} }} }} }}",
        });
        var result = await RunPlannedAsync(Task);

        result.Out("/t/x/loop/iter-1/edit").ShouldBe("edit-1()");
        result.Out("/t/x/loop/iter-2/edit").ShouldBe("edit-2()");
        result.At("/t").Outputs["all"].Content.ToJson().ShouldBe("""["edit-2()"]""");
    }

    [Fact]
    public async Task What_instances_grow_counts_towards_the_limits()
    {
        lab.Options.MaxExpansions = 1;
        lab.Gives("plan", run => NodeResult.Success(("out", "planned")) with { Layer = StepOf(run.Inputs["in"].Content.AsText()!) });
        var result = await RunPlannedAsync(Planned);

        result.Nodes.Values.Count(node => node is { Node.Path.Name: "plan", State: NodeState.Failed }).ShouldBe(1);
        result.Nodes.Values.First(node => node is { Node.Path.Name: "plan", State: NodeState.Failed }).Why.ShouldContain("which is the limit");
    }

    [Fact]
    public async Task A_layer_that_is_written_while_a_pattern_runs_reaches_its_instances()
    {
        const string Task = """
            taskbot: 1
            nodes:
              t:
                nodes:
                  plan: { type: say }
                  all: { each: [a, b], nodes: { one: { type: say, say: old }, two: { type: say, say: two, needs: [one, ../plan] } } }
            """;
        lab.Gives("plan", _ => NodeResult.Success(("out", "planned")) with { Layer = "taskbot: 1\nover: { t: { over: { all: { over: { one: { say: new } } } } } }" });
        var result = await lab.RunAsync(new RunRequest(new("r"), 1, TaskLab.Compose(Task), layers => TaskLab.TryCompose(Task, layers)));

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Out("/t/all/a/one").ShouldBe("new()");
        result.Out("/t/all/b/one").ShouldBe("new()");
    }
}
