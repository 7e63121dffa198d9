using System.Diagnostics;

namespace TaskBot.Storage.Tests;

/// <summary>This test assembly, running <see cref="Program"/> as a process of its own.</summary>
public sealed class ChildProcess : IDisposable
{
    readonly Process process;

    public ChildProcess(string verb, string path, params (string Name, string Value)[] environment)
        : this([verb, path], environment)
    {
    }

    public ChildProcess(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        process = Process.Start(start)!;
    }

    /// <summary>The next line that it prints; null at its end.</summary>
    public Task<string?> ReadLineAsync() => process.StandardOutput.ReadLineAsync();

    /// <summary>Kills it, as kill -9 does, and gives what it had printed by then.</summary>
    public async Task<string[]> KillAsync()
    {
        process.Kill();
        var rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        // The last line may be cut short by the kill.
        return rest.Split('\n')[..^1];
    }

    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
