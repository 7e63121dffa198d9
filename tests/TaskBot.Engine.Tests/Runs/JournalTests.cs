using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;

namespace TaskBot.Engine.Tests.Runs;

public sealed class JournalTests
{
    [Fact]
    public async Task A_node_is_journaled_as_running_before_it_works_and_as_succeeded_after_its_result_is_stored()
    {
        var fixture = new RunnerFixture();
        fixture.Instead["/t/a"] = async (run, token) =>
        {
            var history = await RunHistory.ReadAsync(fixture.Journal, run.RunId, token);
            history.Nodes[run.Node.Path].State.ShouldBe(NodeState.Running);
            (await fixture.Cache.FindAsync(history.Nodes[run.Node.Path].Key!.Value, token)).ShouldBeNull();
            return NodeResult.Success(("out", "a"));
        };
        var result = await fixture.RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/a").Leaf("/t/b", inputs: [("in", "/t/a.out")]));

        result.Outcome.ShouldBe(Outcome.Succeeded);
        var records = await fixture.Journal.ReadAsync(fixture.Run, default).ToListAsync();
        records.Select(record => $"{record.Node} {record.State}").ShouldBe([
            "/t Running", "/t/a Running", "/t/a Succeeded", "/t/b Running", "/t/b Succeeded", "/t Succeeded"]);
        records[1].Message.ShouldBe("First run.");
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_stops_the_run_and_everything_that_it_started()
    {
        var stopped = new TaskCompletionSource();
        var working = new TaskCompletionSource();
        var journal = new BrokenJournal();
        var fixture = new RunnerFixture { OtherJournal = journal };
        fixture.Instead["/t/slow"] = async (_, token) =>
        {
            working.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopped.SetResult();
            return NodeResult.Success();
        };
        fixture.Instead["/t/quick"] = async (_, _) =>
        {
            await working.Task;
            journal.IsBroken = true;
            return NodeResult.Success();
        };
        var run = fixture.RunAsync(new GraphBuilder().Branch("/t").Leaf("/t/slow").Leaf("/t/quick", attributes: [("say", "quick")]));

        await Should.ThrowAsync<IOException>(run);
        stopped.Task.IsCompleted.ShouldBeTrue();
    }

    sealed class BrokenJournal : IJournal
    {
        public bool IsBroken { get; set; }

        public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken) =>
            IsBroken ? throw new IOException("The disk is full.") : ValueTask.CompletedTask;

        public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken) => AsyncEnumerable.Empty<JournalRecord>();

        public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => ValueTask.FromResult<RunId?>(null);
    }
}
