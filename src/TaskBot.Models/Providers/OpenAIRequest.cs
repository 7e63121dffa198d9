using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using TaskBot.Models.Structured;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatResponseFormat = Microsoft.Extensions.AI.ChatResponseFormat;
using WireMessage = OpenAI.Chat.ChatMessage;

namespace TaskBot.Models.Providers;

/// <summary>Translates a request from <c>Microsoft.Extensions.AI</c>'s words to the OpenAI package's.</summary>
internal static class OpenAIRequest
{
    public static (IReadOnlyList<WireMessage> Messages, ChatCompletionOptions Options) From(
        IEnumerable<ChatMessage> messages, ChatOptions? options, OpenAIEndpoint endpoint)
    {
        var wire = new List<WireMessage>();
        if (!string.IsNullOrEmpty(options?.Instructions))
            wire.Add(new SystemChatMessage(options.Instructions));
        foreach (var message in messages)
            wire.AddRange(Translate(message));
        if (!endpoint.SupportsJsonSchema && options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema })
            wire.Add(new SystemChatMessage($"Answer with one JSON value that fits this JSON schema, and with nothing else:\n{schema.GetRawText()}"));
        return (wire, Translate(options, endpoint));
    }

    private static IEnumerable<WireMessage> Translate(ChatMessage message)
    {
        if (message.Role == ChatRole.System)
            return [new SystemChatMessage(message.Text)];
        if (message.Role == ChatRole.Assistant)
            return [Assistant(message)];
        if (message.Role == ChatRole.Tool)
            return message.Contents.OfType<FunctionResultContent>().Select(result => new ToolChatMessage(result.CallId, Text(result)));
        return [new UserChatMessage(message.Contents.Select(Part))];
    }

    private static AssistantChatMessage Assistant(ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>()
            .Select(call => ChatToolCall.CreateFunctionToolCall(call.CallId, call.Name, BinaryData.FromString(
                JsonSerializer.Serialize(call.Arguments ?? new Dictionary<string, object?>(), ArgumentsType))))
            .ToList();
        if (calls.Count == 0)
            return new AssistantChatMessage(message.Text);
        var assistant = new AssistantChatMessage(calls);
        if (message.Text.Length > 0)
            assistant.Content.Add(ChatMessageContentPart.CreateTextPart(message.Text));
        return assistant;
    }

    private static ChatMessageContentPart Part(AIContent content) => content switch
    {
        TextContent text => ChatMessageContentPart.CreateTextPart(text.Text),
        DataContent data when data.HasTopLevelMediaType("image") =>
            ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(data.Data), data.MediaType),
        UriContent uri when uri.HasTopLevelMediaType("image") => ChatMessageContentPart.CreateImagePart(uri.Uri),
        _ => throw new NotSupportedException($"{content.GetType().Name} cannot be sent to an OpenAI endpoint in a user message."),
    };

    private static string Text(FunctionResultContent result) => result.Result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        JsonElement json => json.GetRawText(),
        var other => JsonSerializer.Serialize(other, AIJsonUtilities.DefaultOptions.GetTypeInfo(other.GetType())),
    };

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo ArgumentsType =>
        AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>));

    private static ChatCompletionOptions Translate(ChatOptions? options, OpenAIEndpoint endpoint)
    {
        var wire = new ChatCompletionOptions();
        if (options is null)
            return wire;
        wire.Temperature = options.Temperature;
        wire.TopP = options.TopP;
        wire.FrequencyPenalty = options.FrequencyPenalty;
        wire.PresencePenalty = options.PresencePenalty;
        foreach (var stop in options.StopSequences ?? [])
            wire.StopSequences.Add(stop);
        if (endpoint.OutputLimitField == OutputLimitField.MaxCompletionTokens)
            wire.MaxOutputTokenCount = options.MaxOutputTokens;
#pragma warning disable SCME0001, OPENAI001 // The package marks its JSON patches, seed and reasoning effort as new; their wire form is stable.
        else if (options.MaxOutputTokens is { } limit)
            wire.Patch.Set("$.max_tokens"u8, limit);
        wire.Seed = options.Seed;
        wire.ReasoningEffortLevel = options.Reasoning?.Effort switch
        {
            ReasoningEffort.None => new ChatReasoningEffortLevel("none"),
            ReasoningEffort.Low => ChatReasoningEffortLevel.Low,
            ReasoningEffort.Medium => ChatReasoningEffortLevel.Medium,
            ReasoningEffort.High => ChatReasoningEffortLevel.High,
            ReasoningEffort.ExtraHigh => new ChatReasoningEffortLevel("xhigh"),
            _ => (ChatReasoningEffortLevel?)null, // Without the type, null becomes a text and the text a level.
        };
#pragma warning restore SCME0001, OPENAI001
        wire.ResponseFormat = Format(options.ResponseFormat, endpoint);
        foreach (var tool in (options.Tools ?? []).OfType<AIFunctionDeclaration>())
            wire.Tools.Add(ChatTool.CreateFunctionTool(tool.Name, tool.Description, BinaryData.FromString(tool.JsonSchema.GetRawText())));
        if (wire.Tools.Count > 0)
        {
            wire.AllowParallelToolCalls = options.AllowMultipleToolCalls;
            wire.ToolChoice = options.ToolMode switch
            {
                NoneChatToolMode => ChatToolChoice.CreateNoneChoice(),
                RequiredChatToolMode { RequiredFunctionName: { } name } => ChatToolChoice.CreateFunctionChoice(name),
                RequiredChatToolMode => ChatToolChoice.CreateRequiredChoice(),
                _ => null,
            };
        }
        return wire;
    }

    private static OpenAI.Chat.ChatResponseFormat? Format(ChatResponseFormat? format, OpenAIEndpoint endpoint) => format switch
    {
        ChatResponseFormatJson { Schema: { } schema } json when endpoint.SupportsJsonSchema =>
            OpenAI.Chat.ChatResponseFormat.CreateJsonSchemaFormat(
                json.SchemaName ?? "answer", BinaryData.FromString(schema.GetRawText()), json.SchemaDescription, JsonSchema.IsStrict(schema)),
        ChatResponseFormatJson when endpoint.SupportsJsonSchema => OpenAI.Chat.ChatResponseFormat.CreateJsonObjectFormat(),
        _ => null,
    };
}
