using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;
using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>
/// What holds for every task with conditions, handlers, items and loops, with demands, priorities and
/// speculative work, with failures, cancellations and crashes at random. Many seeds, the
/// first at random, each printed: <c>TASKBOT_TEST_SEED</c> sets it.
/// </summary>
public sealed class RandomTaskTests(ITestOutputHelper output)
{
    const int Tasks = 120;

    /// <summary>What stands still for so long has no end.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    static readonly NodeTypeSchema Work = new("work", "Works.")
    {
        WritesLayer = true,
        AcceptsUntrusted = true,
        Attributes = [new("say", ValueKind.Text, "What it says."), new("does", ValueKind.Text, "What it does.")],
        Inputs =
        [
            new("iteration", ValueKind.Integer, "How often."),
            .. Enumerable.Range(0, 10).Select(i => new PortSchema($"in{i}", ValueKind.Any, "Anything.")),
        ],
        Outputs =
        [
            new("out", ValueKind.Text, "What it says."), new("list", ValueKind.List, "Some items."), new("passed", ValueKind.Truth, "Whether it did."),
        ],
    };

    [Fact]
    public Task A_task_ends_the_same_for_any_number_of_jobs_and_no_node_starts_before_its_inputs() => ForEachSeed(async (task, _) =>
    {
        string[]? expected = null;
        foreach (var (jobs, capacity) in ((int, int)[])[(1, 2), (3, 2), (9, 2), (9, 20)])
        {
            var world = new World(jobs) { Capacity = capacity };
            var result = await world.RunAsync(task);
            Describe(result).ShouldBe(expected ??= Describe(result));
            await world.CheckJournalAsync(result);
        }
    });

    [Fact]
    public Task What_is_cached_never_changes_a_value() => ForEachSeed(async (task, random) =>
    {
        var world = new World(jobs: 3);
        await world.RunAsync(task);
        var changed = RandomTask.Change(task, random);
        Describe(await world.RunAsync(changed, attempt: 2)).ShouldBe(Describe(await new World(jobs: 3).RunAsync(changed)));
    });

    [Fact]
    public Task A_run_that_crashes_at_any_write_and_is_run_again_ends_the_same_and_repeats_nothing() => ForEachSeed(async (task, random) =>
    {
        var expected = Describe(await new World(jobs: 3).RunAsync(task));
        var world = new World(jobs: 3);
        for (var crash = 0; crash < 3; crash++)
        {
            world.WritesLeft = random.Next(0, 25);
            try
            {
                await world.RunAsync(task);
            }
            catch (IOException)
            {
                // The crash; a task that needs fewer writes ends without one.
            }
        }

        world.WritesLeft = int.MaxValue;
        var result = await world.RunAsync(task);
        Describe(result).ShouldBe(expected);
        await world.CheckJournalAsync(result);
    });

    [Fact]
    public Task A_run_that_is_cancelled_anywhere_and_run_again_ends_the_same_and_repeats_nothing() => ForEachSeed(async (task, random) =>
    {
        var expected = Describe(await new World(jobs: 3).RunAsync(task));
        var world = new World(jobs: 3);
        using var cancel = new CancellationTokenSource();
        var left = random.Next(1, 20);
        world.Started = () =>
        {
            if (Interlocked.Decrement(ref left) == 0) cancel.Cancel();
        };
        var cancelled = await world.RunAsync(task, cancellationToken: cancel.Token);
        cancelled.Nodes.Values.ShouldAllBe(node => node.State != NodeState.Running && node.State != NodeState.Ready && node.State != NodeState.Waiting);
        world.Started = () => { };
        var result = await world.RunAsync(task);

        Describe(result).ShouldBe(expected);
        await world.CheckJournalAsync(result);
    });

    [Fact]
    public Task A_replay_ends_as_the_run_did_and_works_for_nothing() => ForEachSeed(async (task, _) =>
    {
        var world = new World(jobs: 3);
        var run = await world.RunAsync(task);
        world.Started = () => throw new InvalidOperationException("A replay worked.");
        var replay = await world.RunAsync(task, isReplay: true);

        replay.Problems.ShouldBeEmpty();
        Describe(replay).ShouldBe(Describe(run));
        replay.Outcome.ShouldBe(run.Outcome);
    });

    async Task ForEachSeed(Func<string, Random, Task> property)
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("TASKBOT_TEST_SEED"), out var given) ? given : Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + Tasks; seed++)
        {
            output.WriteLine($"TASKBOT_TEST_SEED={seed}");
            var random = new Random(seed);
            await property(RandomTask.Create(random), random).WaitAsync(Longest);
        }
    }

    static string[] Describe(RunResult result) =>
    [
        $"{result.Outcome}",
        .. result.Nodes.Values.Where(node => result.Graph.Nodes.ContainsKey(node.Node.Path))
            .Select(node => $"{node.Node.Path} {node.State} {string.Join(",", node.Outputs.Select(given => given.Value.Content.ToJson()))}"),
    ];

    sealed class World(int jobs)
    {
        readonly InMemoryJournal journal = new();
        readonly InMemoryResultCache cache = new();

        readonly ConcurrentDictionary<string, double> held = new(StringComparer.Ordinal);

        public int WritesLeft { get; set; } = int.MaxValue;

        /// <summary>How much there is of each resource but locks.</summary>
        public int Capacity { get; init; } = 2;

        /// <summary>What was held at some time that was not there.</summary>
        public ConcurrentQueue<string> Excesses { get; } = [];

        public Action Started { get; set; } = () => { };

        public Task<RunResult> RunAsync(string task, int attempt = 1, bool isReplay = false, CancellationToken cancellationToken = default)
        {
            var graph = Compose(task, []).Graph ?? throw new InvalidOperationException($"{string.Join('\n', Compose(task, []).Problems)}\n{task}");
            var capacity = Capacity.ToString(CultureInfo.InvariantCulture);
            var options = new RunnerOptions { Jobs = jobs, MaxExpansions = 10_000, RetryDelay = TimeSpan.Zero, Resources = new Dictionary<string, string> { ["cpu"] = capacity, ["gpu"] = capacity } };
            return new GraphRunner(
                    [new TestNodeType(Work, WorkAsync)], new CrashingCache(this), new CrashingJournal(this), options, TimeProvider.System, NullLogger<GraphRunner>.Instance)
                .RunAsync(new(new("random"), attempt, graph, layers => Compose(task, layers)) { IsReplay = isReplay }, watcher: null, cancellationToken);
        }

        static (TaskGraph? Graph, ImmutableArray<Problem> Problems) Compose(string task, ImmutableArray<string> layers)
        {
            var parse = TaskLayer.Parse("random.task.yml", task);
            var session = layers.Select((layer, index) => TaskLayer.Parse($"layer-{index}", layer).Layer).Reverse().ToImmutableArray();
            var composition = new TaskComposer(new MemoryLayerResolver(), new(Work)).Compose(parse.Layer, session: session);
            return (composition.Graph, composition.Problems);
        }

        /// <summary>A node beside this one that says what this one said.</summary>
        static string Grown(NodeRun run)
        {
            var path = run.WrittenPath;
            var more = TaskValue.MapOf(("type", "work"), ("say", "more"), ("inputs", TaskValue.MapOf(("in0", TaskValue.MapOf(("from", $"{path}.out"))))));
            TaskValue body = TaskValue.MapOf(("nodes", TaskValue.MapOf(($"{path.Name}-more", more))));
            for (var above = path.Parent; !above.IsRoot; above = above.Parent) body = TaskValue.MapOf(("over", TaskValue.MapOf((above.Name, body))));
            return TaskValue.MapOf([("taskbot", 1), .. ((TaskValue.Map)body).Entries.Select(entry => (entry.Key, entry.Value))]).ToJson();
        }

        /// <summary>Everything that a record of a start must come after, and that no key that ended well is worked for again.</summary>
        public async Task CheckJournalAsync(RunResult result)
        {
            Excesses.ShouldBeEmpty();
            var states = new Dictionary<NodePath, NodeState>();
            var finished = new HashSet<NodeKey>();
            await foreach (var record in journal.ReadAsync(new("random"), default))
            {
                states[record.Node] = record.State;
                if (record.Key is not { } key || !result.Graph.Nodes.TryGetValue(record.Node, out var node)) continue;

                // A result that was stored just before a crash, and found by another node, does not say that a fresh one had its turn.
                if (record is { State: NodeState.Succeeded, Cached: false }) finished.Add(key);
                if (record.State != NodeState.Running) continue;
                finished.ShouldNotContain(key, $"{record.Node} had finished.");
                foreach (var before in node.Needs.Concat(node.Inputs.Values.SelectMany(sources => sources).Where(IsGiven).Select(source => source.Node)))
                    states.GetValueOrDefault(before).ShouldBeOneOf([NodeState.Succeeded, NodeState.Failed, NodeState.Skipped, NodeState.Cancelled], $"{record.Node} started before {before} ended.");
            }

            foreach (var node in result.Nodes.Values) states.GetValueOrDefault(node.Node.Path).ShouldBe(node.State, node.Node.Path.ToString());

            bool IsGiven(OutputPath source) => !result.Graph[source.Node].IsBranch || source.Name is "outcome" or "o";
        }

        async ValueTask<NodeResult> WorkAsync(NodeRun run, CancellationToken cancellationToken)
        {
            var demands = ((TaskValue.Map?)run.Node.Attributes.GetValueOrDefault("resources"))?.Entries.Select(entry => (entry.Key, double.Parse(entry.Value.ToString(), CultureInfo.InvariantCulture)))
                .Append(("jobs", 1)).ToList() ?? [("jobs", 1)];
            foreach (var (name, amount) in demands)
            {
                var limit = name == "jobs" ? jobs : name is "cpu" or "gpu" ? Capacity : 1;
                if (held.AddOrUpdate(name, amount, (_, before) => before + amount) is var now && now > limit) Excesses.Enqueue($"{run.Node.Path}: {now} of {name}");
            }

            try
            {
                return await DoAsync(run, cancellationToken);
            }
            finally
            {
                foreach (var (name, amount) in demands) held.AddOrUpdate(name, 0, (_, before) => before - amount);
            }
        }

        async ValueTask<NodeResult> DoAsync(NodeRun run, CancellationToken cancellationToken)
        {
            Started();
            for (var i = run.Node.Path.ToString().Length % 4; i > 0; i--) await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            var does = run.Node.Attributes.GetValueOrDefault("does")?.AsText() ?? "give";
            var said = run.Node.Attributes["say"].AsText()!;
            var digest = new NodeValue(string.Join(',', run.Inputs.Select(input => $"{input.Key}={input.Value.Content}")), Trust.Trusted).Digest;
            var number = Convert.ToInt32(digest[..4], 16) + said.Length + said[^1];
            if (does.StartsWith("count", StringComparison.Ordinal))
            {
                var passed = run.Inputs["iteration"].Content is TaskValue.Integer iteration && iteration.Value >= does[^1] - '0';
                return passed || number % 2 == 0 ? NodeResult.Success(("out", said), ("list", TaskValue.ListOf([])), ("passed", passed)) : NodeResult.Failure("Not yet.");
            }

            var given = NodeResult.Success(
                ("out", $"{said}:{digest[..8]}"),
                ("list", TaskValue.ListOf(Enumerable.Range(0, number % 4).Select(item => TaskValue.FromString($"i{item}")))),
                ("passed", number % 3 > 0));
            return does switch
            {
                "fail" => NodeResult.Failure("It fails."),
                "skip" => new NodeResult.Skipped("It has nothing to do."),
                "grow" => given with { Layer = Grown(run) },
                _ => given,
            };
        }

        void Write()
        {
            if (WritesLeft-- <= 0) throw new IOException("Crash.");
        }

        sealed class CrashingJournal(World world) : IJournal
        {
            public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
            {
                world.Write();
                return world.journal.AppendAsync(records, cancellationToken);
            }

            public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken) => world.journal.ReadAsync(runId, cancellationToken);

            public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => world.journal.LastRunAsync(cancellationToken);
        }

        sealed class CrashingCache(World world) : IResultCache
        {
            public ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken) => world.cache.FindAsync(key, cancellationToken);

            public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
            {
                world.Write();
                return world.cache.StoreAsync(result, cancellationToken);
            }
        }
    }
}
