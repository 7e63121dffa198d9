using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Benchmarks.Deliveries;

/// <summary>
/// Sends signed deliveries over a few connections that are kept open, one after the other on each, as fast as they are answered. What it costs is
/// paid beforehand: bodies and signatures are made once.
/// </summary>
sealed class HttpLoad(string eventName, IReadOnlyList<byte[]> bodies, string secret)
{
    readonly string[] signatures = [.. bodies.Select(body => WebhookSignature.Sign(body, secret))];
    int sent;

    public async Task<Figures> SendAsync(int port, int connections, int count, CancellationToken cancellationToken)
    {
        var milliseconds = new double[count];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(ConnectAsync, cancellationToken)));
        return new(milliseconds, Stopwatch.GetElapsedTime(started));

        async Task ConnectAsync()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            var answer = new byte[4096];
            var request = new byte[64 * 1024];
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var begun = Stopwatch.GetTimestamp();
                var length = Write(request, i % bodies.Count);
                for (var written = 0; written < length;) written += await socket.SendAsync(request.AsMemory(written, length - written), cancellationToken);
                await ReadAnswerAsync(socket, answer, cancellationToken);
                milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }
    }

    int Write(byte[] request, int which)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nContent-Type: application/json\r\nX-GitHub-Event: {eventName}\r\nX-GitHub-Hook-ID: 1\r\nX-GitHub-Delivery: 5f0a{Interlocked.Increment(ref sent):x8}-0000-0000-0000-000000000000\r\nX-Hub-Signature-256: {signatures[which]}\r\nContent-Length: {bodies[which].Length}\r\n\r\n");
        var length = Encoding.ASCII.GetBytes(head, request);
        bodies[which].CopyTo(request, length);
        return length + bodies[which].Length;
    }

    /// <summary>One whole answer, its status 2xx: what it says is short, and its end is told by its length or by the last chunk.</summary>
    static async Task ReadAnswerAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) throw new IOException($"The connection was closed: {Encoding.ASCII.GetString(buffer, 0, length)}");
            length += read;
            if (IsWhole(buffer.AsSpan(0, length))) return;
        }
    }

    static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        if (answer["HTTP/1.1 ".Length] != '2') throw new InvalidOperationException($"Answered {Encoding.ASCII.GetString(answer)}");
        var head = Encoding.ASCII.GetString(answer[..end]);
        if (head.Contains("chunked", StringComparison.OrdinalIgnoreCase)) return answer.EndsWith("0\r\n\r\n"u8);
        var at = head.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        return at < 0 || answer.Length >= end + 4 + int.Parse(head.AsSpan(at + 15).Trim().ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }
}

/// <summary>How long each took, and all of them.</summary>
sealed record Figures(double[] Milliseconds, TimeSpan Elapsed)
{
    public double PerSecond => Milliseconds.Length / Elapsed.TotalSeconds;

    public double Percentile(double share) => Milliseconds.Order().ElementAt((int)(share * (Milliseconds.Length - 1)));
}
