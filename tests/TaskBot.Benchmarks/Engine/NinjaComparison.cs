using System.Globalization;
using System.Text;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Engine;

/// <summary>How long ninja takes, as a whole process, to load a graph and find nothing to do.</summary>
static class NinjaComparison
{
    const int Rounds = 3;

    /// <param name="inputs">The nodes whose outputs each node takes, by number; always smaller ones.</param>
    /// <returns>The best of a few rounds.</returns>
    public static async Task<TimeSpan> NothingToDoAsync(InstalledProgram ninja, IReadOnlyList<int[]> inputs, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        // A generator's outputs are up to date by their times alone, so that no log of commands must be made first.
        var text = new StringBuilder("rule make\n  command = false\n  generator = 1\n");
        for (var i = 0; i < inputs.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"build n{i}: make source");
            foreach (var input in inputs[i]) text.Append(CultureInfo.InvariantCulture, $" n{input}");
            text.Append('\n');
        }

        await File.WriteAllTextAsync(folder.File("build.ninja"), text.ToString(), cancellationToken);
        await File.WriteAllBytesAsync(folder.File("source"), [], cancellationToken);
        for (var i = 0; i < inputs.Count; i++) await File.WriteAllBytesAsync(folder.File($"n{i}"), [], cancellationToken);
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var (output, elapsed) = await ninja.RunAsync(folder.Path, [], writeInput: null, cancellationToken);
            if (!output.Contains("no work to do", StringComparison.Ordinal)) throw new InvalidOperationException($"ninja had work to do: {output}");
            if (elapsed < best) best = elapsed;
        }

        return best;
    }
}
