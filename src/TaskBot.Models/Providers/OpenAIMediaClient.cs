using Microsoft.Extensions.AI;
using OpenAI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Providers;

/// <summary>
/// A model that answers with something else than text, asked like any other, so that prices, limits, retries, fallback, recordings and replay are those of all models. The
/// answer is <see cref="DataContent"/>. Every failure is a <see cref="ModelException"/>.
/// </summary>
public abstract class OpenAIMediaClient : IChatClient
{
    private readonly ChatClientMetadata _metadata;

    private protected OpenAIMediaClient(string model, OpenAIEndpoint endpoint, TimeProvider time)
    {
        Errors = new ProviderErrors(model, endpoint.BaseUrl.Authority, time);
        (Model, Connection) = (model, OpenAIConnection.Connect(endpoint, Errors));
        _metadata = new ChatClientMetadata("openai", endpoint.BaseUrl, model);
    }

    private protected string Model { get; }

    private protected OpenAIClient Connection { get; }

    internal ProviderErrors Errors { get; }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await AskAsync([.. messages.Select(message => message.Text)], options, cancellationToken);
        }
        catch (Exception e) when (ProviderErrors.IsWorldFailing(e))
        {
            throw Errors.Translate(e, cancellationToken);
        }
    }

    /// <summary>There is nothing to stream: the whole answer comes as one piece.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>All clients share one pool of connections, so nothing is ours to release.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    private protected abstract Task<ChatResponse> AskAsync(IReadOnlyList<string> texts, ChatOptions? options, CancellationToken cancellationToken);

    private protected ChatResponse Answer(ReadOnlyMemory<byte> bytes, string mediaType, UsageDetails? usage) =>
        bytes.IsEmpty ? throw Errors.Empty(outOfTokens: false, usage)
        : new(new ChatMessage(ChatRole.Assistant, [new DataContent(bytes, mediaType)])) { FinishReason = ChatFinishReason.Stop, Usage = usage };
}
