using System.Text.Json;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Engine;

/// <summary>
/// Whole processes of a published <c>taskbot graph run</c> that find nothing to do, one leaf dirty and all dirty, beside ninja that finds nothing to
/// do on the same graph.
/// </summary>
static class ProcessBenchmark
{
    public static async Task RunAsync(
        TextWriter output, Targets targets, IReadOnlyList<GraphShape> shapes, IReadOnlyList<int> sizes, InstalledProgram taskbot, int rounds, CancellationToken cancellationToken)
    {
        var ninja = InstalledProgram.Find("ninja");
        if (ninja is null) await output.WriteLineAsync("ninja is not installed: there is nothing to compare with.");
        await output.WriteLineAsync($"{"processes",-10} {"nodes",9} | {"ninja: nothing to do",30} | {"nothing to do",30} | {"one dirty",30} | {"all dirty",30} {"a second",9} | {"first run",30}");
        foreach (var shape in shapes)
        {
            Figures? smallest = null;
            foreach (var size in sizes)
            {
                using var folder = new TemporaryFolder();
                await NinjaGraph.WriteAsync(folder, [.. Enumerable.Range(0, size).Select(shape.Sources)], cancellationToken);
                var theirs = ninja is null ? null : await NinjaGraph.NothingToDoAsync(ninja, folder, rounds, cancellationToken);
                var ours = await MeasureAsync(taskbot, folder, size, rounds, cancellationToken);
                await output.WriteLineAsync(
                    $"{shape.Name,-10} {size,9:N0} | {Words(theirs),30} | {Words(ours.None)} | {Words(ours.One)} | {Words(ours.All)} {ours.NodesASecond,9:N0} | {Words(ours.First)}");
                smallest ??= ours;
                if (size == sizes[^1]) Compare(targets, $"{shape.Name} {size:N0}", theirs, ours, size > sizes[0] ? (ours.All.PeakBytes - smallest.All.PeakBytes) / (size - sizes[0]) : null);
            }
        }
    }

    static void Compare(Targets targets, string graph, ProgramRun? theirs, Figures ours, long? bytes)
    {
        if (theirs is not null)
        {
            targets.AtMost($"{graph}: cpu to find nothing to do, times ninja's", ours.None.Cpu / theirs.Cpu, 2);
            targets.AtMost($"{graph}: cpu with one leaf dirty, times ninja's for nothing to do", ours.One.Cpu / theirs.Cpu, 1.2);
        }

        targets.AtMost($"{graph}: cpu with one leaf dirty, times that of nothing to do", ours.One.Cpu / ours.None.Cpu, 1.2);
        targets.AtLeast($"{graph}: nodes a second, all dirty, once loaded", ours.NodesASecond, 100_000);
        if (bytes is { } each) targets.AtMost($"{graph}: bytes a node, all dirty", each, 1000);
    }

    static async Task<Figures> MeasureAsync(InstalledProgram taskbot, TemporaryFolder folder, int size, int rounds, CancellationToken cancellationToken)
    {
        await taskbot.RunAsync(folder.Path, ["graph", "import-ninja", "build.ninja", "--out", "build.task.yml"], writeInput: null, cancellationToken);
        List<ProgramRun> none = [], one = [], all = [];
        var first = await RunAsync(size);
        for (var round = 0; round < rounds; round++)
        {
            // Without its database, all that is known of a graph is the graph.
            Directory.EnumerateFiles(folder.File(".taskbot"), "taskbot.db*").ToList().ForEach(File.Delete);
            all.Add(await RunAsync(size));
            none.Add(await RunAsync(0));
            one.Add(await RunAsync(1, "--set", $"{GraphShape.PathOf(size - 1)}.value=round-{round}"));
            await RunAsync(0);
        }

        var whole = ProgramRun.Median(all);
        return new(ProgramRun.Median(none), ProgramRun.Median(one), whole, first, size / all.Select(run => Seconds(run.Output)).Order().ElementAt(all.Count / 2));

        async Task<ProgramRun> RunAsync(int executed, params string[] more)
        {
            var run = await taskbot.MeasureAsync(folder.Path, ["graph", "run", "build.task.yml", "--json", .. more], cancellationToken);
            var ran = Member(run.Output, "executed");
            return ran == executed ? run : throw new InvalidOperationException($"{ran} nodes ran, not {executed}.");
        }
    }

    /// <summary>How long it took once the graph was loaded.</summary>
    static double Seconds(string output) => (Member(output, "elapsed_ms") - Member(output, "load_ms")) / 1000.0;

    static int Member(string output, string name)
    {
        using var summary = JsonDocument.Parse(output.Split('\n')[^1]);
        return summary.RootElement.GetProperty(name).GetInt32();
    }

    static string Words(ProgramRun? run) =>
        run is null ? "fails" : $"{run.Wall.TotalMilliseconds,6:0} ms {run.Cpu.TotalMilliseconds,6:0} ms cpu {run.PeakBytes >> 20,5:N0} MB";

    /// <param name="First">The first run of all, which composes the graph from YAML.</param>
    sealed record Figures(ProgramRun None, ProgramRun One, ProgramRun All, ProgramRun First, double NodesASecond);
}
