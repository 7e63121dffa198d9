using System.Collections.Concurrent;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;

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
