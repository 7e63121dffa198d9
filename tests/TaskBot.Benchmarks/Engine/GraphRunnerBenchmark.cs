using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// What the engine itself costs: graphs of nodes that do nothing, wide, as a chain and as layers of 100 where each node takes three of
/// the layer before. Prints, for each shape and size, wall and processor time a node in microseconds: all dirty, nothing to do, and one
/// leaf dirty; the bytes a node that the run keeps; and what ninja takes a node to find nothing to do. The engine has its graph composed
/// and its stores in memory; ninja is a whole process that reads its file and looks at every output's time.
/// </summary>
static class GraphRunnerBenchmark
{
    const int LayerWidth = 100;

    static readonly NodePath Root = NodePath.Parse("/t");

    public static async Task RunAsync(TextWriter output, IReadOnlyList<int> sizes, CancellationToken cancellationToken)
    {
        var ninja = InstalledProgram.Find("ninja");
        // Compiled code is measured, not the compiling.
        for (var i = 0; i < 5; i++) await MeasureAsync("layers", sizes[0], cancellationToken);
        await output.WriteLineAsync("microseconds a node, wall / processor");
        await output.WriteLineAsync(
            $"{"shape",-7} {"nodes",8} {"all dirty",15} {"nothing to do",15} {"one dirty",15} {"bytes/node",11} {"ninja",7} {"nothing to do : ninja",22}");
        foreach (var size in sizes)
        {
            foreach (var shape in (string[])["wide", "chain", "layers"])
            {
                var (all, none, one, bytes) = await MeasureAsync(shape, size, cancellationToken);
                var theirs = ninja is null ? null
                    : (double?)(await NinjaComparison.NothingToDoAsync(ninja, [.. Enumerable.Range(0, size).Select(i => Sources(shape, i))], cancellationToken)).TotalMicroseconds / size;
                await output.WriteLineAsync(
                    $"{shape,-7} {size,8:N0} {all,15} {none,15} {one,15} {bytes,11:N0} {theirs,7:0.0} {(theirs is null ? "" : $"{none.Wall / theirs:0.00}x"),22}");
            }
        }

        if (ninja is null) await output.WriteLineAsync("ninja is not installed: there is nothing to compare with.");
    }

    static async Task<(Cost All, Cost None, Cost One, long Bytes)> MeasureAsync(string shape, int size, CancellationToken cancellationToken)
    {
        var cache = new InMemoryResultCache();
        var journal = new InMemoryJournal();
        var graph = Graph(shape, size, last: "a");
        // Twice, as what a finalizer lets go of is found by the collection after it; a small graph would drown in the rest.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var all = await RunAsync(graph, "first", ran: size);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        var none = await RunAsync(graph, "second", ran: 0);
        return (all, none, await RunAsync(Graph(shape, size, last: "b"), "third", ran: 1), bytes / size);

        async Task<Cost> RunAsync(TaskGraph of, string run, int ran)
        {
            var runner = new GraphRunner([new NothingNode()], cache, journal, new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);
            var processor = Environment.CpuUsage.TotalTime;
            var started = Stopwatch.GetTimestamp();
            var result = await runner.RunAsync(new(new($"{run}-{shape}-{size}"), 1, of), watcher: null, cancellationToken);
            var wall = Stopwatch.GetElapsedTime(started);
            if (result.NodesRun != ran) throw new InvalidOperationException($"{result.NodesRun} nodes ran, not {ran}.");
            return new(wall.TotalMicroseconds / size, (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / size);
        }
    }

    static TaskGraph Graph(string shape, int size, string last)
    {
        var noInputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
        var noAttributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);
        var paths = Enumerable.Range(0, size).Select(i => Root.Child($"n{i}")).ToArray();
        var nodes = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();
        nodes.Add(Root, Node(Root, TaskNode.GraphType, noAttributes, noInputs));
        for (var i = 0; i < size; i++)
        {
            var sources = Sources(shape, i);
            var inputs = sources.Length == 0 ? noInputs : noInputs.Add("in", [.. sources.Select(source => new OutputPath(paths[source], "out"))]);
            nodes.Add(paths[i], Node(paths[i], "nothing", noAttributes.Add("say", i == size - 1 ? last : $"{i}"), inputs));
        }

        return new(Root, nodes.ToImmutable());
    }

    /// <summary>The nodes that a node takes its inputs from.</summary>
    static int[] Sources(string shape, int node) => shape switch
    {
        "chain" when node > 0 => [node - 1],
        "layers" when node >= LayerWidth => [.. Enumerable.Range(0, 3).Select(k => ((node / LayerWidth) - 1) * LayerWidth + (node + k) % LayerWidth)],
        _ => [],
    };

    static TaskNode Node(
        NodePath path, string type, ImmutableSortedDictionary<string, TaskValue> attributes,
        ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> inputs) =>
        new(path, type, attributes, [], inputs, ImmutableSortedSet<string>.Empty, new("benchmark", 0, 0));

    /// <summary>Microseconds a node.</summary>
    sealed record Cost(double Wall, double Processor)
    {
        public override string ToString() => $"{Wall:0.0} / {Processor:0.0}";
    }

    /// <summary>Gives what it says, and does nothing else.</summary>
    sealed class NothingNode : INodeType
    {
        public NodeTypeSchema Schema { get; } = new("nothing", "Does nothing.") { AcceptsUntrusted = true };

        public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) =>
            ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", run.Node.Attributes["say"])));
    }
}
