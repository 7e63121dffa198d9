using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>Whether a node runs: conditions, outcomes, handlers, and what runs last.</summary>
public sealed class ControlTests
{
    readonly TaskLab lab = new();

    [Theory]
    [InlineData("true", NodeState.Succeeded)]
    [InlineData("false", NodeState.Skipped)]
    public async Task A_condition_decides_whether_a_node_runs(string passed, NodeState expected)
    {
        lab.Gives("check", ("passed", bool.Parse(passed)));
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  check: { type: say }
                  fix: { type: say, say: fix, when: check.passed }
            """);

        result.State("/t/fix").ShouldBe(expected);
        result.Outcome.ShouldBe(Outcome.Succeeded);
        if (expected == NodeState.Skipped) result.At("/t/fix").Why.ShouldBe("Skipped, because /t/check.passed is false.");
    }

    [Fact]
    public async Task A_condition_can_ask_for_one_of_several_values()
    {
        lab.Gives("check", ("number", 2));
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  check: { type: say }
                  one: { type: say, when: check.number, whenIs: 1 }
                  few: { type: say, when: { from: check.number }, whenIs: [2, 3] }
                  never: { type: say, when: false }
            """);

        result.State("/t/one").ShouldBe(NodeState.Skipped);
        result.At("/t/one").Why.ShouldBe("Skipped, because /t/check.number is 2.");
        result.State("/t/few").ShouldBe(NodeState.Succeeded);
        result.At("/t/never").Why.ShouldBe("Skipped, because its 'when' is false.");
    }

    [Fact]
    public async Task A_condition_is_no_part_of_the_key_and_no_input()
    {
        const string Task = """
            taskbot: 1
            nodes:
              t:
                nodes:
                  check: { type: say }
                  fix: { type: say, say: fix, when: check.out }
            """;
        lab.Gives("check", ("out", "yes"));
        (await lab.RunAsync(Task)).Out("/t/fix").ShouldBe("fix()");
        lab.Run = new("run-2");
        (await lab.RunAsync(Task.Replace("when: check.out", "when: true", StringComparison.Ordinal))).At("/t/fix").Cached.ShouldBeTrue();
    }

    [Fact]
    public async Task A_branch_whose_condition_does_not_hold_runs_nothing_inside_and_holds_up_nobody_who_needs_only_its_end()
    {
        lab.Gives("check", ("passed", false));
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  check: { type: say }
                  part:
                    when: check.passed
                    nodes:
                      a: { type: say }
                      b: { nodes: { c: { type: say } } }
                  after: { type: say, say: after, needs: [part] }
                  user: { type: strict, inputs: { must: { from: part/a.out } } }
            """);

        lab.TakeRan().ShouldBe(["/t/after", "/t/check"]);
        result.State("/t/part/b/c").ShouldBe(NodeState.Skipped);
        result.At("/t/part/b/c").Why.ShouldBe("Skipped, because /t/check.passed is false.");
        result.State("/t/user").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task Whoever_is_connected_to_an_outcome_starts_whichever_it_is()
    {
        lab.Fails("bad");
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  bad: { type: say }
                  behind: { type: say, needs: [bad] }
                  part: { nodes: { good: { type: say } } }
                  report: { type: say, say: r, inputs: { in: { from: [bad.outcome, behind.outcome, part.outcome] } } }
                  only: { type: say, when: bad.outcome, whenIs: failed }
            """);

        result.Out("/t/report").ShouldBe("""r(["failed","skipped","succeeded"])""");
        result.State("/t/only").ShouldBe(NodeState.Succeeded);
        result.Outcome.ShouldBe(Outcome.Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_runs_only_when_what_it_handles_failed(bool fails)
    {
        if (fails) lab.Fails("inner");
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  part: { onFailure: [handler], nodes: { inner: { type: say } } }
                  handler: { type: say, say: h, inputs: { in: { from: part.outcome } } }
            """);

        result.State("/t/handler").ShouldBe(fails ? NodeState.Succeeded : NodeState.Skipped);
        result.Outcome.ShouldBe(fails ? Outcome.Failed : Outcome.Succeeded);
        if (!fails) result.At("/t/handler").Why.ShouldBe("Skipped, because /t/part did not fail.");
    }

    [Theory]
    [InlineData(true, Outcome.Succeeded, NodeState.Succeeded)]
    [InlineData(false, Outcome.Failed, NodeState.Failed)]
    public async Task A_failure_counts_unless_a_handler_that_recovers_succeeded(bool recovers, Outcome outcome, NodeState around)
    {
        lab.Fails("try");
        var result = await lab.RunAsync($$"""
            taskbot: 1
            nodes:
              t:
                nodes:
                  try: { type: say, onFailure: [other] }
                  behind: { type: strict, inputs: { must: { from: try.out } } }
                  other: { type: say, recovers: {{(recovers ? "true" : "false")}} }
            """);

        result.Outcome.ShouldBe(outcome);
        result.State("/t").ShouldBe(around);
        result.State("/t/try").ShouldBe(NodeState.Failed);
        result.State("/t/behind").ShouldBe(NodeState.Skipped);
    }

    [Fact]
    public async Task A_handler_that_fails_itself_recovers_nothing()
    {
        lab.Fails("try");
        lab.Fails("other");
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes: { t: { nodes: { try: { type: say, onFailure: [other] }, other: { type: say, recovers: true } } } }
            """);

        result.Outcome.ShouldBe(Outcome.Failed);
    }

    const string Cleaning = """
        taskbot: 1
        nodes:
          t:
            nodes:
              part:
                finally: [clean]
                nodes:
                  a: { type: say }
                  b: { type: say, say: b, needs: [a] }
                  clean: { type: say, say: c, inputs: { in: { from: b.outcome }, more: { from: b.out } } }
              after: { type: say, say: after, needs: [part] }
        """;

    [Theory]
    [InlineData("", Outcome.Succeeded, """c(succeeded,b())""")]
    [InlineData("a", Outcome.Failed, "c(skipped)")]
    [InlineData("b", Outcome.Failed, "c(failed)")]
    public async Task What_runs_last_runs_however_the_rest_ended(string failing, Outcome outcome, string said)
    {
        if (failing.Length > 0) lab.Fails(failing);
        var result = await lab.RunAsync(Cleaning);

        result.Outcome.ShouldBe(outcome);
        result.Out("/t/part/clean").ShouldBe(said);
        result.State("/t/after").ShouldBe(failing.Length == 0 ? NodeState.Succeeded : NodeState.Skipped);
    }

    [Fact]
    public async Task What_runs_last_runs_after_a_run_was_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        lab.Does["a"] = async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException("Unreachable.");
        };
        var result = await lab.RunAsync(Cleaning, cancellationToken: cancel.Token);

        result.Outcome.ShouldBe(Outcome.Cancelled);
        result.State("/t/part/a").ShouldBe(NodeState.Cancelled);
        result.State("/t/part/b").ShouldBe(NodeState.Cancelled);
        result.Out("/t/part/clean").ShouldBe("c(cancelled)");
        result.State("/t/after").ShouldBe(NodeState.Cancelled);
        lab.TakeRan().ShouldBe(["/t/part/a", "/t/part/clean"]);
    }

    [Fact]
    public async Task What_runs_last_after_a_cancellation_is_itself_bounded()
    {
        using var cancel = new CancellationTokenSource();
        lab.Options.CleanupTime = TimeSpan.FromMilliseconds(50);
        lab.Does["a"] = async (_, token) =>
        {
            await cancel.CancelAsync();
            token.ThrowIfCancellationRequested();
            throw new InvalidOperationException("Unreachable.");
        };
        lab.Does["clean"] = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException("Unreachable.");
        };
        var result = await lab.RunAsync(Cleaning, cancellationToken: cancel.Token);

        result.Outcome.ShouldBe(Outcome.Cancelled);
        result.State("/t/part/clean").ShouldBe(NodeState.Cancelled);
    }

    [Fact]
    public async Task A_branch_that_never_began_has_nothing_to_clean()
    {
        lab.Fails("first");
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  first: { type: say }
                  part: { needs: [first], finally: [clean], nodes: { a: { type: say }, clean: { type: say } } }
            """);

        result.State("/t/part/clean").ShouldBe(NodeState.Skipped);
        lab.TakeRan().ShouldBe(["/t/first"]);
    }

    [Fact]
    public async Task A_branch_gives_what_a_node_inside_gives()
    {
        var result = await lab.RunAsync("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  part: { outputs: { said: { from: deep/a.out } }, nodes: { deep: { nodes: { a: { type: say, say: hello } } } } }
                  user: { type: strict, say: u, inputs: { must: { from: part.said } } }
            """);

        result.Out("/t/user").ShouldBe("u(hello())");
        result.At("/t/part").Outputs["said"].Content.ShouldBe(TaskValue.FromString("hello()"));
    }
}
