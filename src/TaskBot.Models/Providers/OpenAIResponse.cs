using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using WireFinishReason = OpenAI.Chat.ChatFinishReason;

namespace TaskBot.Models.Providers;

/// <summary>Translates an answer from the OpenAI package's words to <c>Microsoft.Extensions.AI</c>'s.</summary>
internal static class OpenAIResponse
{
    public static ChatResponse From(ChatCompletion answer, ProviderErrors errors)
    {
        var usage = answer.Usage is null ? null : Usage(answer.Usage);
        if (!string.IsNullOrEmpty(answer.Refusal) || answer.FinishReason == WireFinishReason.ContentFilter)
            throw errors.Refused(usage);
        var contents = new List<AIContent>();
        foreach (var part in answer.Content)
            if (part.Kind == ChatMessageContentPartKind.Text && part.Text.Length > 0)
                contents.Add(new TextContent(part.Text));
        foreach (var call in answer.ToolCalls)
            contents.Add(Call(call.Id, call.FunctionName, call.FunctionArguments.ToString(), errors, usage));
        if (contents.Count == 0)
            throw errors.Empty(answer.FinishReason == WireFinishReason.Length, usage);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents))
        {
            ResponseId = answer.Id,
            ModelId = answer.Model,
            FinishReason = Finish(answer.FinishReason),
            Usage = usage,
        };
    }

    public static UsageDetails Usage(ChatTokenUsage usage) => new()
    {
        InputTokenCount = usage.InputTokenCount,
        OutputTokenCount = usage.OutputTokenCount,
        TotalTokenCount = usage.TotalTokenCount,
        CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
        ReasoningTokenCount = usage.OutputTokenDetails?.ReasoningTokenCount,
    };

    public static ChatFinishReason Finish(WireFinishReason reason) => reason switch
    {
        WireFinishReason.Length => ChatFinishReason.Length,
        WireFinishReason.ToolCalls or WireFinishReason.FunctionCall => ChatFinishReason.ToolCalls,
        WireFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        _ => ChatFinishReason.Stop,
    };

    public static FunctionCallContent Call(string id, string name, string arguments, ProviderErrors errors, UsageDetails? usage)
    {
        try
        {
            var parsed = JsonSerializer.Deserialize(
                arguments.Length == 0 ? "{}" : arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
            return new FunctionCallContent(id, name, (IDictionary<string, object?>?)parsed);
        }
        catch (JsonException e)
        {
            throw errors.Malformed($"the arguments of its call to {name} are not a JSON object", e, usage);
        }
    }
}
