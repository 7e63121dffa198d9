using System.Diagnostics;
using System.Globalization;

namespace TaskBot.Benchmarks.Programs;

/// <summary>A program of this machine that a figure is compared with.</summary>
sealed class InstalledProgram
{
    readonly string path;

    InstalledProgram(string path) => this.path = path;

    /// <summary>The first of this name on the PATH; null where there is none.</summary>
    public static InstalledProgram? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(folder => folder.Length > 0)
            .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, $"{name}.exe") })
            .FirstOrDefault(File.Exists) is { } found ? new(found) : null;

    /// <summary>The program in this file.</summary>
    public static InstalledProgram At(string path) => new(Path.GetFullPath(path));

    /// <summary>Runs it to its end in a folder, and measures the whole process with GNU time.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0, or GNU time is not installed.</exception>
    public async Task<ProgramRun> MeasureAsync(string folder, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var time = Find("time") ?? throw new InvalidOperationException("Processes are measured with GNU time. Install it; Debian's package is 'time'.");
        var figures = Path.Combine(folder, "time.txt");
        var (output, elapsed) = await time.RunAsync(folder, ["-f", "%U %S %M", "-o", figures, path, .. arguments], writeInput: null, cancellationToken);
        double[] numbers = [.. (await File.ReadAllTextAsync(figures, cancellationToken)).Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        return new(output, elapsed, TimeSpan.FromSeconds(numbers[0] + numbers[1]), (long)numbers[2] * 1024);
    }

    /// <summary>Runs it to its end in a folder.</summary>
    /// <param name="writeInput">Writes its standard input; null for none.</param>
    /// <returns>What it wrote to standard output, trimmed, and how long the whole process took.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public async Task<(string Output, TimeSpan Elapsed)> RunAsync(
        string folder, IEnumerable<string> arguments, Func<StreamWriter, Task>? writeInput, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        if (writeInput is not null) await writeInput(process.StandardInput);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return process.ExitCode == 0 ? ((await output).Trim(), elapsed)
            : throw new InvalidOperationException($"{Path.GetFileName(path)} ended with {process.ExitCode}: {await error}");
    }
}
