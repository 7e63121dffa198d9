using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Engine.Tests.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Scheduling;

public sealed class SchedulingTests
{
    static (string, TaskValue) Resources(params (string, TaskValue)[] resources) => ("resources", TaskValue.MapOf(resources));

    static RunnerFixture OneAtATime(IDurationStore? durations = null)
    {
        var fixture = new RunnerFixture { Time = new ManualTime(), Durations = durations };
        fixture.Options.Jobs = 1;
        return fixture;
    }

    [Fact]
    public async Task More_priority_starts_first_and_equals_start_in_their_order()
    {
        var fixture = OneAtATime();
        await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/a", attributes: [("say", "a"), ("priority", -1)])
            .Leaf("/t/b", attributes: [("say", "b")])
            .Leaf("/t/c", attributes: [("say", "c")])
            .Leaf("/t/d", attributes: [("say", "d"), ("priority", 2)]));

        fixture.Ran.ShouldBe(["/t/d", "/t/b", "/t/c", "/t/a"]);
    }

    [Fact]
    public async Task What_waited_long_enough_overtakes_any_priority()
    {
        var fixture = OneAtATime();
        var time = (ManualTime)fixture.Time;
        fixture.Instead["/t/a"] = (_, _) =>
        {
            time.Advance(TimeSpan.FromMinutes(11));
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "a")));
        };
        await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/a", attributes: [("say", "a"), ("priority", 1000)])
            .Leaf("/t/new", attributes: [("say", "new"), ("priority", 10)], needs: ["/t/a"])
            .Leaf("/t/old", attributes: [("say", "old")]));

        fixture.Ran.ShouldBe(["/t/a", "/t/old", "/t/new"]);
    }

    [Fact]
    public async Task What_was_kept_for_a_node_that_is_gone_holds_nothing_up()
    {
        var fixture = new RunnerFixture { Time = new ManualTime() };
        fixture.Options.Resources["cpu"] = "2";
        fixture.Instead["/t/first"] = (_, _) =>
        {
            ((ManualTime)fixture.Time).Advance(fixture.Options.Patience + TimeSpan.FromSeconds(1));
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "first")) with { Layer = "without the large one" });
        };
        var result = await fixture.RunAsync(Start().Leaf("/t/large", attributes: [("say", "large"), Resources(("cpu", 2))]), attempt: 1, _ => (Start().Build(), []))
            .WaitAsync(TimeSpan.FromMinutes(1));

        result.State("/t/large").ShouldBe(NodeState.Cancelled);
        result.State("/t/maybe").ShouldBe(NodeState.Succeeded);

        static GraphBuilder Start() => new GraphBuilder().Branch("/t")
            .Leaf("/t/first", attributes: [("say", "first"), ("priority", 9), Resources(("cpu", 1))])
            .Leaf("/t/maybe", attributes: [("say", "maybe"), ("speculative", true), Resources(("cpu", 1))]);
    }

    [Fact]
    public async Task The_longest_way_to_the_end_starts_first()
    {
        var fixture = OneAtATime();
        await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/a", attributes: [("say", "a")])
            .Leaf("/t/b", attributes: [("say", "b")])
            .Branch("/t/c").Leaf("/t/c/d", attributes: [("say", "d")])
            .Leaf("/t/e", attributes: [("say", "e")], inputs: [("in", "/t/b.out")])
            .Leaf("/t/f", attributes: [("say", "f")], needs: ["/t/c"])
            .Leaf("/t/g", attributes: [("say", "g")], needs: ["/t/f"]));

        fixture.Ran.Take(2).ShouldBe(["/t/c/d", "/t/b"]);
    }

    [Fact]
    public async Task What_took_long_before_starts_first_and_what_it_takes_now_is_remembered()
    {
        var durations = new InMemoryDurationStore();
        var path = NodePath.Parse("/t/b");
        await durations.AddAsync("r", [Took(path, 1), Took(path, 60), Took(path, 90), Took(NodePath.Parse("/t/a"), 2)], default);
        var fixture = OneAtATime(durations);
        fixture.Repository = "r";
        var time = (ManualTime)fixture.Time;
        fixture.Instead["/t/b"] = (_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "b")));
        };
        await fixture.RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/a", attributes: [("say", "a")]).Leaf("/t/b", attributes: [("say", "b")]));

        fixture.Ran.ShouldBe(["/t/b", "/t/a"]);
        (await durations.ReadAsync("r", default))[^1].ShouldBe(Took(path, 5));

        static NodeDuration Took(NodePath node, int seconds) => new(node, "step", TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_deadline_is_urgent_when_it_is_near()
    {
        var fixture = OneAtATime();
        await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/a", attributes: [("say", "a"), ("priority", 5)])
            .Leaf("/t/far", attributes: [("say", "far"), ("deadlineMinutes", 600)])
            .Leaf("/t/near", attributes: [("say", "near"), ("deadlineMinutes", 20)]));

        fixture.Ran.ShouldBe(["/t/near", "/t/a", "/t/far"]);
    }

    [Fact]
    public async Task Demands_that_nothing_here_can_meet_are_all_told_before_anything_runs()
    {
        var fixture = new RunnerFixture();
        fixture.Options.Resources["cpu"] = "4";
        fixture.Options.Resources["memory"] = "8GB";
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t", attributes: [("priority", 3)])
            .Leaf("/t/a", attributes: [("say", "a"), Resources(("cpu", 8), ("memory", "16GB"))])
            .Leaf("/t/b", attributes: [("say", "b"), Resources(("gpu", 1))])
            .Leaf("/t/c", attributes: [("say", "c"), Resources(("lock:db", 2), ("cpu", "many"))])
            .Leaf("/t/d", attributes: [("say", "d"), ("priority", 5000), ("startTimeoutMinutes", 0), ("retryOn", TaskValue.ListOf(["always"]))]));

        result.Outcome.ShouldBe(Outcome.Failed);
        fixture.Ran.ShouldBeEmpty();
        result.Problems.Select(problem => problem.ToString()).ShouldBe([
            "test.task.yml:1:1: /t has 'priority', and is a task made of smaller ones. Write 'priority' on the nodes inside, or on a class that they extend.",
            "test.task.yml:2:1: /t/a needs 8 of cpu, and there is never more than 4. Ask for at most 4.",
            "test.task.yml:2:1: /t/a needs 16000MB of memory, and there is never more than 8000MB. Ask for at most 8000MB.",
            "test.task.yml:3:1: /t/b needs gpu, and there is none of it here. There are: cpu, lock:NAME, memory. Name a capacity of 'gpu', or do not ask for it.",
            "test.task.yml:4:1: The resources of /t/c ask for 'many' of cpu. Write a number from 0, or bytes such as 512MB.",
            "test.task.yml:4:1: /t/c needs 2 of lock:db, and there is never more than 1. Ask for at most 1.",
            "test.task.yml:5:1: The startTimeoutMinutes of /t/d is 0. Write a number above 0 and at most 43200.",
            "test.task.yml:5:1: The priority of /t/d is 5000. Write a whole number from -1000 to 1000.",
            "test.task.yml:5:1: The retryOn of /t/d names 'always'. Write transient, timeout, any, or exit:N with an exit code.",
        ]);
    }

    [Fact]
    public async Task Nodes_hold_what_they_and_their_type_demand_while_they_work()
    {
        var (held, most) = (0, 0);
        var gpu = new TestNodeType(
            new NodeTypeSchema("train", "Trains.") { AcceptsUntrusted = true, Resources = TaskValue.MapOf(("gpu", 1)) },
            async (run, token) =>
            {
                var now = Interlocked.Increment(ref held);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref held);
                return NodeResult.Success();
            });
        var fixture = new RunnerFixture(gpu);
        fixture.Options.Jobs = 8;
        fixture.Options.Resources["gpu"] = "2";
        var graph = new GraphBuilder().Branch("/t");
        for (var i = 0; i < 200; i++) graph.Leaf($"/t/n{i}", "train", [("i", i)]);
        var result = await fixture.RunAsync(graph);

        result.Outcome.ShouldBe(Outcome.Succeeded);
        most.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task Two_runs_share_a_pool_and_both_end()
    {
        var options = new RunnerOptions { Jobs = 2, Slots = 2 };
        options.Resources["gpu"] = "1";
        using var pool = new ResourcePool(options, TimeProvider.System);
        var runs = Enumerable.Range(0, 3).Select(r =>
        {
            var fixture = new RunnerFixture { Pool = pool, Repository = $"r{r % 2}", Run = new($"run-{r}") };
            fixture.Options.Jobs = 2;
            var graph = new GraphBuilder().Branch("/t");
            for (var i = 0; i < 100; i++) graph.Leaf($"/t/n{i}", attributes: [("say", i), Resources(("gpu", i % 2), ("lock:l", i % 3 == 0 ? 1 : 0))]);
            return fixture.RunAsync(graph);
        });

        (await Task.WhenAll(runs)).ShouldAllBe(result => result.Outcome == Outcome.Succeeded && result.NodesRun == 100);
    }

    [Theory]
    [InlineData(2, 9)]
    [InlineData(9, 2)]
    public async Task Speculative_work_starts_last_and_gives_way_to_what_is_needed(int jobs, int slots)
    {
        var fixture = new RunnerFixture();
        fixture.Options.Jobs = jobs;
        using var pool = new ResourcePool(new RunnerOptions { Jobs = 1, Slots = slots }, TimeProvider.System);
        fixture.Pool = pool;
        var (guessing, bothRun, needed) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        fixture.Instead["/t/guess"] = async (_, token) =>
        {
            if (needed == 2) return NodeResult.Success(("out", "guessed"));
            guessing.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return NodeResult.Success();
        };
        fixture.Instead["/t/first"] = async (_, _) =>
        {
            await guessing.Task;
            return NodeResult.Success(("out", "first"));
        };
        fixture.Instead["/t/needed1"] = fixture.Instead["/t/needed2"] = async (run, _) =>
        {
            // Both at once, which takes the place of the guess.
            if (Interlocked.Increment(ref needed) == 2) bothRun.SetResult();
            await bothRun.Task;
            return NodeResult.Success(("out", run.Node.Path.Name));
        };
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/guess", attributes: [("say", "guess"), ("speculative", true)])
            .Leaf("/t/first", attributes: [("say", "1")])
            .Leaf("/t/needed1", attributes: [("say", "2")], inputs: [("in", "/t/first.out")])
            .Leaf("/t/needed2", attributes: [("say", "3"), Resources(("lock:l", 1))], inputs: [("in", "/t/first.out")]));

        result.Outcome.ShouldBe(Outcome.Succeeded);
        result.Out("/t/guess").ShouldBe("guessed");
        fixture.Ran.Count(path => path == "/t/guess").ShouldBe(2);
    }

    [Fact]
    public async Task A_node_that_gets_no_place_in_time_fails_and_the_others_go_on()
    {
        var fixture = OneAtATime();
        var time = (ManualTime)fixture.Time;
        fixture.Instead["/t/a"] = (_, _) =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "a")));
        };
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t")
            .Leaf("/t/a", attributes: [("say", "a"), ("priority", 1)])
            .Leaf("/t/late", attributes: [("startTimeoutMinutes", 1), ("say", "late")])
            .Leaf("/t/patient", attributes: [("say", "patient")]));

        result.State("/t/late").ShouldBe(NodeState.Failed);
        result.At("/t/late").Why.ShouldBe("It waited for a slot longer than its startTimeoutMinutes (1).");
        result.State("/t/patient").ShouldBe(NodeState.Succeeded);
    }

    [Fact]
    public async Task Many_ready_nodes_with_demands_of_their_own_all_start()
    {
        var fixture = new RunnerFixture();
        fixture.Options.Resources["gpu"] = "2";
        var graph = new GraphBuilder().Branch("/t");
        for (var i = 0; i < 10_000; i++) graph.Leaf($"/t/n{i}", attributes: [("say", i), Resources(("gpu", 1), ($"lock:l{i % 5000}", 1))]);
        (await fixture.RunAsync(graph)).NodesRun.ShouldBe(10_000);
    }

    static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
    }
}
