using System.Collections.Concurrent;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Tests.Runs;

public sealed class ProgressTests
{
    [Fact]
    public async Task A_watcher_is_told_of_every_nodes_last_state_and_of_what_nodes_report()
    {
        var fixture = new RunnerFixture();
        var heard = new TaskCompletionSource();
        var watcher = new Watcher(progress =>
        {
            if (progress.Message == "Half way.") heard.TrySetResult();
        });
        fixture.Instead["/t/a"] = async (run, _) =>
        {
            run.Report("Half way.");
            await heard.Task;
            return NodeResult.Success();
        };
        await fixture.RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/a").Leaf("/t/b", needs: ["/t/a"]), watcher: watcher);

        watcher.Events.GroupBy(progress => progress.Node.Path.ToString(), progress => progress.State)
            .ShouldAllBe(node => node.Last() == NodeState.Succeeded);
        watcher.Events.Select(progress => progress.Node.Path.ToString()).Distinct().Order().ShouldBe(["/t", "/t/a", "/t/b"]);
    }

    [Fact]
    public async Task A_watcher_is_told_how_far_the_run_is_and_what_is_left()
    {
        var time = new ManualTime();
        var durations = new InMemoryDurationStore();
        await durations.AddAsync("", [Took("/t/a", 10), Took("/t/b", 60), Took("/t/c", 5)], default);
        var seen = new List<RunProgress>();
        var fixture = new RunnerFixture { Time = time, Durations = durations };
        fixture.Options.Jobs = 1;
        var heard = new TaskCompletionSource();
        var watcher = new Watcher(progress =>
        {
            if (progress.Progress is { } far) seen.Add(far);
            if (progress is { State: NodeState.Running, Node.Path.Name: "b" }) heard.TrySetResult();
        });
        fixture.Instead["/t/a"] = (_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "a")));
        };
        fixture.Instead["/t/b"] = async (_, _) =>
        {
            await heard.Task;
            return NodeResult.Success(("out", "b"));
        };
        await fixture.RunAsync(
            new GraphBuilder().Branch("/t").Leaf("/t/a", attributes: [("say", "a"), ("priority", 9)]).Leaf("/t/b", inputs: [("in", "/t/a.out")]).Leaf("/t/c", needs: ["/t/b"]),
            watcher: watcher);

        var middle = seen.First(progress => progress is { Done: 1, Running: 1 });
        middle.Left.ShouldBe(TimeSpan.FromSeconds(65));
        middle.CriticalPath.Select(path => path.Name).ShouldBe(["b", "c"]);
        middle.Percent.ShouldBe(33);
        seen[^1].ShouldSatisfyAllConditions(last => last.Done.ShouldBe(3), last => last.Total.ShouldBe(3), last => last.Percent.ShouldBe(100));

        static NodeDuration Took(string path, int seconds) => new(NodePath.Parse(path), "step", TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_watcher_that_never_returns_does_not_hold_up_the_run()
    {
        using var never = new ManualResetEventSlim();
        var fixture = new RunnerFixture();
        var graph = new GraphBuilder().Branch("/t");
        for (var i = 0; i < 1000; i++) graph.Leaf($"/t/n{i}", attributes: [("say", i)]);
        var result = await fixture.RunAsync(graph, watcher: new Watcher(_ => never.Wait(CancellationToken.None)));

        result.NodesRun.ShouldBe(1000);
        never.Set();
    }

    [Fact]
    public async Task A_watcher_that_fails_does_not_fail_the_run()
    {
        var result = await new RunnerFixture().RunAsync(
            new GraphBuilder().Branch("/t").Leaf("/t/a"), watcher: new Watcher(_ => throw new IOException("Broken pipe.")));

        result.Outcome.ShouldBe(Outcome.Succeeded);
    }

    sealed class Watcher(Action<RunEvent> then) : IProgress<RunEvent>
    {
        public ConcurrentQueue<RunEvent> Events { get; } = [];

        public void Report(RunEvent value)
        {
            Events.Enqueue(value);
            then(value);
        }
    }
}
