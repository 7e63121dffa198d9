using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Scripted;

/// <summary>
/// A model that plays a <see cref="ReplyScript"/>. It remembers nothing: the answer is a function of the request alone, so that a process
/// which was killed and started again gets the same answers, in whatever order it asks.
/// </summary>
public sealed class ScriptedChatClient(ReplyScript script, string model = "scripted") : IChatClient
{
    private const string Host = "scripted replies";
    private readonly ChatClientMetadata _metadata = new("scripted", providerUri: null, model);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Answer([.. messages], options));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // Nothing is held.
    }

    private ChatResponse Answer(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        var prompt = options.GetPromptName();
        var text = new StringBuilder(options?.Instructions);
        foreach (var message in messages)
            text.Append('\n').Append(TokenEstimate.TextOf(message));
        var request = text.ToString();
        var call = 1 + messages.Count(message => message.Role == ChatRole.Assistant);
        var rule = script.Replies.FirstOrDefault(reply => reply.Matches(prompt, request, call))
            ?? throw new ModelException(ModelErrorKind.NotScripted, model, Host,
                $"no rule of {script.File} matches call {call} of prompt '{prompt ?? "(none)"}'");
        if (rule.Error is { } kind)
            throw new ModelException(kind, model, Host, $"scripted failure ({script.File}:{rule.Line})")
            {
                Phase = kind == ModelErrorKind.Timeout ? TimeoutPhase.NoFirstToken : null,
            };
        IList<AIContent> contents = rule.ToolCalls.IsEmpty ? [new TextContent(rule.Reply)] : [.. rule.ToolCalls];
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents))
        {
            ModelId = model,
            FinishReason = rule.ToolCalls.IsEmpty ? ChatFinishReason.Stop : ChatFinishReason.ToolCalls,
            Usage = Usage(rule, messages, options),
        };
    }

    private static UsageDetails Usage(ScriptedReply rule, IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        var input = rule.Usage?.InputTokenCount ?? TokenEstimate.Likely(messages, options);
        var output = rule.Usage?.OutputTokenCount
            ?? (rule.ToolCalls.IsEmpty ? TokenEstimate.Likely(rule.Reply ?? "")
                : TokenEstimate.Likely(TokenEstimate.TextOf(new ChatMessage(ChatRole.Assistant, [.. rule.ToolCalls]))));
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = input + output,
            CachedInputTokenCount = rule.Usage?.CachedInputTokenCount,
            ReasoningTokenCount = rule.Usage?.ReasoningTokenCount,
        };
    }
}
