using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Results;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// What the engine itself costs, by graphs of nodes that do nothing. First within this process, from the smallest size to the largest, so that
/// it is seen whether a node costs the same in both; then, with a published program, whole processes beside ninja. Each figure stands in wall time
/// and in CPU time, and those that have a target are compared with it.
/// </summary>
static class EngineBenchmark
{
    const int Rounds = 5;

    /// <summary>Above this, one round is enough, and whole processes would spend their time on reading YAML.</summary>
    const int LargestProcess = 100_000;

    static readonly RunId Run = new("benchmark");

    /// <param name="program">The published <c>taskbot</c>; null to measure the engine within this process alone.</param>
    public static async Task RunAsync(TextWriter output, IReadOnlyList<int> sizes, string? program, CancellationToken cancellationToken)
    {
        GraphShape[] shapes = [GraphShape.Wide, GraphShape.Chain, GraphShape.Diamond];
        var targets = new Targets(output);

        // Compiled code is measured, not the compiling.
        for (var i = 0; i < 3; i++) Measure(GraphShape.Diamond, sizes[0], cancellationToken);
        await output.WriteLineAsync($"{"in process",-10} {"nodes",9} | {"nothing",9} {"cpu",9} | {"one dirty",9} {"cpu",9} | {"all dirty",9} {"cpu",9} {"a second",9} {"cpu/node",9} | {"kept/node",9}");
        foreach (var shape in shapes)
        {
            var costs = new List<double>();
            foreach (var size in sizes)
            {
                var (none, one, all, bytes) = Measure(shape, size, cancellationToken);
                costs.Add(all.Cpu.TotalMicroseconds / size);
                await output.WriteLineAsync(
                    $"{shape.Name,-10} {size,9:N0} | {none} | {one} | {all} {size / all.Wall.TotalSeconds,9:N0} {costs[^1],6:0.00} us | {bytes,7:N0} B");
            }

            targets.AtMost($"{shape.Name}: cpu of a node of {sizes[^1]:N0}, times that of {sizes[0]:N0}", costs[^1] / costs[0], 1.25);
        }

        if (program is null) await output.WriteLineAsync("Without --program PATH of a published taskbot no whole process is measured.");
        else await ProcessBenchmark.RunAsync(output, targets, shapes, [.. sizes.Where(size => size <= LargestProcess)], InstalledProgram.At(program), Rounds, cancellationToken);
        await targets.TellAsync();
    }

    static (Cost None, Cost One, Cost All, long Bytes) Measure(GraphShape shape, int size, CancellationToken cancellationToken)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var graph = shape.Compile(size);
        List<Cost> none = [], one = [], all = [];
        var log = new BuildLog(graph);
        for (var round = 0; round < (size > LargestProcess ? 1 : Rounds); round++)
        {
            using var folder = new TemporaryFolder();
            log = Build(graph, new(graph), size, all);
            var (bytes, known) = (graph.ToBytes().ToArray(), log.ToFile().ToArray());
            none.Add(Cost.Of(() =>
            {
                var read = CompiledGraph.Read(bytes);
                return BuildLog.Read(known, read).Covers(read) ? log : throw new InvalidOperationException("Something is left to do.");
            }).Cost);
            var leaf = graph.IndexOf(GraphShape.PathOf(size - 1))!.Value;
            Build(graph.With(leaf, "value", "other"), BuildLog.Read([.. known], graph), 1, one);

            BuildLog Build(CompiledGraph of, BuildLog from, int executed, List<Cost> costs)
            {
                var (result, cost) = Cost.Of(() =>
                {
                    using var store = SqliteBuildStore.Open(new() { ConnectionString = folder.File("taskbot.db") }, TimeProvider.System, NullLogger<SqliteBuildStore>.Instance);
                    using var build = new GraphBuild(of, from, Run, 1, [new NoopNode()], store, TimeProvider.System, NullLogger<GraphBuild>.Instance);
                    return build.Run(cancellationToken);
                });
                costs.Add(cost);
                return result.Executed == executed ? result.Log : throw new InvalidOperationException($"{result.Executed} nodes ran, not {executed}.");
            }
        }

        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(graph);
        GC.KeepAlive(log);
        return (Cost.Median(none), Cost.Median(one), Cost.Median(all), kept / size);
    }

    /// <summary>What something took in this process.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Cost(TimeSpan Wall, TimeSpan Cpu)
    {
        public static (T Result, Cost Cost) Of<T>(Func<T> work)
        {
            var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var result = work();
            return (result, new(Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu));
        }

        public static Cost Median(List<Cost> costs) =>
            new(costs.Select(cost => cost.Wall).Order().ElementAt(costs.Count / 2), costs.Select(cost => cost.Cpu).Order().ElementAt(costs.Count / 2));

        public override string ToString() => $"{Wall.TotalMilliseconds,6:0.0} ms {Cpu.TotalMilliseconds,6:0.0} ms";
    }
}
