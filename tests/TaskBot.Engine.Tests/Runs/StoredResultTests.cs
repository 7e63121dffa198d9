using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>Which stored result may take the place of work: fresh nodes, pinned ones, old results, and nodes that read something while they ran.</summary>
public sealed class StoredResultTests
{
    static string Task(string attributes, string say = "a") => $$"""
        taskbot: 1
        nodes: { t: { nodes: { a: { type: say, say: {{say}}, {{attributes}} }, b: { type: say, say: b, inputs: { in: { from: a.out } } } } } }
        """;

    [Fact]
    public async Task A_fresh_node_works_in_each_run_and_once_in_an_attempt()
    {
        var lab = new TaskLab();
        await lab.RunAsync(Task("fresh: true"));
        await lab.RunAsync(Task("fresh: true"));
        lab.TakeRan().ShouldBe(["/t/a", "/t/b"]);
        await lab.RunAsync(Task("fresh: true"), attempt: 2);
        lab.TakeRan().ShouldBe(["/t/a"]);
        lab.Run = new("run-2");
        var result = await lab.RunAsync(Task("fresh: true"));

        lab.TakeRan().ShouldBe(["/t/a"]);
        result.At("/t/a").Why.ShouldBe("It is fresh in each run.");
        result.At("/t/b").Cached.ShouldBeTrue();
    }

    [Fact]
    public async Task Two_fresh_nodes_of_one_key_work_once()
    {
        var lab = new TaskLab();
        await lab.RunAsync("taskbot: 1\nnodes: { t: { nodes: { a: { type: say, fresh: true }, b: { type: say, fresh: true } } } }");
        lab.TakeRan().Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("1h", 59, false)]
    [InlineData("1h", 61, true)]
    [InlineData("90", 91, true)]
    [InlineData("1d", 61, false)]
    public async Task A_result_that_is_older_than_its_time_to_live_is_none(string timeToLive, int minutes, bool again)
    {
        var time = new ManualTime();
        var lab = new TaskLab { Time = time };
        await lab.RunAsync(Task($"timeToLive: {timeToLive}"));
        lab.TakeRan();
        time.Advance(TimeSpan.FromMinutes(minutes));
        var result = await lab.RunAsync(Task($"timeToLive: {timeToLive}"), attempt: 2);

        lab.TakeRan().ShouldBe(again ? ["/t/a"] : []);
        if (again) result.At("/t/a").Why.ShouldBe($"Its result is older than {timeToLive}.");
    }

    [Fact]
    public async Task A_pinned_node_keeps_the_result_that_it_last_had_in_the_run()
    {
        var lab = new TaskLab();
        await lab.RunAsync(Task("pin: true"));
        lab.TakeRan();
        var result = await lab.RunAsync(Task("pin: true", say: "changed"), attempt: 2);

        lab.TakeRan().ShouldBeEmpty();
        result.Out("/t/b").ShouldBe("b(a())");
        result.At("/t/a").Why.ShouldStartWith("Pinned: it keeps the result of ");
        (await lab.RunAsync(Task("pin: false", say: "changed"), attempt: 3)).Out("/t/b").ShouldBe("b(changed())");
    }

    [Fact]
    public async Task A_pinned_node_keeps_its_result_for_as_many_attempts_as_it_is_pinned_and_replays()
    {
        var lab = new TaskLab();
        await lab.RunAsync(Task("pin: true"));
        foreach (var (attempt, say) in new[] { (2, "changed"), (3, "changed"), (4, "other") })
        {
            lab.TakeRan();
            (await lab.RunAsync(Task("pin: true", say), attempt)).Out("/t/b").ShouldBe("b(a())");
            lab.TakeRan().ShouldBeEmpty();
        }

        var replay = await lab.RunAsync(new RunRequest(lab.Run, 4, TaskLab.Compose(Task("pin: true", "other"))) { IsReplay = true });
        replay.Problems.ShouldBeEmpty();
        replay.Out("/t/b").ShouldBe("b(a())");
    }

    [Fact]
    public async Task The_cache_is_told_what_is_pinned_and_when_nothing_is_any_more()
    {
        var cache = new PinnedCache();
        var lab = new TaskLab { Cache = cache };
        var first = await lab.RunAsync(Task("pin: true"));
        var key = first.At("/t/a").Key!.Value;
        cache.Pinned.ShouldBe([key]);
        await lab.RunAsync(Task("pin: true", "changed"), attempt: 2);
        cache.Pinned.ShouldBe([key]);
        await lab.RunAsync(Task($"pin: {key}", "changed"), attempt: 3);
        cache.Pinned.ShouldBe([key]);
        await lab.RunAsync(Task("pin: false", "changed"), attempt: 4);
        cache.Pinned.ShouldBeEmpty();
    }

    sealed class PinnedCache : IResultCache
    {
        readonly InMemoryResultCache results = new();

        public IReadOnlySet<NodeKey> Pinned { get; private set; } = new HashSet<NodeKey>();

        public ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) => results.FindAsync(key, cancellationToken);

        public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken) => results.StoreAsync(result, cancellationToken);

        public ValueTask PinAsync(RunId run, IReadOnlySet<NodeKey> results, CancellationToken cancellationToken)
        {
            Pinned = results;
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task A_node_can_be_pinned_to_the_key_of_any_result()
    {
        var lab = new TaskLab();
        var key = (await lab.RunAsync(Task("title: x", say: "old"))).At("/t/a").Key;
        lab.TakeRan();
        lab.Run = new("run-2");
        var result = await lab.RunAsync(Task($"pin: {key}", say: "new"));

        result.Out("/t/b").ShouldBe("b(old())");
        result.At("/t/a").Why.ShouldBe($"Pinned to the result {key}.");
    }

    [Fact]
    public async Task A_pin_to_a_result_that_is_not_there_fails_and_says_what_to_do()
    {
        var result = await new TaskLab().RunAsync(Task("pin: nowhere"));

        result.State("/t/a").ShouldBe(NodeState.Failed);
        result.At("/t/a").Why.ShouldBe("It is pinned to the result nowhere, which is not in the cache. Write another key, or remove 'pin'.");
    }

    [Fact]
    public async Task What_a_node_read_while_it_ran_makes_it_dirty_when_it_changes_and_not_before()
    {
        var lab = new TaskLab();
        lab.World["file one"] = "1";
        lab.World["other"] = "1";
        lab.Does["a"] = (run, _) =>
        {
            run.Read("file one", lab.World["file one"]);
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", $"read {lab.World["file one"]}")));
        };
        (await lab.RunAsync(Task("title: x"))).Out("/t/b").ShouldBe("b(read 1)");
        lab.TakeRan();

        lab.World["other"] = "2";
        await lab.RunAsync(Task("title: x"), attempt: 2);
        lab.TakeRan().ShouldBeEmpty();

        lab.World["file one"] = "2";
        var changed = await lab.RunAsync(Task("title: x"), attempt: 3);
        lab.TakeRan().ShouldBe(["/t/a", "/t/b"]);
        changed.At("/t/a").Why.ShouldBe("What it read changed: file one.");
        changed.Out("/t/b").ShouldBe("b(read 2)");

        lab.World["file one"] = "1";
        var back = await lab.RunAsync(Task("title: x"), attempt: 4);
        lab.TakeRan().ShouldBeEmpty();
        back.Out("/t/b").ShouldBe("b(read 1)");
    }

    [Fact]
    public async Task What_changed_while_a_node_ran_or_cannot_be_looked_at_counts_as_changed()
    {
        var lab = new TaskLab();
        lab.World["torn"] = "2";
        lab.Does["a"] = (run, _) =>
        {
            run.Read("torn", "1");
            run.Read("torn", "2");
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", "read")));
        };
        await lab.RunAsync(Task("title: x"));
        await lab.RunAsync(Task("title: x"), attempt: 2);
        lab.TakeRan().ShouldBe(["/t/a", "/t/a", "/t/b"]);
    }

    [Fact]
    public async Task Why_names_the_line_that_differs_or_says_what_would_have_to()
    {
        var lab = new TaskLab();
        await lab.RunAsync(Task("title: x", say: "old"));
        await lab.RunAsync(Task("title: x", say: "new"), attempt: 2);
        var path = TaskBot.Graphs.Nodes.NodePath.Parse("/t/a");
        var why = (await Why.AskAsync(lab.Journal, lab.Cache, lab.Run, path, CancellationToken.None)).ShouldNotBeNull();

        why.Differences.ShouldBe([new KeyLine("attribute say", "attribute say \"old\"", "attribute say \"new\"")]);
        why.ToString().ShouldBe("""
            /t/a succeeded in attempt 2 of run run-1.
            Changed since it last ran: attribute say changed from "old" to "new".
            - attribute say "old"
            + attribute say "new"

            """);
        await lab.RunAsync(Task("title: y", say: "new"), attempt: 3);
        var not = (await Why.AskAsync(lab.Journal, lab.Cache, lab.Run, path, CancellationToken.None)).ShouldNotBeNull();
        not.Cached.ShouldBeTrue();
        not.ToStringWhyNot().ShouldContain("did not run in attempt 3 of run run-1: From the cache.");
        not.ToStringWhyNot().ShouldContain("  attribute say \"new\"\n");
        (await Why.AskAsync(lab.Journal, lab.Cache, lab.Run, TaskBot.Graphs.Nodes.NodePath.Parse("/t/nobody"), CancellationToken.None)).ShouldBeNull();
    }
}
