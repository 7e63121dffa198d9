using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Structured;

/// <summary>Gets answers that are data: asked for with a JSON schema, validated against it, and repaired at most once.</summary>
public static partial class StructuredOutput
{
    /// <summary>
    /// Sends the messages with the schema as the response format. An answer that does not fit is sent back once, with every validator error.
    /// </summary>
    /// <param name="client">Any chat client.</param>
    /// <param name="messages">The request.</param>
    /// <param name="type">How the answer is read, after it was validated.</param>
    /// <param name="schema">A schema of the keywords that <see cref="JsonSchema"/> knows.</param>
    /// <param name="options">Further options, or null.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <exception cref="ModelException"><see cref="ModelErrorKind.Malformed"/>: the second answer did not fit either; or any other failure.</exception>
    /// <exception cref="ArgumentException">The schema itself is wrong.</exception>
    public static async Task<StructuredAnswer<T>> GetAsync<T>(
        IChatClient client, IEnumerable<ChatMessage> messages, JsonTypeInfo<T> type, JsonElement schema, ChatOptions? options,
        CancellationToken cancellationToken)
    {
        if (JsonSchema.Check(schema) is { IsEmpty: false } wrong)
            throw new ArgumentException($"The schema cannot be used: {string.Join("; ", wrong)}", nameof(schema));
        var asked = options?.Clone() ?? new ChatOptions();
        asked.ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, SchemaName<T>());
        var conversation = messages.ToList();
        var usage = new UsageDetails();

        var first = await AskAsync();
        if (Read(first, type, schema, out var problems) is { } value)
            return new StructuredAnswer<T>(value, usage, Repaired: false);
        conversation.Add(new ChatMessage(ChatRole.Assistant, first.Text));
        conversation.Add(new ChatMessage(ChatRole.User,
            $"That answer does not fit the schema:\n{string.Join('\n', problems.Select(problem => $"- {problem}"))}\n"
            + "Answer again with the whole corrected JSON value and nothing else."));
        if (Read(await AskAsync(), type, schema, out problems) is { } repaired)
            return new StructuredAnswer<T>(repaired, usage, Repaired: true);
        var metadata = client.GetService<ChatClientMetadata>();
        throw new ModelException(ModelErrorKind.Malformed, metadata?.DefaultModelId ?? "the model",
            metadata?.ProviderUri?.Authority ?? metadata?.ProviderName ?? "an unknown endpoint",
            $"its answer does not fit the schema, even after it was shown why: {string.Join("; ", problems)}")
        {
            Usage = usage,
        };

        async Task<ChatResponse> AskAsync()
        {
            var response = await client.GetResponseAsync(conversation, asked, cancellationToken);
            if (response.Usage is { } counted)
                usage.Add(counted);
            return response;
        }
    }

    /// <summary>The JSON value in a text: the whole text, else the first fenced block, else from the first brace or bracket to its partner.</summary>
    internal static JsonElement? Extract(string text)
    {
        if (Parse(text) is { } whole)
            return whole;
        if (Fence().Match(text) is { Success: true } fence && Parse(fence.Groups["body"].Value) is { } fenced)
            return fenced;
        var start = text.AsSpan().IndexOfAny('{', '[');
        return start < 0 ? null : ParsePrefix(text[start..]);
    }

    private static T? Read<T>(ChatResponse response, JsonTypeInfo<T> type, JsonElement schema, out ImmutableArray<string> problems)
    {
        if (Extract(response.Text) is not { } json)
        {
            problems = [response.FinishReason == ChatFinishReason.Length ? "the answer was cut off; it must be shorter" : "the answer holds no JSON value"];
            return default;
        }
        problems = JsonSchema.Validate(schema, json);
        if (!problems.IsEmpty)
            return default;
        try
        {
            var value = json.Deserialize(type);
            if (value is null)
                problems = ["the value must not be null"];
            return value;
        }
        catch (JsonException e)
        {
            problems = [$"{e.Path}: {e.Message}"];
            return default;
        }
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var lenient = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return Plain(lenient.RootElement);
        }
        catch (JsonException)
        {
            return null; // Not JSON is an answer that Extract expects.
        }
    }

    private static JsonElement? ParsePrefix(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text),
                new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return JsonElement.TryParseValue(ref reader, out var value) ? Plain(value.Value) : null;
        }
        catch (JsonException)
        {
            return null; // As above.
        }
    }

    /// <summary>The same value without comments and trailing commas, which an element keeps and its deserializer rejects.</summary>
    private static JsonElement Plain(JsonElement value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
            value.WriteTo(writer);
        using var document = JsonDocument.Parse(bytes.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static string SchemaName<T>() => NotInNames().Replace(typeof(T).Name, "_");

    [GeneratedRegex("""^```[ \t]*[A-Za-z0-9]*[ \t]*\r?\n(?<body>.*?)^```""", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("[^A-Za-z0-9_-]", RegexOptions.None, 1000)]
    private static partial Regex NotInNames();
}
