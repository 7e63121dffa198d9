using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// What the engine itself costs: graphs of nodes that do nothing, wide, as a chain and as layers of 100 where each node takes three of
/// the layer before. Prints, for each shape and size, wall and processor time a node in microseconds: all dirty, nothing to do, and one
/// leaf dirty; and the bytes a node that the run keeps. Stores are in memory unless others are given.
/// </summary>
public static class GraphRunnerBenchmark
{
    const int LayerWidth = 100;

    static readonly NodePath Root = NodePath.Parse("/t");

    public static async Task RunAsync(
        TextWriter output, IEnumerable<int> sizes, Func<(IResultCache Cache, IJournal Journal)>? openStores, CancellationToken cancellationToken)
    {
        openStores ??= () => (new InMemoryResultCache(), new InMemoryJournal());
        await output.WriteLineAsync("shape     nodes    all dirty wall/cpu   no-op wall/cpu   one dirty wall/cpu   us a node; bytes a node");
        foreach (var size in sizes)
        {
            foreach (var shape in (string[])["wide", "chain", "layers"])
            {
                var stores = openStores();
                var graph = Graph(shape, size, last: "a");
                var before = GC.GetTotalMemory(forceFullCollection: true);
                var (first, all) = await MeasureAsync(graph, "first");
                var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
                var (second, none) = await MeasureAsync(graph, "second");
                var (third, one) = await MeasureAsync(Graph(shape, size, last: "b"), "third");
                if ((first.NodesRun, second.NodesRun, third.NodesRun) != (size, 0, 1))
                    throw new InvalidOperationException($"{first.NodesRun}, {second.NodesRun} and {third.NodesRun} nodes ran.");
                await output.WriteLineAsync($"{shape,-7} {size,7}    {all,18}   {none,14}   {one,18}   {bytes / size,6}");

                async Task<(RunResult, string)> MeasureAsync(TaskGraph of, string run)
                {
                    var runner = new GraphRunner(
                        [new NothingNode()], stores.Cache, stores.Journal, new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);
                    var processor = Environment.CpuUsage.TotalTime;
                    var started = Stopwatch.GetTimestamp();
                    var result = await runner.RunAsync(new(new($"{run}-{shape}-{size}"), 1, of), watcher: null, cancellationToken);
                    var wall = Stopwatch.GetElapsedTime(started);
                    return (result, $"{wall.TotalMicroseconds / size:0.0} / {(Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / size:0.0}");
                }
            }
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
            int[] sources = shape switch
            {
                "chain" when i > 0 => [i - 1],
                "layers" when i >= LayerWidth => [.. Enumerable.Range(0, 3).Select(k => ((i / LayerWidth) - 1) * LayerWidth + (i + k) % LayerWidth)],
                _ => [],
            };
            var inputs = sources.Length == 0 ? noInputs : noInputs.Add("in", [.. sources.Select(source => new OutputPath(paths[source], "out"))]);
            nodes.Add(paths[i], Node(paths[i], "nothing", noAttributes.Add("say", i == size - 1 ? last : $"{i}"), inputs));
        }

        return new(Root, nodes.ToImmutable());
    }

    static TaskNode Node(
        NodePath path, string type, ImmutableSortedDictionary<string, TaskValue> attributes,
        ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> inputs) =>
        new(path, type, attributes, [], inputs, ImmutableSortedSet<string>.Empty, new("benchmark", 0, 0));

    /// <summary>Gives what it says, and does nothing else.</summary>
    sealed class NothingNode : INodeType
    {
        public NodeTypeSchema Schema { get; } = new("nothing", "Does nothing.") { AcceptsUntrusted = true };

        public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) =>
            ValueTask.FromResult<NodeResult>(NodeResult.Success(("out", run.Node.Attributes["say"])));
    }
}
