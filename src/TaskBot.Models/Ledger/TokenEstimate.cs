using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace TaskBot.Models.Ledger;

/// <summary>
/// Tokens without a tokenizer. <see cref="Likely(string)"/> is for reports; <see cref="Ceiling"/> is for reservations, where too little
/// would let a budget be passed.
/// </summary>
public static class TokenEstimate
{
    /// <summary>Role, separators and the like that a chat template may add to one message.</summary>
    private const int TemplateTokens = 16;

    /// <summary>UTF-8 bytes divided by three, rounded up.</summary>
    public static long Likely(string text) => (Encoding.UTF8.GetByteCount(text) + 2) / 3;

    /// <summary>The sum over a request's messages and instructions.</summary>
    public static long Likely(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        messages.Sum(message => Likely(TextOf(message))) + Likely(options?.Instructions ?? "");

    /// <summary>
    /// A number that the input tokens do not exceed: byte-level tokenizers never make more tokens than bytes, and templates and images
    /// are counted on top.
    /// </summary>
    /// <param name="messages"></param>
    /// <param name="options"></param>
    /// <param name="imageTokens">The most that one image costs with this model.</param>
    public static long Ceiling(IEnumerable<ChatMessage> messages, ChatOptions? options, long imageTokens)
    {
        var tokens = (long)TemplateTokens + Bytes(options?.Instructions);
        foreach (var message in messages)
        {
            tokens += TemplateTokens + Bytes(TextOf(message));
            tokens += imageTokens * message.Contents.Count(content => content is DataContent or UriContent);
        }
        foreach (var tool in (options?.Tools ?? []).OfType<AIFunctionDeclaration>())
            tokens += TemplateTokens + Bytes(tool.Name) + Bytes(tool.Description) + Bytes(tool.JsonSchema.GetRawText());
        if (options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema })
            tokens += TemplateTokens + Bytes(schema.GetRawText());
        return tokens;
    }

    /// <summary>Everything of a message that a model reads as text: its text, the tools it calls and their results.</summary>
    internal static string TextOf(ChatMessage message)
    {
        if (message.Contents is [TextContent only])
            return only.Text;
        var text = new StringBuilder();
        foreach (var content in message.Contents)
            text.Append(content switch
            {
                TextContent plain => plain.Text,
                FunctionCallContent call => $"{call.CallId} {call.Name} {Json(call.Arguments)}",
                FunctionResultContent result => $"{result.CallId} {(result.Result as string ?? Json(result.Result))}",
                _ => "",
            });
        return text.ToString();
    }

    private static string Json(object? value) =>
        value is null ? "" : JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));

    private static long Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
