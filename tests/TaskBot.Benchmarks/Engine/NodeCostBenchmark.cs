using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Storage;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Results;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// What a run costs a node beyond the node's own work: nodes that yield once and give a text, so that each passes through ready and running, takes a
/// slot and is journaled. Processor time is printed, as it says the same on a machine that does other things too.
/// </summary>
static class NodeCostBenchmark
{
    static readonly NodePath Root = NodePath.Parse("/build");

    public static async Task RunAsync(TextWriter output, IReadOnlyList<int> sizes, CancellationToken cancellationToken)
    {
        // Compiled code is measured, not the compiling.
        for (var i = 0; i < 3; i++) await MeasureAsync(GraphShape.Diamond, sizes[0], cancellationToken);
        await output.WriteLineAsync($"{"shape",-7} {"nodes",9} | {"all run",14} {"allocated",15} | {"all found",14} | {"pure, all run",14} {"ratio",6}");
        foreach (var shape in (GraphShape[])[GraphShape.Wide, GraphShape.Chain, GraphShape.Diamond])
        {
            var costs = new List<double>();
            foreach (var size in sizes)
            {
                var (run, found, pure) = await MeasureAsync(shape, size, cancellationToken);
                costs.Add(run.Microseconds);
                await output.WriteLineAsync(
                    $"{shape.Name,-7} {size,9:N0} | {run.Microseconds,8:0.0} us CPU {run.Bytes,9:N0} bytes | {found.Microseconds,8:0.0} us CPU | {pure.Microseconds,8:0.0} us CPU {run.Microseconds / pure.Microseconds,6:0.0}");
            }

            await output.WriteLineAsync($"{shape.Name}: a node of {sizes[^1]:N0} costs {costs[^1] / costs[0]:0.00} times one of {sizes[0]:N0}.");
        }
    }

    /// <summary>What one node cost.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Cost(double Microseconds, long Bytes);

    static async Task<(Cost Run, Cost Found, Cost Pure)> MeasureAsync(GraphShape shape, int size, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var database = SqliteDatabase.Open(new() { ConnectionString = folder.File("taskbot.db") }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        await using var results = new SqliteResultCache(database, TimeProvider.System, NullLogger<SqliteResultCache>.Instance);
        var runner = new GraphRunner([new YieldingNode()], results, new SqliteJournal(database), new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);
        var (graph, compiled) = (GraphOf(shape, size), shape.Compile(size));
        return (
            await CostAsync(size, () => RunAsync(attempt: 1, executed: size)),
            await CostAsync(size, () => RunAsync(attempt: 2, executed: 0)),
            await CostAsync(size, () => Task.FromResult(Build())));

        int Build()
        {
            using var store = SqliteBuildStore.Open(new() { ConnectionString = folder.File("pure.db") }, TimeProvider.System, NullLogger<SqliteBuildStore>.Instance);
            using var build = new GraphBuild(compiled, new(compiled), new("pure"), 1, [new NoopNode()], store, TimeProvider.System, NullLogger<GraphBuild>.Instance);
            return Require(build.Run(cancellationToken).Executed, size);
        }

        async Task RunAsync(int attempt, int executed)
        {
            var result = await runner.RunAsync(new(new("run"), attempt, graph), watcher: null, cancellationToken);
            if (result.Outcome != Outcome.Succeeded) throw new InvalidOperationException($"The run {result.Outcome}.");
            Require(result.NodesRun, executed);
        }

        static int Require(int ran, int wanted) => ran == wanted ? ran : throw new InvalidOperationException($"{ran} nodes ran, not {wanted}.");
    }

    static async Task<Cost> CostAsync(int nodes, Func<Task> work)
    {
        GC.Collect();
        var (time, bytes) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));
        await work();
        return new((Environment.CpuUsage.TotalTime - time).TotalMicroseconds / nodes, (GC.GetTotalAllocatedBytes(precise: true) - bytes) / nodes);
    }

    static TaskGraph GraphOf(GraphShape shape, int size)
    {
        var noInputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
        var noAttributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);
        var nodes = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();
        nodes.Add(Root, new(Root, TaskNode.GraphType, noAttributes, [], noInputs, [], new("benchmark", 0, 0)));
        for (var i = 0; i < size; i++)
        {
            var path = GraphShape.PathOf(i);
            var sources = shape.Sources(i);
            var inputs = sources.Length == 0 ? noInputs : noInputs.Add("in", [.. sources.Select(source => new OutputPath(GraphShape.PathOf(source), "value"))]);
            nodes.Add(path, new(path, YieldingNode.TypeName, noAttributes.Add("value", path.ToString()), [], inputs, [], new("benchmark", 0, 0)));
        }

        return new(Root, nodes.ToImmutable());
    }

    sealed class YieldingNode : INodeType
    {
        public const string TypeName = "yield";

        public NodeTypeSchema Schema { get; } = new(TypeName, "Yields once.")
        {
            Attributes = [new("value", ValueKind.Text, "What it gives.")],
            Inputs = [new("in", ValueKind.Any, "Anything.")],
            Outputs = [new("value", ValueKind.Text, "Its value.")],
        };

        public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return NodeResult.Success(("value", run.Node.Attributes["value"]));
        }
    }
}
