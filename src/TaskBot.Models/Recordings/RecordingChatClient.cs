using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Recordings;

/// <summary>
/// Keeps every exchange that comes to an end, well or badly. Cancelled calls and streams that were not read to their end are not kept, as they
/// have no answer to play again.
/// </summary>
/// <param name="inner">The client that is asked.</param>
/// <param name="store">Where the exchanges go.</param>
/// <param name="redact">Takes secrets out of a text; applied to each text of request and answer before it is kept.</param>
public sealed class RecordingChatClient(IChatClient inner, IRecordingStore store, Func<string, string> redact) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        try
        {
            var response = await base.GetResponseAsync(request, options, cancellationToken);
            await KeepAsync(request, options, response, null);
            return response;
        }
        catch (ModelException e)
        {
            await KeepAsync(request, options, null, e);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var read = new List<ChatResponseUpdate>();
        await using var updates = base.GetStreamingResponseAsync(request, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                    break;
            }
            catch (ModelException e)
            {
                await KeepAsync(request, options, null, e);
                throw;
            }
            read.Add(updates.Current);
            yield return updates.Current;
        }
        await KeepAsync(request, options, read.ToChatResponse(), null);
    }

    /// <summary>Not cancelled with the call: an answer that was paid for is kept.</summary>
    private ValueTask KeepAsync(IReadOnlyList<ChatMessage> messages, ChatOptions? options, ChatResponse? response, ModelException? e)
    {
        var (key, text) = CanonicalRequest.Of(messages, options, redact);
        var json = response is null ? null
            : JsonSerializer.SerializeToNode(response, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)));
        return store.AppendAsync(
            new Recording(key, options.GetPromptName(), text, CanonicalRequest.Redacted(json, redact)?.ToJsonString(),
                e is null ? null : new RecordedError(e.Kind, e.Model, e.Host, e.Detail)),
            CancellationToken.None);
    }
}
