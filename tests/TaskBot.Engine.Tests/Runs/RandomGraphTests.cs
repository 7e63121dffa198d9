using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Problems;
using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>
/// What holds for every graph. Each test takes many seeds, the first at random, and prints them: <c>TASKBOT_TEST_SEED</c> sets it.
/// </summary>
public sealed class RandomGraphTests(ITestOutputHelper output)
{
    const int Graphs = 150;

    [Fact]
    public Task Every_graph_ends_as_the_model_says_for_any_number_of_jobs() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        var expected = graph.Expected();
        foreach (var jobs in (int[])[1, 2, 9])
        {
            var world = new World(jobs);
            var result = await world.RunAsync(graph);
            Describe(result).ShouldBe(expected);
            world.Ran.GroupBy(path => result.At(path).Key).ShouldAllBe(key => key.Count() == 1 || result.At(key.First()).State != NodeState.Succeeded);
        }
    });

    [Fact]
    public Task What_is_cached_never_changes_a_value() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        var world = new World(jobs: 3);
        var before = await world.RunAsync(graph);
        var changed = graph.Change(random);
        world.Ran.Clear();
        var after = await world.RunAsync(changed, attempt: 2);

        Describe(after).ShouldBe(changed.Expected());
        world.Ran.ShouldAllBe(path => before.At(path).Key != after.At(path).Key || before.At(path).State != NodeState.Succeeded);
    });

    [Fact]
    public Task A_run_that_is_cancelled_anywhere_and_run_again_ends_the_same_and_repeats_nothing() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        var world = new World(jobs: 3);
        using var cancel = new CancellationTokenSource();
        var left = random.Next(1, 30);
        world.Started = () =>
        {
            if (Interlocked.Decrement(ref left) == 0) cancel.Cancel();
        };
        var first = await world.RunAsync(graph, cancellationToken: cancel.Token);
        var finished = first.Nodes.Values.Where(node => node.State == NodeState.Succeeded).Select(node => node.Node.Path.ToString()).ToHashSet();
        world.Ran.Clear();
        world.Started = () => { };

        Describe(await world.RunAsync(graph)).ShouldBe(graph.Expected());
        world.Ran.ShouldAllBe(path => !finished.Contains(path));
    });

    [Fact]
    public Task A_run_that_crashes_at_any_append_and_is_run_again_ends_the_same_and_repeats_nothing() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        var world = new World(jobs: 3);
        world.Journal.AppendsLeft = random.Next(0, 40);
        try
        {
            await world.RunAsync(graph);
        }
        catch (IOException)
        {
            // The crash; a graph that needs fewer appends ends without one.
        }

        world.Journal.AppendsLeft = int.MaxValue;
        var finished = (await RunHistory.ReadAsync(world.Journal, new("random"), default)).Nodes
            .Where(node => node.Value.State == NodeState.Succeeded).Select(node => node.Key.ToString()).ToHashSet();
        world.Ran.Clear();

        Describe(await world.RunAsync(graph)).ShouldBe(graph.Expected());
        world.Ran.ShouldAllBe(path => !finished.Contains(path));
    });

    [Fact]
    public Task The_journal_folds_to_the_live_state() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        var world = new World(jobs: 3);
        var result = await world.RunAsync(graph, compose: layers => graph.Compose(layers));
        var history = await RunHistory.ReadAsync(world.Journal, new("random"), default);

        foreach (var node in result.Nodes.Values)
            (history.Nodes.GetValueOrDefault(node.Node.Path)?.State ?? NodeState.Waiting).ShouldBe(node.State, node.Node.Path.ToString());
    });

    [Fact]
    public Task Graphs_that_grow_end_as_if_they_had_been_so_from_the_start() => ForEachSeed(async random =>
    {
        var graph = RandomGraph.Create(random);
        string[]? expected = null;
        foreach (var jobs in (int[])[1, 2, 9])
        {
            var world = new World(jobs);
            var result = await world.RunAsync(graph, compose: layers => graph.Compose(layers));
            var layers = result.Layers;
            var again = await new World(jobs).RunAsync(result.Graph, compose: _ => graph.Compose(layers));
            Describe(result, result.Graph).ShouldBe(Describe(again, again.Graph));
            Describe(result, result.Graph).ShouldBe(expected ??= Describe(result, result.Graph));
        }
    });

    async Task ForEachSeed(Func<Random, Task> property)
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("TASKBOT_TEST_SEED"), out var given) ? given : Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + Graphs; seed++)
        {
            output.WriteLine($"TASKBOT_TEST_SEED={seed}");
            await property(new Random(seed));
        }
    }

    static string[] Describe(RunResult result, TaskGraph? only = null) =>
        [.. result.Nodes.Values
            .Where(node => only?.Nodes.ContainsKey(node.Node.Path) != false)
            .Select(node => $"{node.Node.Path} {node.State} {node.Outputs.GetValueOrDefault("out")?.Content}")];

    /// <summary>Stores and a step type that fails, skips or writes a layer where its node says so.</summary>
    sealed class World(int jobs)
    {
        public InMemoryResultCache Cache { get; } = new();

        public CrashingJournal Journal { get; } = new();

        public ConcurrentQueue<string> Ran { get; } = [];

        public Action Started { get; set; } = () => { };

        public Task<RunResult> RunAsync(RandomGraph graph, int attempt = 1,
            Func<ImmutableArray<string>, (TaskGraph?, ImmutableArray<Problem>)>? compose = null, CancellationToken cancellationToken = default) =>
            RunAsync(graph.Build(), attempt, compose, cancellationToken);

        public Task<RunResult> RunAsync(TaskGraph graph, int attempt = 1,
            Func<ImmutableArray<string>, (TaskGraph?, ImmutableArray<Problem>)>? compose = null, CancellationToken cancellationToken = default)
        {
            var step = new TestNodeType(new("step", "Says what it is given.") { AcceptsUntrusted = true }, async (run, token) =>
            {
                var path = run.Node.Path.ToString();
                Ran.Enqueue(path);
                Started();
                for (var i = path.Length % 4; i > 0; i--) await Task.Yield();
                token.ThrowIfCancellationRequested();
                return RandomGraph.Result(run, compose is not null);
            });
            return new GraphRunner(
                    [step], Cache, Journal, new() { Jobs = jobs, RetryDelay = TimeSpan.Zero, MaxExpansions = 1000, MaxExpansionDepth = 100 }, TimeProvider.System,
                    NullLogger<GraphRunner>.Instance)
                .RunAsync(new(new("random"), attempt, graph, compose), watcher: null, cancellationToken);
        }
    }

    sealed class CrashingJournal : IJournal
    {
        readonly InMemoryJournal journal = new();

        public int AppendsLeft { get; set; } = int.MaxValue;

        public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken) =>
            AppendsLeft-- > 0 ? journal.AppendAsync(records, cancellationToken) : throw new IOException("Crash.");

        public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken) => journal.ReadAsync(runId, cancellationToken);

        public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => journal.LastRunAsync(cancellationToken);
    }
}
