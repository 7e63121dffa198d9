using System.Runtime.CompilerServices;
using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Providers;

/// <summary>
/// One model on one endpoint that speaks Anthropic's protocol, through the official <c>Anthropic</c> package. It sends each request exactly once and
/// waits for ever: retries and timeouts are its callers'. Every failure is a <see cref="ModelException"/>. What stays the same from request to
/// request is marked for the server's prompt cache: tools and the system message, and in a conversation with tools or several turns its end. A temperature is not sent: current models take none.
/// </summary>
public sealed class AnthropicChatClient : IChatClient
{
    private readonly AnthropicEndpoint _endpoint;
    private readonly IChatClient _client;
    private readonly ChatClientMetadata _metadata;
    private readonly ProviderErrors _errors;

    public AnthropicChatClient(string model, AnthropicEndpoint endpoint, TimeProvider time)
    {
        _endpoint = endpoint;
        _errors = new ProviderErrors(model, endpoint.BaseUrl.Authority, time);
        _client = new AnthropicClient(new ClientOptions
        {
            BaseUrl = endpoint.BaseUrl.AbsoluteUri.TrimEnd('/'),
            // Given even where the server wants none, as the package would look for one elsewhere.
            ApiKey = endpoint.ApiKey ?? "none",
            AuthToken = null,
            MaxRetries = 0,
            // The package has no "for ever", and no call may take longer than a day.
            Timeout = TimeSpan.FromDays(1),
            HttpClient = FailureHandler.CreateClient(_errors, endpoint.OnResponse),
        }).AsIChatClient(model);
        _metadata = new ChatClientMetadata("anthropic", endpoint.BaseUrl, model);
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var response = await _client.GetResponseAsync(Prepare(messages, options), Prepare(options), cancellationToken);
            Check(response.Messages.SelectMany(message => message.Contents), response.FinishReason, response.Usage);
            return response;
        }
        catch (Exception e) when (ProviderErrors.IsWorldFailing(e))
        {
            throw _errors.Translate(e, cancellationToken);
        }
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var read = new List<AIContent>();
        ChatFinishReason? finish = null;
        UsageDetails? usage = null;
        await using var updates = _client.GetStreamingResponseAsync(Prepare(messages, options), Prepare(options), cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                    break;
            }
            catch (Exception e) when (ProviderErrors.IsWorldFailing(e))
            {
                throw _errors.Translate(e, cancellationToken);
            }
            read.AddRange(updates.Current.Contents);
            finish = updates.Current.FinishReason ?? finish;
            usage = updates.Current.Contents.OfType<UsageContent>().LastOrDefault()?.Details ?? usage;
            // The package's usage comes last, when the answer may still turn out to be none: it is passed on with the end.
            if (!updates.Current.Contents.Any(content => content is UsageContent))
                yield return updates.Current;
        }
        if (finish is null)
            throw _errors.CutOff(null);
        Check(read, finish, usage);
        if (usage is not null)
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = finish };
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

    private void Check(IEnumerable<AIContent> contents, ChatFinishReason? finish, UsageDetails? usage)
    {
        if (finish == ChatFinishReason.ContentFilter)
            throw _errors.Refused(usage);
        var answered = false;
        foreach (var content in contents)
        {
            if (content is FunctionCallContent { Exception: { } wrong } call)
                throw _errors.Malformed($"the arguments of its call to {call.Name} are not a JSON object", wrong, usage);
            answered |= content is FunctionCallContent or TextContent { Text.Length: > 0 };
        }
        if (!answered)
            throw _errors.Empty(finish == ChatFinishReason.Length, usage);
    }

    private List<ChatMessage> Prepare(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var prepared = messages.ToList();
        var schema = _endpoint.SupportsJsonSchema ? null : (options?.ResponseFormat as ChatResponseFormatJson)?.Schema;
        var system = prepared.FindLastIndex(message => message.Role == ChatRole.System);
        if (schema is { } wanted)
        {
            var told = new TextContent($"Answer with one JSON value that fits this JSON schema, and with nothing else:\n{wanted.GetRawText()}");
            prepared.Insert(++system, new ChatMessage(ChatRole.System, [told]));
        }
        if (system >= 0)
            prepared[system] = Cached(prepared[system]);
        if (options?.Tools is { Count: > 0 } || prepared.Exists(message => message.Role == ChatRole.Assistant))
            prepared[^1] = Cached(prepared[^1]);
        return prepared;
    }

    /// <summary>The same message, with everything up to its end marked as worth keeping. The caller's message is left as it is.</summary>
    private static ChatMessage Cached(ChatMessage message)
    {
        if (message.Contents is not [.., TextContent last])
            return message;
        var copy = message.Clone();
        copy.Contents = [.. message.Contents.SkipLast(1), new TextContent(last.Text).WithCacheControl(ttl: null)];
        return copy;
    }

    private ChatOptions? Prepare(ChatOptions? options)
    {
        if (options?.ResponseFormat is not ChatResponseFormatJson { Schema: not null } || _endpoint.SupportsJsonSchema)
            return options;
        var prepared = options.Clone();
        prepared.ResponseFormat = null;
        return prepared;
    }
}
