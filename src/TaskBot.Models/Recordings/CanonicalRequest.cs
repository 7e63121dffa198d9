using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using TaskBot.Models.Prompts;
using TaskBot.Models.Providers;

namespace TaskBot.Models.Recordings;

/// <summary>
/// A request as text that is the same for the same content: everything that a model sees or that changes its answer, and nothing else. Ids of
/// messages and times are left out, as they differ from run to run.
/// </summary>
internal static class CanonicalRequest
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static (string Key, string Text) Of(IEnumerable<ChatMessage> messages, ChatOptions? options, Func<string, string> redact)
    {
        var contents = AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IList<AIContent>));
        var request = new JsonObject
        {
            ["prompt"] = options.GetPromptName(),
            ["model"] = options?.ModelId,
            ["instructions"] = options?.Instructions,
            ["messages"] = new JsonArray([.. messages.Select(message => (JsonNode)new JsonObject
            {
                ["role"] = message.Role.Value,
                ["contents"] = JsonSerializer.SerializeToNode(message.Contents, contents),
            })]),
            ["temperature"] = options?.Temperature,
            ["top_p"] = options?.TopP,
            ["seed"] = options?.Seed,
            ["max_output_tokens"] = options?.MaxOutputTokens,
            ["reasoning"] = options?.Reasoning?.Effort?.ToString(),
            ["stop"] = new JsonArray([.. (options?.StopSequences ?? []).Select(stop => (JsonNode)stop)]),
            ["tools"] = new JsonArray([.. (options?.Tools ?? []).OfType<AIFunctionDeclaration>().Select(tool => (JsonNode)new JsonObject
            {
                ["name"] = tool.Name,
                ["description"] = tool.Description,
                ["schema"] = JsonNode.Parse(tool.JsonSchema.GetRawText()),
            })]),
            ["tool_mode"] = options?.ToolMode?.ToString(),
            ["schema"] = options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? JsonNode.Parse(schema.GetRawText()) : null,
        };
        if (options.FindVoice() is { } voice)
            request["voice"] = voice;
        var text = Redacted(request, redact)!.ToJsonString(Indented);
        return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), text);
    }

    /// <summary>The same JSON with every text redacted, whatever the escapes it would be written with.</summary>
    public static JsonNode? Redacted(JsonNode? node, Func<string, string> redact) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Redacted(pair.Value, redact)))),
        JsonArray list => new JsonArray([.. list.Select(item => Redacted(item, redact))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(redact(value.GetValue<string>())),
        var other => other?.DeepClone(),
    };
}
