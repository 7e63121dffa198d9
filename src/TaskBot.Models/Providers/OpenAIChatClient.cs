using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using TaskBot.Models.Errors;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace TaskBot.Models.Providers;

/// <summary>
/// One model on one OpenAI-compatible endpoint, through the official <c>OpenAI</c> package. It sends each request exactly once and waits
/// for ever: retries and timeouts are its callers'. Every failure is a <see cref="ModelException"/>.
/// </summary>
public sealed class OpenAIChatClient : IChatClient
{
    private readonly OpenAIEndpoint _endpoint;
    private readonly ChatClient _client;
    private readonly ChatClientMetadata _metadata;
    private readonly ProviderErrors _errors;

    public OpenAIChatClient(string model, OpenAIEndpoint endpoint, TimeProvider time)
    {
        _endpoint = endpoint;
        _errors = new ProviderErrors(model, endpoint.BaseUrl.Authority, time);
        _client = OpenAIConnection.Connect(endpoint, _errors).GetChatClient(model);
        _metadata = new ChatClientMetadata("openai", endpoint.BaseUrl, model);
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (request, settings) = OpenAIRequest.From(messages, options, _endpoint);
        try
        {
            var answer = (await _client.CompleteChatAsync(request, settings, cancellationToken)).Value;
            return OpenAIResponse.From(answer, _errors);
        }
        catch (Exception e) when (ProviderErrors.IsWorldFailing(e))
        {
            throw _errors.Translate(e, cancellationToken);
        }
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (request, settings) = OpenAIRequest.From(messages, options, _endpoint);
        var answer = new OpenAIStream(_errors);
        await using var updates = _client.CompleteChatStreamingAsync(request, settings, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            ChatResponseUpdate? update;
            try
            {
                if (!await updates.MoveNextAsync())
                    break;
                update = answer.Add(updates.Current);
            }
            catch (Exception e) when (ProviderErrors.IsWorldFailing(e))
            {
                throw _errors.Translate(e, cancellationToken);
            }
            yield return update;
        }
        yield return answer.Complete();
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // All clients share one pool of connections, so nothing is ours to release.
    }
}
