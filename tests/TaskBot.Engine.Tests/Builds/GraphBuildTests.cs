using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
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
            var store = new MemoryBuildStore();
            var nodes = RandomNodes(random);
            BuildLog? log = null;
            CompiledGraph? before = null;
            var hasLost = false;
            for (var round = 0; round < 6; round++)
            {
                var graph = Graph(nodes);
                var compiled = CompiledGraph.Compile(graph, [new PureNode()]).ShouldNotBeNull();
                compiled = CompiledGraph.Read(compiled.ToBytes().ToArray());
                log = before is null || hasLost ? null : log!.For(compiled, before);
                var built = Build(compiled, store, log);
                var ran = await Runner([new PureNode()]).RunAsync(new(Run, 1, graph), watcher: null, CancellationToken.None);

                built.Outcome.ShouldBe(ran.Outcome, $"seed {seed}, round {round}");
                var leaves = ran.Reports.Where(report => !report.Node.IsBranch).ToList();
                (built.Nodes, built.Skipped, built.Failed).ShouldBe(
                    (leaves.Count, leaves.Count(leaf => leaf.State == NodeState.Skipped), leaves.Count(leaf => leaf.State == NodeState.Failed)), $"seed {seed}, round {round}");
                (built.Executed + built.Cached + built.Skipped).ShouldBe(built.Nodes, $"seed {seed}, round {round}");
                for (var i = 0; i < compiled.Count; i++)
                {
                    var report = ran.Nodes[compiled.PathOf(i)];
                    if (report.Node.IsBranch) continue;
                    (built.Log.KeyOf(i)?.ToKey()).ShouldBe(report.State == NodeState.Succeeded ? report.Key : null, $"seed {seed}, round {round}, {report.Node.Path}");
                    if (report.State == NodeState.Succeeded)
                        store.Results[report.Key!.Value].Outputs["value"].Digest.ShouldBe(report.Outputs["value"].Digest, $"seed {seed}, round {round}");
                }

                var history = await store.ReadHistoryAsync(Run);
                foreach (var report in leaves) history.Nodes[report.Node.Path].State.ShouldBe(report.State, $"seed {seed}, round {round}, {report.Node.Path}");
                (log, before, hasLost) = (Reread(built.Log, compiled), compiled, random.Next(4) == 0);
                nodes = Edit(nodes, random);
                if (hasLost) store.Lose(random);
            }
        }
    }

    [Fact]
    public void A_graph_that_is_up_to_date_runs_nothing_and_records_nothing()
    {
        var store = new MemoryBuildStore();
        var graph = CompiledGraph.Compile(Graph([Node(0), Node(1, 0), Node(2, 1)]), [new PureNode()])!;
        var first = Build(graph, store, log: null);
        var records = store.Records.Count;

        var second = Build(graph, store, first.Log);

        (first.Executed, second.Executed, second.Cached).ShouldBe((3, 0, 3));
        store.Records.Count.ShouldBe(records);
    }

    [Fact]
    public void One_changed_value_is_all_that_runs_and_all_that_is_added_to_the_log()
    {
        var store = new MemoryBuildStore();
        var graph = Chain();
        var log = Reread(Build(graph, store, log: null).Log, graph);

        var last = Build(SayingOther(graph, "n999"), store, log);
        var page = log.ToPage().ShouldNotBeNull();
        var first = Build(SayingOther(graph, "n0"), store, log);

        (last.Executed, last.Cached).ShouldBe((1, 999));
        page.Length.ShouldBeLessThan(100);
        (first.Executed, first.Cached).ShouldBe((1000, 0));
        log.ToPage().ShouldBeNull("a log of which most has changed is written anew");
    }

    /// <summary>Whatever was torn off or damaged, a log says what is true, or nothing.</summary>
    [Fact]
    public void A_log_that_was_cut_or_damaged_anywhere_is_refused_and_never_believed()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var store = new MemoryBuildStore();
        var graph = Chain();
        var whole = Build(graph, store, log: null).Log.ToFile().ToArray();
        var log = BuildLog.Read([.. whole], graph);
        Build(SayingOther(graph, "n998"), store, log).Executed.ShouldBe(2);
        byte[] file = [.. whole, .. log.ToPage()!];
        BuildLog.Read([.. file], graph).KeyOf(graph.Count - 1).ShouldBe(log.KeyOf(graph.Count - 1));
        BuildLog.Read([.. file[..whole.Length]], graph).Covers(graph).ShouldBeTrue();

        for (var i = 0; i < 200; i++)
        {
            var length = random.Next(file.Length);
            if (length != whole.Length) Should.Throw<InvalidDataException>(() => BuildLog.Read(file[..length], graph), $"seed {seed}, cut at {length}");
            var damaged = file.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Should.Throw<InvalidDataException>(() => BuildLog.Read(damaged, graph), $"seed {seed}, damage {i}");
        }
    }

    [Fact]
    public void A_cancelled_build_forgets_what_it_did_not_come_to()
    {
        using var stop = new CancellationTokenSource();
        var store = new MemoryBuildStore();
        var stopping = new PureNode { Ran = says => { if (says == "500") stop.Cancel(); } };
        var graph = Chain();

        var cut = Build(graph, store, log: null, [stopping], stop.Token);
        var whole = Build(graph, store, cut.Log);

        cut.Outcome.ShouldBe(Outcome.Cancelled);
        (whole.Outcome, whole.Executed + whole.Cached).ShouldBe((Outcome.Succeeded, 1000));
        whole.Executed.ShouldBe(499);
    }

    [Fact]
    public void Nodes_that_say_the_same_run_once()
    {
        var ran = 0;
        var graph = CompiledGraph.Compile(Graph(Enumerable.Range(0, 2000).Select(i => Node(i) with { Attributes = Attributes.Add("say", "same") })), [new PureNode()])!;

        var built = Build(graph, new MemoryBuildStore(), log: null, [new PureNode { Ran = _ => ran++ }]);

        (built.Executed, built.Cached, ran).ShouldBe((1, 1999, 1));
    }

    [Fact]
    public void An_exception_of_a_node_is_its_failure_and_skips_what_depends_on_it()
    {
        var graph = CompiledGraph.Compile(Graph([Node(0), Node(1, 0)]), [new PureNode()])!;

        var built = Build(graph, new MemoryBuildStore(), log: null, [new PureNode { Ran = _ => throw new InvalidOperationException("It broke.") }]);

        (built.Outcome, built.Failed, built.Skipped).ShouldBe((Outcome.Failed, 1, 1));
        built.Unwell[0].Why.ShouldBe("It broke.");
    }

    [Fact]
    public async Task What_comes_from_outside_reaches_no_node_that_does_not_accept_it()
    {
        IPureNodeType[] types = [new PureNode(), new CarefulNode()];
        var graph = Graph([Node(0) with { Attributes = Attributes.Add("does", "fetch") }, Node(1, 0), Node(2, 1) with { Type = "careful" }, Node(3, 2)]);
        var compiled = CompiledGraph.Compile(graph, types).ShouldNotBeNull();

        var built = Build(compiled, new MemoryBuildStore(), log: null, types);
        var ran = await Runner(types).RunAsync(new(Run, 1, graph), watcher: null, CancellationToken.None);

        (built.Outcome, ran.Outcome).ShouldBe((Outcome.Denied, Outcome.Denied));
        built.Unwell.Select(report => (report.Node.Path.Name, report.State)).ShouldBe([("n2", NodeState.Denied), ("n3", NodeState.Skipped)]);
        foreach (var report in built.Unwell) ran.Nodes[report.Node.Path].State.ShouldBe(report.State);
    }

    [Fact]
    public void A_chain_of_a_million_nodes_runs()
    {
        const int Length = 1_000_000;
        var builder = new CompiledGraph.Builder(Root);
        for (var i = 0; i < Length; i++) builder.Add(Noop(i));

        var result = Build(builder.ToGraph(), new ForgettingStore(), log: null, [new NoopNode()]);

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

        var compiled = CompiledGraph.Read(CompiledGraph.Compile(graph, [new PureNode()])!.ToBytes().ToArray());

        foreach (var node in graph.Nodes.Values)
        {
            var read = Enumerable.Range(0, compiled.Count).Select(compiled.Node).Single(other => other.Path == node.Path);
            (read.Type, read.Needs.SequenceEqual(node.Needs)).ShouldBe((node.Type, true));
            read.Attributes.ShouldBe(node.Attributes);
            read.Inputs.Select(input => (input.Key, string.Join(' ', input.Value))).ShouldBe(node.Inputs.Select(input => (input.Key, string.Join(' ', input.Value))));
            read.Location.ShouldBe(node.Location);
        }

        Should.Throw<InvalidDataException>(() => CompiledGraph.Read([1, 2, 3]));
        Should.Throw<InvalidDataException>(() => CompiledGraph.Read(compiled.ToBytes()[..^10].ToArray()));
    }

    [Fact]
    public void Another_value_is_said_as_if_it_had_been_compiled_and_how_a_node_is_run_is_not_to_be_changed()
    {
        var nodes = new[] { Node(0), Node(1, 0) with { Needs = [Root.Child("n0")] } };
        var compiled = CompiledGraph.Compile(Graph(nodes), [new PureNode()])!;
        var edited = CompiledGraph.Compile(Graph([nodes[0], nodes[1] with { Attributes = nodes[1].Attributes.SetItem("say", "other").Add("a", 1L) }]), [new PureNode()])!;
        var index = compiled.IndexOf(Root.Child("n1"))!.Value;

        var changed = compiled.With(index, "say", "other").With(index, "a", 1L);

        Build(edited, new MemoryBuildStore(), log: null).Log.Covers(changed).ShouldBeTrue();
        changed.Node(index).Attributes.ShouldBe(edited.Node(index).Attributes);
        changed.TypeOf(index).ShouldBe("pure");
        Should.Throw<ArgumentException>(() => compiled.With(index, "timeoutMinutes", 0L));
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

    static CompiledGraph Chain() =>
        CompiledGraph.Compile(Graph([.. Enumerable.Range(0, 1000).Select(i => i == 0 ? Node(i) : Node(i, i - 1))]), [new PureNode()])!;

    static GraphRunner Runner(IEnumerable<INodeType> types) =>
        new(types, new InMemoryResultCache(), new InMemoryJournal(), new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);

    static BuildResult Build(
        CompiledGraph graph, IBuildStore store, BuildLog? log, IEnumerable<IPureNodeType>? types = null, CancellationToken cancellationToken = default)
    {
        using var build = new GraphBuild(
            graph, log ?? new(graph), Run, 1, types ?? [new PureNode()], store, TimeProvider.System, NullLogger<GraphBuild>.Instance);
        return build.Run(cancellationToken);
    }

    /// <summary>The log as the next build finds it.</summary>
    static BuildLog Reread(BuildLog log, CompiledGraph graph) => BuildLog.Read(log.ToFile().ToArray(), graph);

    static CompiledGraph SayingOther(CompiledGraph graph, string name) => graph.With(graph.IndexOf(Root.Child(name)).ShouldNotBeNull(), "say", "other");

    /// <summary>Gives what it says and is given, as a digest; or always the same; or fails; or has nothing to do.</summary>
    sealed class PureNode : IPureNodeType
    {
        public static NodeTypeSchema TypeSchema { get; } = new("pure", "Says what it is given.") { AcceptsUntrusted = true };

        public Action<string> Ran { get; init; } = _ => { };

        public NodeTypeSchema Schema => TypeSchema;

        public NodeResult Run(PureRun run)
        {
            Ran(run.Attribute("say")?.AsText() ?? "");
            var given = string.Join(',', new[] { "in", "interface" }.Where(input => run.Input(input) is not null).Select(input => $"{input}={run.Input(input)!.Content}"));
            var said = new NodeValue($"{run.Attribute("say")}({given})", Trust.Trusted).Digest[..12];
            return (run.Attribute("does")?.AsText() ?? "give") switch
            {
                "fail" => NodeResult.Failure("It fails."),
                "skip" => new NodeResult.Skipped("It has nothing to do."),
                "constant" => NodeResult.Success(("value", "always")),
                "fetch" => NodeResult.Success(("value", said)) with { FromOutside = true },
                _ => NodeResult.Success(("value", said)),
            };
        }
    }

    /// <summary>Wants nothing from outside.</summary>
    sealed class CarefulNode : IPureNodeType
    {
        public NodeTypeSchema Schema { get; } = new("careful", "Says nothing.");

        public NodeResult Run(PureRun run) => NodeResult.Success(("value", "said"));
    }

    /// <summary>Has nothing and keeps nothing, so that what is measured is the build.</summary>
    sealed class ForgettingStore : IBuildStore
    {
        public NodeOutputs? Find(Sha256Digest key) => null;

        public void Add(BuiltResult result)
        {
        }

        public void Add(BuildRecord record)
        {
        }

        public void Commit()
        {
        }
    }
}
