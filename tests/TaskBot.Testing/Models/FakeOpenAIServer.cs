using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace TaskBot.Testing.Models;

/// <summary>
/// Speaks OpenAI's protocol: chat completions, and images, speech and embeddings, where the content of a <see cref="FakeReply.Text"/> is the file, and a text's vector counts some of
/// its letters.
/// </summary>
public sealed class FakeOpenAIServer : FakeModelServer
{
    private FakeOpenAIServer()
    {
    }

    protected override string ChatPath => "/v1/chat/completions";

    protected override string BasePath => "/v1";

    private const string ImagesPath = "/v1/images/generations";
    private const string SpeechPath = "/v1/audio/speech";
    private const string EmbeddingsPath = "/v1/embeddings";

    protected override IEnumerable<string> OtherPaths => [ImagesPath, SpeechPath, EmbeddingsPath];

    public static async Task<FakeOpenAIServer> StartAsync()
    {
        var server = new FakeOpenAIServer();
        await server.StartAsync(port: 0);
        return server;
    }

    protected override JsonObject ListModels() => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. Models.Select(id => new JsonObject { ["id"] = id, ["object"] = "model" })]),
    };

    protected override string? KeyOf(HttpRequest request) => request.Headers.Authorization.ToString() is { Length: > 0 } value ? value : null;

    protected override string? FaultOf(HttpRequest request, JsonElement body) =>
        !body.TryGetProperty("model", out _) ? "you must provide a model parameter"
        : request.Path == ImagesPath ? (body.TryGetProperty("prompt", out _) ? null : "you must provide a prompt")
        : request.Path == SpeechPath ? (body.TryGetProperty("input", out _) && body.TryGetProperty("voice", out _) ? null : "you must provide input and voice")
        : request.Path == EmbeddingsPath ? (body.TryGetProperty("input", out var input) && input.EnumerateArray().All(text => text.GetString() is { Length: > 0 }) ? null : "input is invalid")
        : !body.TryGetProperty("messages", out var messages) || messages.GetArrayLength() == 0 ? "messages must not be empty" : null;

    protected override JsonObject ErrorBody(int status, string? code, string message) =>
        new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = "fake_error", ["code"] = code } };

    protected override Task AnswerAsync(HttpContext context, FakeRequest request, FakeReply reply) => context.Request.Path.Value switch
    {
        ImagesPath => WriteJsonAsync(context, 200, Image((FakeReply.Text)reply)),
        SpeechPath => SpeakAsync(context, ((FakeReply.Text)reply).Content),
        EmbeddingsPath => WriteJsonAsync(context, 200, Embeddings(request)),
        _ => ChatAsync(context, request, reply),
    };

    private static JsonObject Image(FakeReply.Text picture)
    {
        var answer = new JsonObject
        {
            ["created"] = 1_700_000_000,
            ["data"] = new JsonArray(new JsonObject { ["b64_json"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(picture.Content)) }),
        };
        if (picture.CountsTokens)
            answer["usage"] = new JsonObject
            {
                ["input_tokens"] = picture.InputTokens,
                ["output_tokens"] = picture.OutputTokens,
                ["total_tokens"] = picture.InputTokens + picture.OutputTokens,
                ["input_tokens_details"] = new JsonObject { ["text_tokens"] = picture.InputTokens, ["image_tokens"] = 0 },
            };
        return answer;
    }

    private static Task SpeakAsync(HttpContext context, string sound)
    {
        context.Response.ContentType = "audio/mpeg";
        return context.Response.WriteAsync(sound, context.RequestAborted);
    }

    private static JsonObject Embeddings(FakeRequest request)
    {
        var texts = request.Body.GetProperty("input").EnumerateArray().Select(text => text.GetString()!).ToList();
        return new JsonObject
        {
            ["object"] = "list",
            ["model"] = request.Model,
            ["data"] = new JsonArray([.. texts.Select((text, at) => new JsonObject { ["object"] = "embedding", ["index"] = at, ["embedding"] = Convert.ToBase64String(Vector(text)) })]),
            ["usage"] = new JsonObject { ["prompt_tokens"] = texts.Count * 10, ["total_tokens"] = texts.Count * 10 },
        };
    }

    /// <summary>As the package asks for it: 32-bit floats in base64.</summary>
    private static byte[] Vector(string text) =>
        MemoryMarshal.AsBytes<float>("aeiouz".Select(letter => (float)text.Count(character => char.ToLowerInvariant(character) == letter)).ToArray()).ToArray();

    private static async Task ChatAsync(HttpContext context, FakeRequest request, FakeReply reply)
    {
        var (message, finish, usage) = reply switch
        {
            FakeReply.Text text => (new JsonObject { ["role"] = "assistant", ["content"] = text.Content }, text.FinishReason, Usage(text)),
            FakeReply.ToolCall call => (new JsonObject
            {
                ["role"] = "assistant",
                ["tool_calls"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0,
                    ["id"] = "call_1",
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
                }),
            }, "tool_calls", Usage(new FakeReply.Text(""))),
            FakeReply.Refusal refusal => (
                new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = refusal.Reason }, "stop", Usage(new FakeReply.Text(""))),
            FakeReply.Empty => (new JsonObject { ["role"] = "assistant", ["content"] = "" }, "stop", Usage(new FakeReply.Text(""))),
            _ => throw new InvalidOperationException($"{reply} is not known."),
        };
        if (!request.Streams)
        {
            await WriteJsonAsync(context, 200, Chunk(request, "chat.completion", new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = message,
                ["finish_reason"] = finish,
            }), usage));
            return;
        }
        var content = message["content"]?.GetValue<string>() ?? "";
        message.Remove("content");
        await EventAsync(context, null, Delta(request, message, null));
        foreach (var piece in Pieces(content))
            await EventAsync(context, null, Delta(request, new JsonObject { ["content"] = piece }, null));
        await EventAsync(context, null, Delta(request, [], finish));
        if (usage is not null)
            await EventAsync(context, null, Chunk(request, "chat.completion.chunk", [], usage));
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    protected override async Task BeginAsync(HttpContext context, FakeRequest request, string content)
    {
        await EventAsync(context, null, Delta(request, new JsonObject { ["role"] = "assistant" }, null));
        await EventAsync(context, null, Delta(request, new JsonObject { ["content"] = content }, null));
    }

    private static JsonObject? Usage(FakeReply.Text text) => !text.CountsTokens ? null : new JsonObject
    {
        ["prompt_tokens"] = text.InputTokens,
        ["completion_tokens"] = text.OutputTokens,
        ["total_tokens"] = text.InputTokens + text.OutputTokens,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = text.CachedTokens },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = text.ReasoningTokens },
    };

    private static JsonObject Delta(FakeRequest request, JsonObject delta, string? finishReason) => Chunk(request, "chat.completion.chunk",
        new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finishReason }), usage: null);

    private static JsonObject Chunk(FakeRequest request, string kind, JsonArray choices, JsonObject? usage)
    {
        var chunk = new JsonObject
        {
            ["id"] = "chatcmpl-fake",
            ["object"] = kind,
            ["created"] = 1_700_000_000,
            ["model"] = request.Model,
            ["choices"] = choices,
        };
        if (usage is not null)
            chunk["usage"] = usage;
        return chunk;
    }
}
