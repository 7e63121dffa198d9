using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A git command that stays open and answers one request at a time. An exchange that did not end in order (an error, a cancellation)
/// ends the process, and the next exchange starts another.
/// </summary>
sealed class GitConversation(GitCall call) : IAsyncDisposable
{
    readonly SemaphoreSlim turn = new(1);
    Process? process;
    PipeReader? output;
    Task<string>? said;

    public async Task<T> ExchangeAsync<T>(Func<GitConversation, Task<T>> exchange, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (process is null)
            {
                process = await GitProgram.StartAsync(call);
                said = process.StandardError.ReadToEndAsync(CancellationToken.None);
                output = PipeReader.Create(process.StandardOutput.BaseStream, new StreamPipeReaderOptions(bufferSize: 65536));
            }
            return await exchange(this);
        }
        catch (IOException e)
        {
            throw await EndedAsync(e);
        }
        catch
        {
            Stop();
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var input = process!.StandardInput.BaseStream;
        await input.WriteAsync(request, cancellationToken);
        await input.FlushAsync(cancellationToken);
    }

    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await output!.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                output.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            output.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                throw new EndOfStreamException();
        }
    }

    public async Task ReadAsync(Memory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var read = await output!.ReadAsync(cancellationToken);
            var part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, bytes.Length));
            part.CopyTo(bytes.Span);
            bytes = bytes[(int)part.Length..];
            output.AdvanceTo(part.End);
            if (read.IsCompleted && !bytes.IsEmpty)
                throw new EndOfStreamException();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        Stop();
        turn.Dispose();
    }

    async Task<GitException> EndedAsync(IOException inner)
    {
        var message = said is null ? "" : (await said).Trim();
        Stop();
        return new GitException(GitProblem.CommandFailed, $"git {call.Arguments[0]} in '{call.Folder}' ended early: {message}", inner);
    }

    void Stop()
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: true);
        process.Dispose();
        process = null;
    }
}
