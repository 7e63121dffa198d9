using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

public sealed class FailureTests
{
    static readonly NodeResult Ok = NodeResult.Success(("out", "ok"));

    static GraphBuilder One(params (string, TaskValue)[] attributes) => new GraphBuilder().Branch("/t").Leaf("/t/a", attributes: attributes);

    [Theory]
    [InlineData(0, NodeState.Failed, 1)]
    [InlineData(2, NodeState.Failed, 3)]
    [InlineData(3, NodeState.Succeeded, 4)]
    public async Task A_transient_failure_is_tried_again_as_often_as_the_node_says(int retries, NodeState state, int tries)
    {
        var fixture = new RunnerFixture();
        fixture.Instead["/t/a"] = (_, _) => ValueTask.FromResult(
            fixture.Ran.Count < 4 ? NodeResult.Failure("Connection lost.") with { IsTransient = true } : Ok);
        var result = await fixture.RunAsync(One(("retries", retries)));

        result.State("/t/a").ShouldBe(state);
        fixture.Ran.Count.ShouldBe(tries);
    }

    [Fact]
    public async Task A_failure_that_would_come_again_is_not_tried_again()
    {
        var fixture = new RunnerFixture();
        fixture.Fail("/t/a", "Two tests fail.");
        await fixture.RunAsync(One());

        fixture.Ran.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(typeof(IOException), 3)]
    [InlineData(typeof(HttpRequestException), 3)]
    [InlineData(typeof(TimeoutException), 3)]
    [InlineData(typeof(TaskCanceledException), 3)]
    [InlineData(typeof(InvalidOperationException), 1)]
    public async Task An_exception_is_a_failure_and_transient_where_the_world_is_at_fault(Type exception, int tries)
    {
        var fixture = new RunnerFixture();
        fixture.Instead["/t/a"] = (_, _) => throw (Exception)Activator.CreateInstance(exception, "It broke.")!;
        var result = await fixture.RunAsync(One());

        result.Outcome.ShouldBe(Outcome.Failed);
        result.At("/t/a").Why.ShouldBe("It broke.");
        fixture.Ran.Count.ShouldBe(tries);
    }

    [Fact]
    public async Task A_failing_environment_fails_the_node_alone()
    {
        var fixture = new RunnerFixture();
        fixture.Step.Environment = () => throw new IOException("dotnet is not installed.");
        var result = await fixture.RunAsync(One());

        result.At("/t/a").Why.ShouldBe("dotnet is not installed.");
        fixture.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task Failures_are_never_cached()
    {
        var fixture = new RunnerFixture();
        fixture.Fail("/t/a", "No.");
        await fixture.RunAsync(One());
        fixture.Instead.Clear();
        var second = await fixture.RunAsync(One(), attempt: 2);

        second.Outcome.ShouldBe(Outcome.Succeeded);
        second.At("/t/a").Why.ShouldBe("It failed last time.");
    }

    [Fact]
    public async Task A_node_that_takes_longer_than_its_limit_fails_and_the_run_goes_on()
    {
        var time = new ManualTime();
        var started = new TaskCompletionSource();
        var fixture = new RunnerFixture { Time = time };
        fixture.Instead["/t/a"] = async (_, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, token);
            return Ok;
        };
        var run = fixture.RunAsync(One(("timeoutMinutes", 5L)).Leaf("/t/b"));
        await started.Task;
        time.Advance(TimeSpan.FromMinutes(5));
        var result = await run;

        result.Outcome.ShouldBe(Outcome.Failed);
        result.At("/t/a").Why.ShouldBe("It did not end within 5 minutes.");
        result.State("/t/b").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task An_output_that_a_node_did_not_give_is_a_failure_that_names_it()
    {
        var fixture = new RunnerFixture();
        fixture.Give("/t/a", Ok);
        var result = await fixture.RunAsync(One().Leaf("/t/b", inputs: [("in", "/t/a.tree")]));

        result.At("/t/b").Why.ShouldBe("Its input 'in' is connected to /t/a.tree, and /t/a gave no 'tree', only out.");
        result.State("/t/b").ShouldBe(NodeState.Failed);
    }

    [Fact]
    public async Task A_node_with_nothing_to_do_holds_up_only_those_that_need_its_value()
    {
        var optional = new TestNodeType(
            new("optional", "Can do without.") { AcceptsUntrusted = true, Inputs = [new("in", default, "Maybe.")] },
            (run, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", $"{run.Inputs.Count} inputs"))));
        var fixture = new RunnerFixture(optional);
        fixture.Give("/t/a", new NodeResult.Skipped("Nothing changed."));
        var result = await fixture.RunAsync(One()
            .Leaf("/t/after", needs: ["/t/a"])
            .Leaf("/t/with", "optional", inputs: [("in", "/t/a.out")])
            .Leaf("/t/of", inputs: [("in", "/t/a.out")]));

        result.State("/t/after").ShouldBe(NodeState.Succeeded);
        result.Out("/t/with").ShouldBe("0 inputs");
        result.At("/t/of").Why.ShouldBe("Skipped, because /t/a had nothing to give: Nothing changed.");
        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task Nothing_ran_is_never_a_success()
    {
        var fixture = new RunnerFixture();
        fixture.Give("/t/a", new NodeResult.Skipped("Nothing changed."));

        (await fixture.RunAsync(One())).Outcome.ShouldBe(Outcome.Skipped);
        (await fixture.RunAsync(new GraphBuilder())).Outcome.ShouldBe(Outcome.Skipped);
        (await fixture.RunAsync(new GraphBuilder().Branch("/t"))).Outcome.ShouldBe(Outcome.Skipped);
    }

    [Fact]
    public async Task The_worst_end_of_a_node_is_the_outcome()
    {
        NodeResult[] fromBest = [
            new NodeResult.Skipped("s"), Ok, new NodeResult.WaitingForHuman("w"), new NodeResult.Denied("d"), new NodeResult.OverBudget("o"),
            NodeResult.Failure("f")];
        Outcome[] expected = [Outcome.Skipped, Outcome.Succeeded, Outcome.WaitingForHuman, Outcome.Denied, Outcome.OverBudget, Outcome.Failed];
        var fixture = new RunnerFixture();
        var graph = new GraphBuilder().Branch("/t");
        for (var i = 0; i < fromBest.Length; i++)
        {
            fixture.Give($"/t/n{i}", fromBest[i]);
            graph.Leaf($"/t/n{i}", attributes: [("say", i)]);
            (await fixture.RunAsync(graph)).Outcome.ShouldBe(expected[i]);
        }
    }

    [Fact]
    public async Task A_person_who_has_to_answer_keeps_waiting_what_needs_the_answer_and_nothing_else()
    {
        var fixture = new RunnerFixture();
        var graph = new GraphBuilder().Branch("/t").Branch("/t/inner")
            .Leaf("/t/inner/ask", attributes: [("say", "ask")])
            .Leaf("/t/after", needs: ["/t/inner"], attributes: [("say", "after")])
            .Leaf("/t/other", attributes: [("say", "other")]);
        fixture.Give("/t/inner/ask", new NodeResult.WaitingForHuman("May it?"));
        var first = await fixture.RunAsync(graph);
        first.Outcome.ShouldBe(Outcome.WaitingForHuman);
        first.State("/t/inner").ShouldBe(NodeState.WaitingForHuman);
        first.State("/t").ShouldBe(NodeState.WaitingForHuman);
        first.State("/t/after").ShouldBe(NodeState.Waiting);
        first.State("/t/other").ShouldBe(NodeState.Succeeded);

        fixture.Give("/t/inner/ask", Ok);
        var second = await fixture.RunAsync(graph);
        second.Outcome.ShouldBe(Outcome.Succeeded);
        second.At("/t/inner/ask").Why.ShouldBe("It waited for a human last time.");
        second.State("/t/after").ShouldBe(NodeState.Succeeded);
        second.At("/t/other").Cached.ShouldBeTrue();
    }

    [Theory]
    [InlineData("any", 2)]
    [InlineData("exit:75", 2)]
    [InlineData("exit:1", 1)]
    [InlineData("timeout", 1)]
    public async Task The_node_says_after_which_failures_it_is_tried_again(string word, int tries)
    {
        var fixture = new RunnerFixture();
        fixture.Instead["/t/a"] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Failure("'make' ended with 75.", ("exitCode", 75)));
        await fixture.RunAsync(One(("retries", 1), ("retryOn", TaskValue.ListOf([word]))));

        fixture.Ran.Count.ShouldBe(tries);
    }

    [Fact]
    public async Task A_try_that_gives_no_sign_of_life_is_stopped_and_another_that_does_goes_on()
    {
        var time = new ManualTime();
        var fixture = new RunnerFixture { Time = time };
        fixture.Instead["/t/a"] = async (run, token) =>
        {
            if (fixture.Ran.Count == 1)
            {
                var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                time.Advance(TimeSpan.FromMinutes(3));
                await stopped;
            }

            for (var i = 0; i < 5; i++)
            {
                time.Advance(TimeSpan.FromMinutes(1));
                if (i % 2 == 0) run.Report("Still here.");
                else run.SignOfLife();
                token.ThrowIfCancellationRequested();
            }

            return Ok;
        };
        var result = await fixture.RunAsync(One(("idleTimeoutMinutes", 2), ("retryOn", TaskValue.ListOf(["timeout"]))));

        result.State("/t/a").ShouldBe(NodeState.Succeeded);
        fixture.Ran.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_service_that_keeps_failing_is_left_alone_for_a_while_and_others_go_on()
    {
        var time = new ManualTime();
        var fixture = new RunnerFixture { Time = time };
        fixture.Options.Jobs = 1;
        fixture.Options.Resources["rate:search"] = "100";
        var failing = true;
        var graph = new GraphBuilder().Branch("/t").Leaf("/t/other", attributes: [("say", "other")]);
        for (var i = 0; i < 9; i++)
        {
            graph.Leaf($"/t/a{i}", attributes: [("say", i), ("retries", 0), ("resources", TaskValue.MapOf(("rate:search", 1)))]);
            fixture.Instead[$"/t/a{i}"] = (_, _) => ValueTask.FromResult(failing ? NodeResult.Failure("503.") with { IsTransient = true } : Ok);
        }

        using var pool = fixture.Pool = new(fixture.Options, time);
        var result = await fixture.RunAsync(graph);

        fixture.Ran.Count(path => path != "/t/other").ShouldBe(5);
        result.State("/t/other").ShouldBe(NodeState.Succeeded);
        result.At("/t/a8").Why.ShouldBe("rate:search kept failing and is left alone for 30 s.");
        failing = false;
        time.Advance(TimeSpan.FromSeconds(31));
        (await fixture.RunAsync(graph, attempt: 2)).Outcome.ShouldBe(Outcome.Succeeded);
    }
}
