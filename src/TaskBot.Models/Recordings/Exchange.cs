using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Recordings;

/// <summary>
/// A request that waits for its answer. It travels in <see cref="ChatOptions.AdditionalProperties"/> down to the ledger, which keeps the answer in
/// the same transaction as what it cost: an answer that was paid for is never asked for again, and one that is kept was paid for once.
/// It is never sent to a server.
/// </summary>
internal sealed class Exchange
{
    private const string Property = "exchange";
    private readonly RecordingPlace _place;
    private readonly Recording _pending;
    private readonly Func<string, string> _redact;

    public Exchange(RecordingPlace place, IEnumerable<ChatMessage> messages, ChatOptions? options, Func<string, string> redact)
    {
        var (key, text) = CanonicalRequest.Of(messages, options, redact);
        _place = place;
        _pending = new Recording(place.Run, place.Place, key, options.GetPromptName(), place.Asked, place.Chain, text, null, null);
        _redact = redact;
    }

    public string Key => _pending.Key;

    /// <summary>The exchange that the options of a request carry; null when it is not recorded.</summary>
    public static Exchange? Of(ChatOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(Property, out Exchange? exchange) == true ? exchange : null;

    public ChatOptions AttachTo(ChatOptions? options)
    {
        var attached = options?.Clone() ?? new ChatOptions();
        attached.AdditionalProperties = new AdditionalPropertiesDictionary(attached.AdditionalProperties ?? []) { [Property] = this };
        return attached;
    }

    /// <summary>The options without an exchange.</summary>
    public static ChatOptions Detach(ChatOptions? options)
    {
        var detached = options?.Clone() ?? new ChatOptions();
        detached.AdditionalProperties?.Remove(Property);
        return detached;
    }

    /// <summary>Records at the same place what is asked for a part of this request.</summary>
    public IChatClient Part(IChatClient client, IRecordingStore store) => new RecordingChatClient(client, store, _place, _redact);

    public Recording Answered(ChatResponse response)
    {
        var json = JsonSerializer.SerializeToNode(response, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)));
        return _pending with { Response = CanonicalRequest.Redacted(json, _redact)!.ToJsonString() };
    }

    public Recording Failed(RecordedError error) => _pending with { Error = error with { Detail = _redact(error.Detail) } };

    public static ChatResponse Read(string response) =>
        (ChatResponse)JsonSerializer.Deserialize(response, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)))!;
}

/// <summary>Where in a run a client asks, and whom; see <see cref="Recording"/>.</summary>
internal sealed record RecordingPlace(string Run, string Place, string Asked, string Chain);
