using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>
/// The process that <see cref="KilledRunTests"/> kills: runs one graph with its stores in the folder it is given, says each node that it
/// starts on standard output, holds at the node whose number it is given and at all after it, and ends with 0 when the run succeeded.
/// </summary>
static class KilledRunHost
{
    const int Layers = 8;
    const int Width = 6;

    static async Task<int> Main(string[] arguments)
    {
        var folder = arguments[0];
        var holdAt = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var started = 0;
        Directory.CreateDirectory(Path.Combine(folder, "results"));
        var result = await RunAsync(
            new FileResultCache(Path.Combine(folder, "results")), new FileJournal(Path.Combine(folder, "journal")), Started);
        return result.Outcome == Outcome.Succeeded ? 0 : 1;

        // The node that is asked for never ends by itself, nor does one that starts later, so that whoever kills this process never comes too late.
        void Started(string node)
        {
            Console.WriteLine(node);
            if (Interlocked.Increment(ref started) >= holdAt) _ = Console.In.Read();
        }
    }

    public static Task<RunResult> RunAsync(IResultCache cache, IJournal journal, Action<string> started)
    {
        var step = new TestNodeType("step", run =>
        {
            started(run.Node.Path.ToString());
            var inputs = string.Concat(run.Inputs.Values.Select(input => new NodeValue(input.Content, Trust.Trusted).Digest[..8]));
            return NodeResult.Success(("out", $"{run.Node.Path}:{inputs}")) with { Layer = run.Node.Path.Name == "n3_0" ? "more" : null };
        });
        return new GraphRunner([step], cache, journal, new() { Jobs = 3 }, TimeProvider.System, NullLogger<GraphRunner>.Instance)
            .RunAsync(new(new("killed"), 1, Graph(last: Layers).Build(), Compose), watcher: null, CancellationToken.None);
    }

    static (TaskGraph?, ImmutableArray<Problem>) Compose(ImmutableArray<string> layers) => (Graph(last: Layers + 3).Build(), []);

    static GraphBuilder Graph(int last)
    {
        var graph = new GraphBuilder().Branch("/t");
        for (var layer = 0; layer < last; layer++)
        {
            for (var i = 0; i < Width; i++)
            {
                var inputs = layer == 0 ? [] : Enumerable.Range(0, 3).Select(k => ("in", $"/t/n{layer - 1}_{(i + k) % Width}.out")).ToArray();
                graph.Leaf($"/t/n{layer}_{i}", attributes: [("say", $"{layer} {i}")], inputs: inputs);
            }
        }

        return graph;
    }
}
