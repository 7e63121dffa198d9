using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Storage;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Results;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// What the engine itself costs: graphs of nodes that do nothing, wide, as a chain and as layers of 100 where each node takes three of
/// the layer before. For each shape and size, medians of several rounds: reading the compiled graph and finding nothing to do, one leaf dirty,
/// all dirty with results and journal durable in SQLite at the end, and the bytes a node that graph and log take. With the program: the
/// whole process, beside ninja's whole process that finds nothing to do on the same graph.
/// </summary>
static class GraphRunnerBenchmark
{
    const int LayerWidth = 100;
    const int Rounds = 5;

    static readonly NodePath Root = NodePath.Parse("/build");
    static readonly RunId Run = new("benchmark");

    /// <param name="program">The published <c>taskbot</c>; null to measure the engine within this process alone.</param>
    public static async Task RunAsync(TextWriter output, IReadOnlyList<int> sizes, string? program, CancellationToken cancellationToken)
    {
        var ninja = InstalledProgram.Find("ninja");
        var taskbot = program is null ? null : InstalledProgram.At(program);
        if (ninja is null) await output.WriteLineAsync("ninja is not installed: there is nothing to compare with.");
        if (taskbot is null) await output.WriteLineAsync("Without --program PATH of a published taskbot no whole process is measured.");

        // Compiled code is measured, not the compiling.
        for (var i = 0; i < 3; i++) await MeasureAsync("layers", sizes[0], cancellationToken);
        await output.WriteLineAsync(
            $"{"shape",-7} {"nodes",9} | {"read, nothing to do",19} {"one dirty",10} {"all dirty",10} {"a second",9} {"us a node",9} {"bytes/node",10} "
            + $"| {"ninja",8} {"process",8} {"ratio",6} {"one dirty",9} {"ratio",6}");
        foreach (var shape in (string[])["wide", "chain", "layers"])
        {
            var costs = new List<double>();
            foreach (var size in sizes)
            {
                var (none, one, all, bytes) = await MeasureAsync(shape, size, cancellationToken);
                costs.Add(all.TotalMicroseconds / size);
                var line = $"{shape,-7} {size,9:N0} | {none.TotalMilliseconds,16:0.00} ms {one.TotalMilliseconds,7:0.0} ms {all.TotalMilliseconds,7:0} ms "
                    + $"{size / all.TotalSeconds,9:N0} {costs[^1],9:0.0} {bytes,10:N0} |";
                await output.WriteLineAsync(size > 100_000 ? line : line + await CompareAsync(ninja, taskbot, shape, size, cancellationToken));
            }

            await output.WriteLineAsync($"{shape}: a node of {sizes[^1]:N0} costs {costs[^1] / costs[0]:0.00} times one of {sizes[0]:N0}.");
        }
    }

    static async Task<(TimeSpan None, TimeSpan One, TimeSpan All, long Bytes)> MeasureAsync(string shape, int size, CancellationToken cancellationToken)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var graph = Compile(shape, size);
        var bytes = graph.ToBytes();
        List<TimeSpan> none = [], one = [], all = [];
        BuildLog log = new(graph);
        for (var round = 0; round < (size > 100_000 ? 1 : Rounds); round++)
        {
            using var folder = new TemporaryFolder();
            await using var database = SqliteDatabase.Open(new() { ConnectionString = folder.File("taskbot.db") }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
            await using var results = new SqliteResultCache(database, TimeProvider.System, NullLogger<SqliteResultCache>.Instance);
            var runner = new GraphRunner([new NoopNode()], results, new SqliteJournal(database), new(), TimeProvider.System, NullLogger<GraphRunner>.Instance);
            log = await BuildAsync(graph, log: null, size, all);
            var known = log.ToBytes();
            var started = Stopwatch.GetTimestamp();
            var read = CompiledGraph.Read(bytes);
            if (!BuildLog.Read(known, read).Covers(read)) throw new InvalidOperationException("Something is left to do.");
            none.Add(Stopwatch.GetElapsedTime(started));
            await BuildAsync(graph.With(Root.Child($"n{size - 1}"), "value", "other")!, BuildLog.Read([.. known], graph), 1, one);

            async Task<BuildLog> BuildAsync(CompiledGraph of, BuildLog? log, int executed, List<TimeSpan> times)
            {
                var from = Stopwatch.GetTimestamp();
                var result = await runner.BuildAsync(of, log, Run, 1, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(from));
                return result.Executed == executed ? result.Log : throw new InvalidOperationException($"{result.Executed} nodes ran, not {executed}.");
            }
        }

        var kept = GC.GetTotalMemory(forceFullCollection: true) - before - bytes.Length;
        GC.KeepAlive(graph);
        GC.KeepAlive(log);
        return (Median(none), Median(one), Median(all), kept / size);
    }

    /// <summary>Whole processes on the same graph.</summary>
    static async Task<string> CompareAsync(InstalledProgram? ninja, InstalledProgram? taskbot, string shape, int size, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await NinjaGraph.WriteAsync(folder, [.. Enumerable.Range(0, size).Select(i => Sources(shape, i))], cancellationToken);
        var theirs = ninja is null ? null : await NinjaGraph.NothingToDoAsync(ninja, folder, Rounds, cancellationToken);
        var ninjas = theirs is { } time ? $"{time.TotalMilliseconds,5:0} ms" : $"{"fails",8}";
        if (taskbot is null) return $" {ninjas}";
        await taskbot.RunAsync(folder.Path, ["graph", "import-ninja", "build.ninja", "--out", "build.task.yml"], writeInput: null, cancellationToken);
        await RunAsync([], size);
        List<TimeSpan> none = [], one = [];
        for (var round = 0; round < Rounds; round++)
        {
            none.Add(await RunAsync([], 0));
            one.Add(await RunAsync(["--set", $"/build/n{size - 1}.value=round-{round}"], 1));
            await RunAsync([], 0);
        }

        var (ours, dirty) = (Median(none), Median(one));
        return $" {ninjas} {ours.TotalMilliseconds,5:0} ms {ours / theirs,6:0.00} {dirty.TotalMilliseconds,6:0} ms {dirty / ours,6:0.00}";

        async Task<TimeSpan> RunAsync(string[] more, int executed)
        {
            var (output, elapsed) = await taskbot.RunAsync(folder.Path, ["graph", "run", "build.task.yml", "--json", .. more], writeInput: null, cancellationToken);
            using var summary = JsonDocument.Parse(output.Split('\n')[^1]);
            var ran = summary.RootElement.GetProperty("executed").GetInt32();
            return ran == executed || (executed == 0 && more.Length == 0 && ran == size) ? elapsed : throw new InvalidOperationException($"{ran} nodes ran, not {executed}.");
        }
    }

    internal static CompiledGraph Compile(string shape, int size)
    {
        var noInputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
        var noAttributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);
        var builder = new CompiledGraph.Builder(Root);
        builder.Add(new(Root, TaskNode.GraphType, noAttributes, [], noInputs, [], new("benchmark", 0, 0)));
        for (var i = 0; i < size; i++)
        {
            var sources = Sources(shape, i);
            var inputs = sources.Length == 0 ? noInputs : noInputs.Add("in", [.. sources.Select(source => new OutputPath(Root.Child(Name(source)), "value"))]);
            builder.Add(new(
                Root.Child(Name(i)), NoopNode.TypeName, noAttributes.Add("value", $"make {Name(i)}"), [], inputs, [], new("benchmark", 0, 0)));
        }

        return builder.ToGraph();
    }

    internal static string Name(int node) => string.Create(CultureInfo.InvariantCulture, $"n{node}");

    /// <summary>The nodes that a node takes its inputs from.</summary>
    internal static int[] Sources(string shape, int node) => shape switch
    {
        "chain" when node > 0 => [node - 1],
        "layers" when node >= LayerWidth => [.. Enumerable.Range(0, 3).Select(k => ((node / LayerWidth) - 1) * LayerWidth + (node + k) % LayerWidth)],
        _ => [],
    };

    static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
