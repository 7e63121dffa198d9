using System.Globalization;
using System.Text;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Engine;

/// <summary>A graph as a ninja file, with every file that it speaks of.</summary>
static class NinjaGraph
{
    /// <param name="inputs">The nodes whose outputs each node takes, by number; always smaller ones.</param>
    public static async Task WriteAsync(TemporaryFolder folder, IReadOnlyList<int[]> inputs, CancellationToken cancellationToken)
    {
        // A generator's outputs are up to date by their times alone, so that no log of commands must be made first.
        var text = new StringBuilder("rule make\n  command = make $out\n  generator = 1\n");
        for (var i = 0; i < inputs.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"build n{i}: make source");
            foreach (var input in inputs[i]) text.Append(CultureInfo.InvariantCulture, $" n{input}");
            text.Append('\n');
        }

        await File.WriteAllTextAsync(folder.File("build.ninja"), text.ToString(), cancellationToken);
        await File.WriteAllBytesAsync(folder.File("source"), [], cancellationToken);
        for (var i = 0; i < inputs.Count; i++) await File.WriteAllBytesAsync(folder.File($"n{i}"), [], cancellationToken);
    }

    /// <summary>What ninja takes, as a whole process, to load the graph and find nothing to do. Null where ninja itself fails.</summary>
    public static async Task<ProgramRun?> NothingToDoAsync(InstalledProgram ninja, TemporaryFolder folder, int rounds, CancellationToken cancellationToken)
    {
        var runs = new List<ProgramRun>();
        for (var round = 0; round < rounds; round++)
        {
            try
            {
                var run = await ninja.MeasureAsync(folder.Path, [], cancellationToken);
                if (!run.Output.Contains("no work to do", StringComparison.Ordinal)) throw new InvalidOperationException($"ninja had work to do: {run.Output}");
                runs.Add(run);
            }
            catch (InvalidOperationException) when (runs.Count == 0)
            {
                // ninja 1.11 follows chains by recursion, and a long one ends it.
                return null;
            }
        }

        return ProgramRun.Median(runs);
    }
}
