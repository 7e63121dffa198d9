using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;

namespace TaskBot.Engine.Tests.Runs;

public sealed class CancellationTests
{
    static readonly GraphBuilder Graph = new GraphBuilder().Branch("/t")
        .Leaf("/t/done", attributes: [("say", "done")])
        .Leaf("/t/working", attributes: [("timeoutMinutes", 60L)], needs: ["/t/done"])
        .Leaf("/t/later", needs: ["/t/working"]);

    [Fact]
    public async Task A_cancelled_run_ends_as_cancelled_and_keeps_what_ended_well()
    {
        using var cancel = new CancellationTokenSource();
        var fixture = new RunnerFixture();
        fixture.Instead["/t/working"] = async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return NodeResult.Success();
        };
        var result = await fixture.RunAsync(Graph, cancellationToken: cancel.Token);

        result.Outcome.ShouldBe(Outcome.Cancelled);
        result.State("/t/done").ShouldBe(NodeState.Succeeded);
        result.At("/t/working").Why.ShouldBe("It was cancelled.");
        result.State("/t/later").ShouldBe(NodeState.Cancelled);
        result.State("/t").ShouldBe(NodeState.Cancelled);

        fixture.Instead.Clear();
        var again = await fixture.RunAsync(Graph);
        again.Outcome.ShouldBe(Outcome.Succeeded);
        again.At("/t/done").Cached.ShouldBeTrue();
        again.At("/t/working").Why.ShouldBe("It was cancelled last time.");
    }

    [Fact]
    public async Task Work_that_ended_well_while_it_was_told_to_stop_is_kept()
    {
        using var cancel = new CancellationTokenSource();
        var fixture = new RunnerFixture();
        fixture.Instead["/t/working"] = async (_, _) =>
        {
            await cancel.CancelAsync();
            return NodeResult.Success(("out", "just in time"));
        };
        var result = await fixture.RunAsync(Graph, cancellationToken: cancel.Token);

        result.Outcome.ShouldBe(Outcome.Cancelled);
        result.Out("/t/working").ShouldBe("just in time");
        result.State("/t/later").ShouldBe(NodeState.Cancelled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_does_not_stop_when_told_is_left_behind(bool blocksItsThread)
    {
        using var cancel = new CancellationTokenSource();
        using var never = new ManualResetEventSlim();
        var free = new TaskCompletionSource();
        var fixture = new RunnerFixture();
        fixture.Options.StopGrace = TimeSpan.FromMilliseconds(1);
        fixture.Instead["/t/working"] = async (_, _) =>
        {
            await cancel.CancelAsync();
            if (blocksItsThread) never.Wait(CancellationToken.None);
            else await free.Task;
            return NodeResult.Success();
        };
        var result = await fixture.RunAsync(Graph, cancellationToken: cancel.Token);

        result.Outcome.ShouldBe(Outcome.Cancelled);
        result.State("/t/working").ShouldBe(NodeState.Cancelled);
        never.Set();
        free.SetResult();
    }

    [Fact]
    public async Task A_cancelled_run_waits_less_than_two_seconds_for_what_does_not_stop()
    {
        using var cancel = new CancellationTokenSource();
        var time = new ManualTime();
        var free = new TaskCompletionSource();
        var fixture = new RunnerFixture { Time = time };
        fixture.Instead["/t/working"] = async (_, _) =>
        {
            await cancel.CancelAsync();
            await free.Task;
            return NodeResult.Success();
        };
        var started = time.GetUtcNow();
        var run = fixture.RunAsync(Graph, cancellationToken: cancel.Token);
        await Task.Run(async () =>
        {
            // Time passes only once the run has been told to stop, and only as far as what it waits for next.
            while (!run.IsCompleted)
            {
                if (cancel.IsCancellationRequested && time.NextDue is { } due && due - started < TimeSpan.FromMinutes(1)) time.Advance(due - time.GetUtcNow());
                await Task.Yield();
            }
        });

        (await run).Outcome.ShouldBe(Outcome.Cancelled);
        (time.GetUtcNow() - started).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        free.SetResult();
    }

    [Fact]
    public async Task A_run_that_is_cancelled_before_it_starts_runs_nothing()
    {
        var fixture = new RunnerFixture();
        var result = await fixture.RunAsync(Graph, cancellationToken: new CancellationToken(canceled: true));

        result.Outcome.ShouldBe(Outcome.Cancelled);
        fixture.Ran.ShouldBeEmpty();
    }
}
