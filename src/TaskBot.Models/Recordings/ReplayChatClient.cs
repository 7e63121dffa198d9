using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Recordings;

/// <summary>
/// Plays recorded exchanges again, without a network and for nothing. A request is known by its content; the same request made several times
/// gets its recorded answers in order, and the last one from then on.
/// </summary>
public sealed class ReplayChatClient : IChatClient
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<Recording> _recordings;
    private readonly Dictionary<string, Queue<Recording>> _byKey;
    private readonly Func<string, string> _redact;

    private ReplayChatClient(IReadOnlyList<Recording> recordings, Func<string, string> redact)
    {
        _recordings = recordings;
        _redact = redact;
        _byKey = recordings.GroupBy(recording => recording.Key).ToDictionary(group => group.Key, group => new Queue<Recording>(group));
    }

    /// <summary>Reads all exchanges of a run.</summary>
    /// <param name="store">Where they were kept.</param>
    /// <param name="redact">The same redaction as when they were kept; a request's key is made of its redacted text.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task<ReplayChatClient> LoadAsync(IRecordingStore store, Func<string, string> redact, CancellationToken cancellationToken)
    {
        var recordings = new List<Recording>();
        await foreach (var recording in store.ReadAsync(cancellationToken))
            recordings.Add(recording);
        return new ReplayChatClient(recordings, redact);
    }

    /// <summary>The recorded answer to exactly this request.</summary>
    /// <exception cref="ReplayException">The request was not recorded.</exception>
    /// <exception cref="ModelException">The recorded call failed.</exception>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (key, text) = CanonicalRequest.Of(messages, options, _redact);
        var recording = Take(key) ?? throw new ReplayException(Difference(text, options.GetPromptName()));
        if (recording.Error is { } error)
            throw new ModelException(error.Kind, error.Model, error.Host, error.Detail);
        return Task.FromResult((ChatResponse)JsonSerializer.Deserialize(
            recording.Response!, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)))!);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // Nothing is held.
    }

    private Recording? Take(string key)
    {
        lock (_lock)
            return !_byKey.TryGetValue(key, out var left) ? null : left.Count > 1 ? left.Dequeue() : left.Peek();
    }

    private string Difference(string text, string? prompt)
    {
        var lines = text.Split('\n');
        var subject = $"A request of prompt '{prompt ?? "(none)"}' was not made in the recorded run";
        var nearest = _recordings.Where(recording => recording.Prompt == prompt)
            .Select(recording => recording.Request.Split('\n'))
            .MaxBy(recorded => Same(recorded, lines));
        if (nearest is null)
            return $"{subject}, nor was any other of that prompt.";
        var at = Same(nearest, lines);
        return $"{subject}. It first differs from the nearest one in line {at + 1} of the request: "
            + $"recorded {Line(nearest, at)}, asked {Line(lines, at)}.";
    }

    private static int Same(string[] left, string[] right) =>
        left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();

    private static string Line(string[] lines, int at)
    {
        const int most = 200;
        var line = at < lines.Length ? lines[at].Trim() : "(the end)";
        return line.Length <= most ? line : $"{line[..most]}…";
    }
}
