using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Recordings;

/// <summary>
/// Plays the recorded exchanges of one node again. A request is known by its content; the same request made several times gets its recorded
/// answers in order, and the last one from then on.
/// </summary>
internal sealed class ReplayChatClient(RecordedRun run, RecordingPlace place, IChatClient? live) : IChatClient
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _asked = [];

    /// <summary>The recorded answer to exactly this request.</summary>
    /// <exception cref="ReplayException">The request was not recorded, and there is nobody to ask.</exception>
    /// <exception cref="Errors.ModelException">The recorded call failed.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var (key, text) = CanonicalRequest.Of(request, options, run.Redact);
        int earlier;
        lock (_lock)
        {
            earlier = _asked.GetValueOrDefault(key);
            _asked[key] = earlier + 1;
        }
        if (run.Find(place.Place, key, earlier) is { } recording)
            return recording.Response is { } response ? Exchange.Read(response) : throw recording.Error!.ToException();
        var departure = run.Depart(place, options.GetPromptName(), text);
        return live is not null ? await live.GetResponseAsync(request, options, cancellationToken) : throw new ReplayException(departure.Message);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => live?.Dispose();
}
