using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace TaskBot.Testing.Contract;

/// <summary>The folder <c>tests/contract</c>, its npm packages installed as its lock file says.</summary>
public static class NodeKit
{
    static readonly SemaphoreSlim Installing = new(1, 1);

    /// <summary>The folder of the scripts.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>
    /// Installs the packages unless they are there for exactly this lock file. Safe to call from several test processes at once.
    /// </summary>
    public static async Task EnsureInstalledAsync(CancellationToken cancellationToken)
    {
        await Installing.WaitAsync(cancellationToken);
        try
        {
            var stamp = Path.Combine(Folder, "node_modules", ".installed");
            var wanted = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json"), cancellationToken)));
            using var others = await LockAsync(cancellationToken);
            if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, cancellationToken) == wanted) return;
            await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cancellationToken);
            await File.WriteAllTextAsync(stamp, wanted, cancellationToken);
        }
        finally
        {
            Installing.Release();
        }
    }

    /// <summary>Runs a script of the folder to its end and gives back what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static async Task<string> RunScriptAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await EnsureInstalledAsync(cancellationToken);
        return await RunAsync("node", arguments, cancellationToken);
    }

    /// <summary>Starts a script of the folder, its standard input held open so that it can end when we do.</summary>
    internal static Process Start(string file, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(file)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException($"{file} cannot be started: these tests need Node 20 with npm on the PATH.", exception);
        }
    }

    static async Task<string> RunAsync(string file, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(file, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
    }

    // A lock that another process holds shows as an IOException; there is nothing to wait on but time.
    static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"taskbot-contract-{Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Folder)))[..16]}.lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
    }

    static string FindFolder([CallerFilePath] string thisFile = "")
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "contract");
            if (File.Exists(Path.Combine(candidate, "package-lock.json"))) return candidate;
        }

        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "contract"));
    }
}
