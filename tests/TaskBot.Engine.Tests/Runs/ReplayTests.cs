using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>A run that is recorded can be shown again without any work, and says where it would come out different.</summary>
public sealed class ReplayTests
{
    const string Task = """
        taskbot: 1
        nodes:
          t:
            nodes:
              find: { type: say, fresh: true }
              all: { each: find.list, outputs: { said: { from: a.out } }, nodes: { a: { type: say, say: a, inputs: { in: { from: ../all.item } } } } }
              bad: { type: say, say: bad, onFailure: [handler] }
              handler: { type: say, say: handler, recovers: true }
              end: { type: strict, say: end, inputs: { must: { from: all.said } } }
              skips: { type: say, say: skips }
              after: { type: say, say: after, needs: [skips] }
        """;

    readonly TaskLab lab = new();

    public ReplayTests()
    {
        lab.Gives("find", ("list", TaskValue.ListOf(["x", "y"])));
        lab.Fails("bad");
        lab.Gives("skips", _ => new NodeResult.Skipped("Nothing to do."));
    }

    Task<RunResult> ReplayAsync(string task = Task, int attempt = 1) => lab.RunAsync(new RunRequest(lab.Run, attempt, TaskLab.Compose(task)) { IsReplay = true });

    static IEnumerable<string> Ends(RunResult result) =>
        result.Nodes.Select(node => $"{node.Key} {node.Value.State} {string.Join(",", node.Value.Outputs.Select(output => output.Value.Content.ToJson()))}");

    [Fact]
    public async Task A_replay_ends_as_the_run_did_and_executes_records_and_stores_nothing()
    {
        var run = await lab.RunAsync(Task);
        lab.TakeRan();
        var records = await lab.Journal.ReadAsync(lab.Run, default).CountAsync();
        var replay = await ReplayAsync();

        replay.Problems.ShouldBeEmpty();
        Ends(replay).ShouldBe(Ends(run));
        replay.Outcome.ShouldBe(Outcome.Succeeded);
        lab.TakeRan().ShouldBeEmpty();
        (await lab.Journal.ReadAsync(lab.Run, default).CountAsync()).ShouldBe(records);
    }

    [Fact]
    public async Task A_replay_names_the_first_node_whose_key_differs_with_both_lines()
    {
        await lab.RunAsync(Task);
        var replay = await ReplayAsync(Task.Replace("say: end", "say: other", StringComparison.Ordinal));

        replay.Outcome.ShouldBe(Outcome.Failed);
        var problem = replay.Problems.ShouldHaveSingleItem();
        problem.Kind.ShouldBe("divergence");
        problem.Message.ShouldBe("The replay of attempt 1 differs at /t/end: then 'attribute say \"end\"', now 'attribute say \"other\"'.");
        problem.Location.Layer.ShouldBe("test.task.yml");
        lab.TakeRan().ShouldNotContain("/t/other");
    }

    [Theory]
    [InlineData("handler: { type: say, say: handler, recovers: true }", "handler: { type: say, say: handler, recovers: true }\n      new: { type: say, say: new }",
        "differs at /t/new: then it was no part of the run.")]
    [InlineData("      after: { type: say, say: after, needs: [skips] }", "", "differs at /t/after: then it succeeded, and now it is no part of the graph.")]
    public async Task A_node_that_is_new_or_gone_is_a_difference(string old, string now, string message)
    {
        await lab.RunAsync(Task);
        (await ReplayAsync(Task.Replace(old, now, StringComparison.Ordinal))).Problems.ShouldHaveSingleItem().Message.ShouldEndWith(message);
    }

    [Fact]
    public async Task A_recorded_result_that_is_gone_is_said()
    {
        await lab.RunAsync(Task);
        var elsewhere = new TaskLab { OtherJournal = lab.Journal, Cache = new InMemoryResultCache(), Run = lab.Run };
        var replay = await elsewhere.RunAsync(new RunRequest(lab.Run, 1, TaskLab.Compose(Task)) { IsReplay = true });

        replay.Problems.ShouldHaveSingleItem().Message.ShouldContain("is not in the cache any more");
        elsewhere.TakeRan().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_nobody_recorded_cannot_be_replayed()
    {
        var replay = await ReplayAsync(attempt: 7);

        replay.Problems.ShouldHaveSingleItem().Kind.ShouldBe("nothing-recorded");
        replay.Outcome.ShouldBe(Outcome.Failed);
    }
}
