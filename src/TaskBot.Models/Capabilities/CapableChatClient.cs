using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Capabilities;

/// <summary>Does not ask a model what it is known not to be able to do, so that the next one of the chain is asked at once, and the reason is told.</summary>
internal sealed class CapableChatClient(IChatClient inner, ModelCapabilities capabilities, string model, string host, int maxOutputTokens) : DelegatingChatClient(inner)
{
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        Check(request, options);
        return base.GetResponseAsync(request, options, cancellationToken);
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        Check(request, options);
        return base.GetStreamingResponseAsync(request, options, cancellationToken);
    }

    private void Check(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        if (capabilities.Images == false && messages.Any(message => message.Contents.Any(content => content is DataContent or UriContent)))
            throw Cannot(ModelErrorKind.BadRequest, "it takes no images");
        if (capabilities.Tools == false && options?.Tools is { Count: > 0 })
            throw Cannot(ModelErrorKind.BadRequest, "it calls no tools");
        var output = Math.Min(options?.MaxOutputTokens ?? maxOutputTokens, maxOutputTokens);
        if (capabilities.ContextTokens is { } most && TokenEstimate.Likely(messages, options) + output is var wanted && wanted > most)
            throw Cannot(ModelErrorKind.ContextTooLong, FormattableString.Invariant(
                $"the request and its answer are about {wanted:N0} tokens, and its context is {most:N0}"));
    }

    private ModelException Cannot(ModelErrorKind kind, string why) => new(kind, model, host, $"not asked: {why}");
}
