using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace TaskBot.Testing.Models;

/// <summary>Speaks Anthropic's Messages protocol, and refuses requests that its description does not allow.</summary>
public sealed class FakeAnthropicServer : FakeModelServer
{
    private static readonly string[] KnownFields =
    [
        "model", "max_tokens", "messages", "system", "stream", "temperature", "top_p", "top_k", "stop_sequences", "tools", "tool_choice", "thinking",
        "metadata", "output_config", "output_format", "service_tier", "container", "cache_control",
    ];

    private FakeAnthropicServer()
    {
    }

    protected override string ChatPath => "/v1/messages";

    protected override string BasePath => "";

    public static async Task<FakeAnthropicServer> StartAsync()
    {
        var server = new FakeAnthropicServer();
        await server.StartAsync(port: 0);
        return server;
    }

    protected override JsonObject ListModels() => new()
    {
        ["data"] = new JsonArray([.. Models.Select(id => new JsonObject { ["type"] = "model", ["id"] = id, ["display_name"] = id, ["created_at"] = "2025-01-01T00:00:00Z" })]),
        ["has_more"] = false,
    };

    protected override string? KeyOf(HttpRequest request) =>
        request.Headers["x-api-key"].ToString() is { Length: > 0 } key ? key : request.Headers.Authorization.ToString() is { Length: > 0 } token ? token : null;

    protected override string? FaultOf(HttpRequest request, JsonElement body)
    {
        if (!DateOnly.TryParseExact(request.Headers["anthropic-version"], "yyyy-MM-dd", out _)) return "anthropic-version: header is required";
        if (body.EnumerateObject().Select(field => field.Name).Except(KnownFields).FirstOrDefault() is { } unknown) return $"{unknown}: Extra inputs are not permitted";
        if (!body.TryGetProperty("max_tokens", out var most) || most.GetInt32() < 1) return "max_tokens: Field required";
        if (!body.TryGetProperty("messages", out var messages) || messages.GetArrayLength() == 0) return "messages: at least one message is required";
        if (messages[0].GetProperty("role").GetString() != "user") return "messages: first message must use the user role";
        var breakpoints = body.GetRawText().Split("\"cache_control\"").Length - 1;
        return breakpoints > 4 ? $"A maximum of 4 blocks with cache_control may be provided. Found {breakpoints}." : null;
    }

    protected override JsonObject ErrorBody(int status, string? code, string message) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["type"] = code ?? Code(status), ["message"] = message },
        ["request_id"] = "req_fake",
    };

    protected override async Task AnswerAsync(HttpContext context, FakeRequest request, FakeReply reply)
    {
        var (blocks, stop) = reply switch
        {
            FakeReply.Text text => (
                [
                    .. text.Thinking is null ? [] : new[] { new JsonObject { ["type"] = "thinking", ["thinking"] = text.Thinking, ["signature"] = "c2ln" } },
                    .. text.Content.Length == 0 ? [] : new[] { new JsonObject { ["type"] = "text", ["text"] = text.Content } },
                ],
                text.FinishReason switch { "length" => "max_tokens", "content_filter" => "refusal", "stop" => "end_turn", var other => other }),
            FakeReply.ToolCall call => ([new JsonObject { ["type"] = "tool_use", ["id"] = "toolu_1", ["name"] = call.Name, ["input"] = call.Arguments }], "tool_use"),
            FakeReply.Refusal => (Array.Empty<JsonObject>(), "refusal"),
            FakeReply.Empty => ([], "end_turn"),
            _ => throw new InvalidOperationException($"{reply} is not known."),
        };
        var usage = Usage(reply as FakeReply.Text ?? new FakeReply.Text(""));
        if (!request.Streams)
        {
            foreach (var block in blocks.Where(block => block.ContainsKey("input")))
                block["input"] = TryParse(block["input"]!.GetValue<string>());
            var message = Message(request, usage);
            message["content"] = new JsonArray([.. blocks]);
            message["stop_reason"] = stop;
            await WriteJsonAsync(context, 200, message);
            return;
        }
        var output = usage["output_tokens"]!.GetValue<int>();
        usage["output_tokens"] = 1;
        await StartMessageAsync(context, request, usage);
        for (var index = 0; index < blocks.Length; index++)
            await StreamAsync(context, index, blocks[index]);
        await EventAsync(context, "message_delta", new JsonObject
        {
            ["type"] = "message_delta",
            ["delta"] = new JsonObject { ["stop_reason"] = stop, ["stop_sequence"] = null },
            ["usage"] = new JsonObject { ["output_tokens"] = output },
        });
        await EventAsync(context, "message_stop", new JsonObject { ["type"] = "message_stop" });
    }

    protected override async Task BeginAsync(HttpContext context, FakeRequest request, string content)
    {
        await StartMessageAsync(context, request, Usage(new FakeReply.Text("")));
        await EventAsync(context, "content_block_start", Block("content_block_start", 0, "content_block", new JsonObject { ["type"] = "text", ["text"] = "" }));
        await EventAsync(context, "content_block_delta", Block("content_block_delta", 0, "delta", new JsonObject { ["type"] = "text_delta", ["text"] = content }));
    }

    private static async Task StartMessageAsync(HttpContext context, FakeRequest request, JsonObject usage)
    {
        await EventAsync(context, "message_start", new JsonObject { ["type"] = "message_start", ["message"] = Message(request, usage) });
        await EventAsync(context, "ping", new JsonObject { ["type"] = "ping" });
    }

    private static async Task StreamAsync(HttpContext context, int index, JsonObject block)
    {
        var (start, deltas) = block["type"]!.GetValue<string>() switch
        {
            "text" => (
                new JsonObject { ["type"] = "text", ["text"] = "" },
                Pieces(block["text"]!.GetValue<string>()).Select(piece => new JsonObject { ["type"] = "text_delta", ["text"] = piece })),
            "thinking" => (
                new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" },
                new JsonObject[]
                {
                    new() { ["type"] = "thinking_delta", ["thinking"] = block["thinking"]!.GetValue<string>() },
                    new() { ["type"] = "signature_delta", ["signature"] = "c2ln" },
                }),
            _ => (
                new JsonObject { ["type"] = "tool_use", ["id"] = block["id"]!.GetValue<string>(), ["name"] = block["name"]!.GetValue<string>(), ["input"] = new JsonObject() },
                block["input"]!.GetValue<string>().Chunk(7).Select(piece => new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = new string(piece) })),
        };
        await EventAsync(context, "content_block_start", Block("content_block_start", index, "content_block", start));
        foreach (var delta in deltas)
            await EventAsync(context, "content_block_delta", Block("content_block_delta", index, "delta", delta));
        await EventAsync(context, "content_block_stop", new JsonObject { ["type"] = "content_block_stop", ["index"] = index });
    }

    private static JsonObject Block(string type, int index, string name, JsonObject value) => new() { ["type"] = type, ["index"] = index, [name] = value };

    private static JsonObject Message(FakeRequest request, JsonObject usage) => new()
    {
        ["id"] = "msg_fake",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = request.Model,
        ["content"] = new JsonArray(),
        ["stop_reason"] = null,
        ["stop_sequence"] = null,
        ["usage"] = usage,
    };

    /// <summary>Unlike OpenAI's, the protocol counts tokens that were read from its cache, or written to it, beside the input tokens.</summary>
    private static JsonObject Usage(FakeReply.Text text) => new()
    {
        ["input_tokens"] = text.InputTokens - text.CachedTokens - text.CacheWriteTokens,
        ["cache_creation_input_tokens"] = text.CacheWriteTokens,
        ["cache_read_input_tokens"] = text.CachedTokens,
        ["output_tokens"] = text.OutputTokens,
    };

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text; // A model's broken arguments are a text where an object should be.
        }
    }

    private static string Code(int status) => status switch
    {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
}
