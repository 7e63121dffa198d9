using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Builds;

public sealed class GraphBuildTests
{
    static readonly NodePath Root = NodePath.Parse("/t");
    static readonly RunId Run = new("run-1");

    /// <summary>Random graphs, edits and losses: what is built bit by bit ends as what is run from the start.</summary>
    [Fact]
    public async Task Building_after_any_edit_gives_the_states_keys_and_values_of_running_everything()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var cache = new LosingCache();
            var journal = new InMemoryJournal();
            var nodes = RandomNodes(random);
            BuildLog? log = null;
            CompiledGraph? before = null;
            for (var round = 0; round < 6; round++)
            {
                var graph = Graph(nodes);
                var compiled = CompiledGraph.Compile(graph, [new PureNode()]).ShouldNotBeNull();
                compiled = CompiledGraph.Read(compiled.ToBytes());
                log = before is null || cache.HasLost ? null : log!.For(compiled, before);
                var type = new PureNode();
                var built = await Runner([type], cache, journal).BuildAsync(compiled, log, Run, 1, CancellationToken.None);
                var ran = await Runner([new PureNode()], new InMemoryResultCache(), new InMemoryJournal())
                    .RunAsync(new(Run, 1, graph), watcher: null, CancellationToken.None);

                built.Outcome.ShouldBe(ran.Outcome, $"seed {seed}, round {round}");
                var leaves = ran.Reports.Where(report => !report.Node.IsBranch).ToList();
                (built.Nodes, built.Skipped, built.Failed).ShouldBe(
                    (leaves.Count, leaves.Count(leaf => leaf.State == NodeState.Skipped), leaves.Count(leaf => leaf.State == NodeState.Failed)), $"seed {seed}, round {round}");
                (built.Executed + built.Cached + built.Skipped).ShouldBe(built.Nodes, $"seed {seed}, round {round}");
                for (var i = 0; i < compiled.Count; i++)
                {
                    var report = ran.Nodes[compiled.PathOf(i)];
                    if (report.Node.IsBranch) continue;
                    built.Log.KeyOf(i).ShouldBe(report.State == NodeState.Succeeded ? report.Key : null, $"seed {seed}, round {round}, {report.Node.Path}");
                    if (report.State == NodeState.Succeeded)
                        (await cache.FindAsync(report.Key!.Value, CancellationToken.None))!.Outputs["value"].Digest.ShouldBe(report.Outputs["value"].Digest, $"seed {seed}, round {round}");
                }

                var history = await RunHistory.ReadAsync(journal, Run, CancellationToken.None);
                foreach (var report in leaves) history.Nodes[report.Node.Path].State.ShouldBe(report.State, $"seed {seed}, round {round}, {report.Node.Path}");
                (log, before, cache.HasLost) = (built.Log, compiled, false);
                nodes = Edit(nodes, random);
                if (random.Next(4) == 0) cache.Lose(random);
            }
        }
    }

    [Fact]
    public async Task A_graph_that_is_up_to_date_runs_nothing_and_records_nothing()
    {
        var journal = new InMemoryJournal();
        var runner = Runner([new PureNode()], new InMemoryResultCache(), journal);
        var graph = CompiledGraph.Compile(Graph([Node(0), Node(1, 0), Node(2, 1)]), [new PureNode()])!;
        var first = await runner.BuildAsync(graph, log: null, Run, 1, CancellationToken.None);
        var records = await journal.ReadAsync(Run, CancellationToken.None).CountAsync();

        var second = await runner.BuildAsync(graph, first.Log, Run, 1, CancellationToken.None);

        (first.Executed, second.Executed, second.Cached).ShouldBe((3, 0, 3));
        (await journal.ReadAsync(Run, CancellationToken.None).CountAsync()).ShouldBe(records);
    }

    [Fact]
    public async Task One_changed_value_is_all_that_runs()
    {
        var runner = Runner([new PureNode()], new InMemoryResultCache(), new InMemoryJournal());
        var graph = CompiledGraph.Compile(Graph([.. Enumerable.Range(0, 1000).Select(i => i == 0 ? Node(i) : Node(i, i - 1))]), [new PureNode()])!;
        var log = (await runner.BuildAsync(graph, log: null, Run, 1, CancellationToken.None)).Log;

        var last = await runner.BuildAsync(graph.With(Root.Child("n999"), "say", "other")!, log, Run, 1, CancellationToken.None);
        var first = await runner.BuildAsync(graph.With(Root.Child("n0"), "say", "other")!, log, Run, 1, CancellationToken.None);

        (last.Executed, last.Cached).ShouldBe((1, 999));
        (first.Executed, first.Cached).ShouldBe((1000, 0));
    }

    [Fact]
    public async Task A_cancelled_build_forgets_what_it_did_not_come_to()
    {
        using var stop = new CancellationTokenSource();
        var runner = Runner([new PureNode { Ran = path => { if (path == Root.Child("n500")) stop.Cancel(); } }], new InMemoryResultCache(), new InMemoryJournal());
        var graph = CompiledGraph.Compile(Graph([.. Enumerable.Range(0, 1000).Select(i => i == 0 ? Node(i) : Node(i, i - 1))]), [new PureNode()])!;

        var cut = await runner.BuildAsync(graph, log: null, Run, 1, stop.Token);
        var whole = await runner.BuildAsync(graph, cut.Log, Run, 1, CancellationToken.None);

        cut.Outcome.ShouldBe(Outcome.Cancelled);
        (whole.Outcome, whole.Executed + whole.Cached).ShouldBe((Outcome.Succeeded, 1000));
        whole.Executed.ShouldBe(499);
    }

    [Fact]
    public async Task What_comes_from_outside_reaches_no_node_that_does_not_accept_it()
    {
        INodeType[] types = [new PureNode(), new CarefulNode()];
        var graph = Graph([Node(0) with { Attributes = Attributes.Add("does", "fetch") }, Node(1, 0), Node(2, 1) with { Type = "careful" }, Node(3, 2)]);
        var compiled = CompiledGraph.Compile(graph, types).ShouldNotBeNull();

        var built = await Runner(types, new InMemoryResultCache(), new InMemoryJournal()).BuildAsync(compiled, log: null, Run, 1, CancellationToken.None);
        var ran = await Runner(types, new InMemoryResultCache(), new InMemoryJournal()).RunAsync(new(Run, 1, graph), watcher: null, CancellationToken.None);

        (built.Outcome, ran.Outcome).ShouldBe((Outcome.Denied, Outcome.Denied));
        built.Unwell.Select(report => (report.Node.Path.Name, report.State)).ShouldBe([("n2", NodeState.Denied), ("n3", NodeState.Skipped)]);
        foreach (var report in built.Unwell) ran.Nodes[report.Node.Path].State.ShouldBe(report.State);
    }

    [Fact]
    public async Task A_chain_of_a_million_nodes_runs()
    {
        const int Length = 1_000_000;
        var builder = new CompiledGraph.Builder(Root);
        for (var i = 0; i < Length; i++) builder.Add(Noop(i));
        var graph = builder.ToGraph();

        var result = await Runner([new NoopNode()], new ForgettingCache(), new ForgettingJournal())
            .BuildAsync(graph, log: null, Run, 1, CancellationToken.None);

        (result.Outcome, result.Executed).ShouldBe((Outcome.Succeeded, Length));
    }

    [Fact]
    public void A_graph_with_a_node_that_is_more_than_a_function_of_its_inputs_is_not_compiled()
    {
        CompiledGraph.Compile(Graph([Node(0)]), [new TestNodeType(PureNode.TypeSchema, (_, _) => throw new InvalidOperationException())]).ShouldBeNull();
        CompiledGraph.Compile(Graph([Node(0) with { UntrustedAttributes = ["say"] }]), [new PureNode()]).ShouldBeNull();
        CompiledGraph.Compile(Graph([Node(0), Node(1) with { Needs = [Root] }]), [new PureNode()]).ShouldBeNull();
    }

    [Fact]
    public void A_compiled_graph_says_what_the_graph_says()
    {
        var attributes = Attributes.Add("a", TaskValue.ListOf([1L, "x", true, TaskValue.Null.Value, new TaskValue.Real(1.5), TaskValue.MapOf(("k", false))])).Add("say", "é");
        var graph = Graph([Node(0), Node(1, 0) with { Attributes = attributes, Needs = [Root.Child("n0")] }, Node(2, 1, 0, 1)]);

        var compiled = CompiledGraph.Read(CompiledGraph.Compile(graph, [new PureNode()])!.ToBytes());

        foreach (var node in graph.Nodes.Values)
        {
            var read = Enumerable.Range(0, compiled.Count).Select(compiled.Node).Single(other => other.Path == node.Path);
            (read.Type, read.Needs.SequenceEqual(node.Needs)).ShouldBe((node.Type, true));
            read.Attributes.ShouldBe(node.Attributes);
            read.Inputs.Select(input => (input.Key, string.Join(' ', input.Value))).ShouldBe(node.Inputs.Select(input => (input.Key, string.Join(' ', input.Value))));
            read.Location.ShouldBe(node.Location);
        }

        Should.Throw<InvalidDataException>(() => CompiledGraph.Read([1, 2, 3]));
        Should.Throw<InvalidDataException>(() => CompiledGraph.Read(compiled.ToBytes()[..^10]));
    }

    /// <summary>Leaves of two branches, each connected to some before it and to a branch's attribute now and then.</summary>
    static ImmutableArray<TaskNode> RandomNodes(Random random)
    {
        var nodes = ImmutableArray.CreateBuilder<TaskNode>();
        var count = random.Next(1, 120);
        for (var i = 0; i < count; i++)
        {
            var sources = Enumerable.Range(0, random.Next(4)).Where(_ => i > 0).Select(_ => random.Next(4) == 0 ? random.Next(i) : Math.Max(0, i - 1 - random.Next(5))).ToArray();
            var node = Node(i, sources) with { Attributes = Attributes.Add("say", Word(random)).Add("does", Does(random)) };
            if (i > 0 && random.Next(5) == 0) node = node with { Needs = [Root.Child($"n{random.Next(i)}")] };
            if (random.Next(6) == 0) node = node with { Inputs = node.Inputs.SetItem("interface", [new(Root, "say")]) };
            nodes.Add(node);
        }

        return nodes.ToImmutable();
    }

    static ImmutableArray<TaskNode> Edit(ImmutableArray<TaskNode> nodes, Random random)
    {
        var index = random.Next(nodes.Length);
        var node = nodes[index];
        return random.Next(6) switch
        {
            0 => nodes,
            1 => nodes.SetItem(index, node with { Inputs = NoInputs }),
            2 => nodes.Add(Node(1000 + random.Next(1_000_000)) with { Inputs = NoInputs.Add("in", [new(node.Path, "value")]) }),
            3 => nodes.SetItem(index, node with { Attributes = node.Attributes.SetItem("does", Does(random)) }),
            4 => nodes.SetItem(index, node with { Attributes = node.Attributes.SetItem("title", Word(random)) }),
            _ => nodes.SetItem(index, node with { Attributes = node.Attributes.SetItem("say", Word(random)) }),
        };
    }

    static string Word(Random random) => $"w{random.Next(6)}";

    static string Does(Random random) => random.Next(20) switch { 0 => "fail", 1 => "skip", < 6 => "constant", _ => "give" };

    static TaskGraph Graph(IEnumerable<TaskNode> nodes)
    {
        var all = nodes.ToList();
        // What the branch says follows from a node, so that edits reach it too.
        var root = new TaskNode(Root, TaskNode.GraphType, Attributes.Add("say", all[0].Attributes.GetValueOrDefault("say") ?? "x"), [], NoInputs, [], new("t", 1, 1));
        return new(Root, all.Prepend(root).ToImmutableSortedDictionary(node => node.Path, node => node));
    }

    static TaskNode Node(int index, params int[] sources) => new(
        Root.Child($"n{index}"), "pure", Attributes.Add("say", $"{index}"), [],
        sources.Length == 0 ? NoInputs : NoInputs.Add("in", [.. sources.Select(source => new OutputPath(Root.Child($"n{source}"), "value"))]), [], new("t", index, 1));

    static TaskNode Noop(int index) => new(
        Root.Child($"n{index}"), NoopNode.TypeName, Attributes.Add("value", index), [],
        index == 0 ? NoInputs : NoInputs.Add("in", [new(Root.Child($"n{index - 1}"), "value")]), [], new("t", index, 1));

    static ImmutableSortedDictionary<string, TaskValue> Attributes { get; } = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);

    static ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs { get; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);

    static GraphRunner Runner(INodeType[] types, IResultCache cache, IJournal journal) =>
        new(types, cache, journal, new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);

    /// <summary>Gives what it says and is given, as a digest; or always the same; or fails; or has nothing to do.</summary>
    sealed class PureNode : INodeType
    {
        public static NodeTypeSchema TypeSchema { get; } = new("pure", "Says what it is given.") { AcceptsUntrusted = true };

        public Action<NodePath> Ran { get; init; } = _ => { };

        public NodeTypeSchema Schema => TypeSchema;

        public bool IsPure => true;

        public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
        {
            Ran(run.Node.Path);
            var given = string.Join(',', run.Inputs.Select(input => $"{input.Key}={input.Value.Content}"));
            var said = new NodeValue($"{run.Node.Attributes.GetValueOrDefault("say")}({given})", Trust.Trusted).Digest[..12];
            return ValueTask.FromResult<NodeResult>((run.Node.Attributes.GetValueOrDefault("does")?.AsText() ?? "give") switch
            {
                "fail" => NodeResult.Failure("It fails."),
                "skip" => new NodeResult.Skipped("It has nothing to do."),
                "constant" => NodeResult.Success(("value", "always")),
                "fetch" => NodeResult.Success(("value", said)) with { FromOutside = true },
                _ => NodeResult.Success(("value", said)),
            });
        }
    }

    /// <summary>Wants nothing from outside.</summary>
    sealed class CarefulNode : INodeType
    {
        public NodeTypeSchema Schema { get; } = new("careful", "Says nothing.");

        public bool IsPure => true;

        public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) => ValueTask.FromResult<NodeResult>(NodeResult.Success(("value", "said")));
    }

    /// <summary>Loses results when told to.</summary>
    sealed class LosingCache : IResultCache
    {
        readonly ConcurrentDictionary<Keys.NodeKey, NodeOutputs> results = [];

        public bool HasLost { get; set; }

        public ValueTask<NodeOutputs?> FindAsync(Keys.NodeKey key, CancellationToken cancellationToken) => ValueTask.FromResult(results.GetValueOrDefault(key));

        public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
        {
            results[result.Key] = result;
            return ValueTask.CompletedTask;
        }

        public void Lose(Random random)
        {
            foreach (var key in results.Keys.Where(_ => random.Next(3) == 0).ToList()) results.TryRemove(key, out _);
            HasLost = true;
        }
    }

    /// <summary>Has nothing and keeps nothing, so that what is measured is the run.</summary>
    sealed class ForgettingCache : IResultCache
    {
        readonly ConcurrentDictionary<Keys.NodeKey, NodeOutputs> last = [];

        public ValueTask<NodeOutputs?> FindAsync(Keys.NodeKey key, CancellationToken cancellationToken) => ValueTask.FromResult(last.GetValueOrDefault(key));

        public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken) => throw new InvalidOperationException("Results are stored together.");

        public ValueTask StoreAsync(IReadOnlyList<NodeOutputs> results, CancellationToken cancellationToken)
        {
            // The last of a part is what the next part begins with.
            last.Clear();
            foreach (var result in results) last.TryAdd(result.Key, result);
            return ValueTask.CompletedTask;
        }
    }

    sealed class ForgettingJournal : IJournal
    {
        public ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, CancellationToken cancellationToken) => AsyncEnumerable.Empty<JournalRecord>();

        public ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => ValueTask.FromResult<RunId?>(null);
    }
}
