using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TaskBot.Testing.Processes;

/// <summary>How a run of the program ended.</summary>
public sealed record TaskBotExit(int Code, string Output, string Error)
{
    /// <summary>The last line of standard output, where <c>--json</c> puts its answer.</summary>
    public string LastLine => Output.TrimEnd().Split('\n')[^1];
}

/// <summary>The real program as a child process, with an environment of its own: nothing that the machine has set can change a test.</summary>
public sealed class TaskBotProcess : IDisposable
{
    readonly Process process;
    readonly StringBuilder output = new();
    readonly StringBuilder error = new();
    readonly Task outputDone;
    readonly Task errorDone;

    TaskBotProcess(Process process)
    {
        this.process = process;
        outputDone = ReadAsync(process.StandardOutput, output);
        errorDone = ReadAsync(process.StandardError, error);
    }

    /// <summary>Told of every line of either stream as it comes.</summary>
    public event Action<string>? LineCame;

    public static TaskBotProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "taskbot.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        var kept = new[] { "PATH", "HOME", "DOTNET_ROOT", "TMPDIR", "TEMP", "TMP", "SystemRoot", "USER", "LANG" };
        foreach (var name in start.Environment.Keys.Where(name => !kept.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var started = Process.Start(start)!;
        started.StandardInput.Close();
        return new TaskBotProcess(started);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<TaskBotExit> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        using var running = Start(arguments, environment, folder);
        return await running.WaitAsync();
    }

    public async Task<TaskBotExit> WaitAsync()
    {
        await Task.WhenAll(outputDone, errorDone);
        await process.WaitForExitAsync();
        return new(process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Asks the program to end, as a service manager and a cancelled job do.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Whether it has ended, by itself or not.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Ends the program as a power cut does: it gets no chance to say or save anything. What it started is ended too.</summary>
    public void Kill() => process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        if (!process.HasExited) Kill();
        process.Dispose();
    }

    async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (text) text.Append(line).Append('\n');
            LineCame?.Invoke(line);
        }
    }
}
