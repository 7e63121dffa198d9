using System.Diagnostics;
using System.Text;

namespace TaskBot.Testing.Contract;

/// <summary>A script of <c>tests/contract</c> that serves until it is disposed. It is ready when it has printed its first line, which is JSON.</summary>
sealed class NodeProcess : IAsyncDisposable
{
    readonly Process _process;
    readonly StringBuilder _errors = new();
    Task _drained;

    NodeProcess(Process process)
    {
        _process = process;
        // Both pipes are read to the end: a full one would stop the script.
        _drained = DrainAsync(process.StandardError, _errors);
    }

    /// <summary>The first line it printed.</summary>
    public string FirstLine { get; private set; } = "";

    public static async Task<NodeProcess> StartAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await NodeKit.EnsureInstalledAsync(cancellationToken);
        var process = new NodeProcess(NodeKit.Start("node", arguments));
        try
        {
            process.FirstLine = await process._process.StandardOutput.ReadLineAsync(cancellationToken) ?? "";
            if (process.FirstLine.Length > 0)
            {
                process._drained = Task.WhenAll(process._drained, DrainAsync(process._process.StandardOutput, into: null));
                return process;
            }

            await process._drained;
            throw new InvalidOperationException($"node {string.Join(' ', arguments)} ended before it was ready:\n{process._errors}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _drained;
        _process.Dispose();
    }

    static async Task DrainAsync(StreamReader reader, StringBuilder? into)
    {
        while (await reader.ReadLineAsync() is { } line) into?.AppendLine(line);
    }
}
