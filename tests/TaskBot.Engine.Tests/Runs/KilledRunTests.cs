using System.Diagnostics;
using System.Globalization;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using Xunit.Abstractions;

namespace TaskBot.Engine.Tests.Runs;

public sealed class KilledRunTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_run_that_is_killed_and_started_again_ends_in_the_same_values_and_runs_no_finished_node_again()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("taskbot-killed-").FullName;
        try
        {
            var kills = 0;
            for (var exit = -1; exit != 0;)
            {
                exit = await RunAndKillAsync(folder, afterNodes: kills < 5 ? random.Next(1, 15) : int.MaxValue);
                if (exit != 0) kills++;
            }

            kills.ShouldBe(5);
            var journal = new FileJournal(Path.Combine(folder, "journal"));
            var finished = new HashSet<NodePath>();
            await foreach (var record in journal.ReadAsync(new("killed"), CancellationToken.None))
            {
                if (record.Key is null) continue;
                if (record.State == NodeState.Running) finished.ShouldNotContain(record.Node, $"{record.Node} had finished.");
                if (record.State == NodeState.Succeeded) finished.Add(record.Node);
            }

            var killed = await KilledRunHost.RunAsync(new FileResultCache(Path.Combine(folder, "results")), journal, _ => throw new InvalidOperationException("It had run."));
            var whole = await KilledRunHost.RunAsync(new InMemoryResultCache(), new InMemoryJournal(), _ => { });
            Values(killed).ShouldBe(Values(whole));
            killed.NodesCached.ShouldBe(66);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string[] Values(RunResult result) =>
        [.. result.Nodes.Values.Select(node => $"{node.Node.Path} {node.State} {node.Outputs.GetValueOrDefault("out")?.Content}")];

    static async Task<int> RunAndKillAsync(string folder, int afterNodes)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(KilledRunHost).Assembly.Location, folder, afterNodes.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        for (var seen = 0; await process.StandardOutput.ReadLineAsync() is not null;)
            if (++seen == afterNodes) process.Kill();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
