using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskBot.Testing.Models;

/// <summary>
/// A real HTTP server on loopback that speaks OpenAI's chat completions protocol, streamed and not, and misbehaves on purpose. It answers with
/// <see cref="Enqueue">queued replies</see> in order, then by <see cref="Respond"/>, and with 500 when it has neither.
/// </summary>
public sealed class FakeOpenAIServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<FakeReply> _replies = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private readonly Channel<FakeRequest> _arrivals = Channel.CreateUnbounded<FakeRequest>();

    private FakeOpenAIServer(WebApplication app) => _app = app;

    /// <summary>Ends in <c>/v1</c>.</summary>
    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>Answers what the queue does not.</summary>
    public Func<FakeRequest, FakeReply>? Respond { get; set; }

    /// <summary>What <c>GET /v1/models</c> lists.</summary>
    public IList<string> Models { get; } = ["fake-model"];

    /// <summary>All chat requests so far.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    public static async Task<FakeOpenAIServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new FakeOpenAIServer(app);
        app.UseRouting();
        app.MapGet("/v1/models", context => WriteJsonAsync(context, 200, new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. server.Models.Select(id => new JsonObject { ["id"] = id, ["object"] = "model" })]),
        }));
        app.MapPost("/v1/chat/completions", server.CompleteAsync);
        await app.StartAsync();
        server.BaseUrl = new Uri($"{app.Urls.Single()}/v1");
        return server;
    }

    /// <summary>An address on which nothing listens.</summary>
    public static Uri NobodyThere()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return new Uri($"http://127.0.0.1:{port}/v1");
    }

    public FakeOpenAIServer Enqueue(params FakeReply[] replies)
    {
        foreach (var reply in replies)
            _replies.Enqueue(reply);
        return this;
    }

    /// <summary>Completes with the next chat request that was not yet waited for.</summary>
    public Task<FakeRequest> NextRequestAsync(CancellationToken cancellationToken) => _arrivals.Reader.ReadAsync(cancellationToken).AsTask();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CompleteAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var authorization = context.Request.Headers.Authorization.ToString();
        var request = new FakeRequest(authorization.Length == 0 ? null : authorization, body.RootElement.Clone());
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        var reply = _replies.TryDequeue(out var queued) ? queued
            : Respond?.Invoke(request) ?? new FakeReply.Status(500, "no_reply_queued");
        var answer = new Answer(context, request);
        await (reply switch
        {
            FakeReply.Text text => answer.WholeAsync(
                new JsonObject { ["role"] = "assistant", ["content"] = text.Content }, text.FinishReason, Usage(text)),
            FakeReply.ToolCall call => answer.WholeAsync(new JsonObject
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
            FakeReply.Refusal refusal => answer.WholeAsync(
                new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = refusal.Reason }, "stop", Usage(new FakeReply.Text(""))),
            FakeReply.Empty => answer.WholeAsync(
                new JsonObject { ["role"] = "assistant", ["content"] = "" }, "stop", Usage(new FakeReply.Text(""))),
            FakeReply.Status status => StatusAsync(context, status),
            FakeReply.Raw raw => answer.RawAsync(raw.Body),
            FakeReply.NoFirstToken => answer.HangAsync(),
            FakeReply.Stall stall => answer.BeginAsync(stall.Content, answer.HangAsync),
            FakeReply.Cut cut => answer.BeginAsync(cut.Content, answer.CutAsync),
            FakeReply.EndsEarly early => answer.BeginAsync(early.Content, () => Task.CompletedTask),
            _ => throw new InvalidOperationException($"{reply} is not known."),
        });
    }

    private static JsonObject? Usage(FakeReply.Text text) => !text.CountsTokens ? null : new JsonObject
    {
        ["prompt_tokens"] = text.InputTokens,
        ["completion_tokens"] = text.OutputTokens,
        ["total_tokens"] = text.InputTokens + text.OutputTokens,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = text.CachedTokens },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = text.ReasoningTokens },
    };

    private static Task StatusAsync(HttpContext context, FakeReply.Status status)
    {
        if (status.RetryAfter is not null)
            context.Response.Headers.RetryAfter = status.RetryAfter;
        return WriteJsonAsync(context, status.Number, new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = status.Message ?? "It failed.", ["type"] = "fake_error", ["code"] = status.Code },
        });
    }

    private static Task WriteJsonAsync(HttpContext context, int status, JsonNode json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Writes one answer in the form that its request asked for.</summary>
    private sealed class Answer(HttpContext context, FakeRequest request)
    {
        private const int PieceLength = 4096;

        public async Task WholeAsync(JsonObject message, string finishReason, JsonObject? usage)
        {
            if (!request.Streams)
            {
                await WriteJsonAsync(context, 200, Chunk("chat.completion", new JsonArray(new JsonObject
                {
                    ["index"] = 0,
                    ["message"] = message,
                    ["finish_reason"] = finishReason,
                }), usage));
                return;
            }
            var text = message["content"]?.GetValue<string>() ?? "";
            message.Remove("content");
            await EventAsync(Delta(message, null));
            for (var at = 0; at < text.Length; at += PieceLength)
                await EventAsync(Delta(new JsonObject { ["content"] = text.Substring(at, Math.Min(PieceLength, text.Length - at)) }, null));
            await EventAsync(Delta([], finishReason));
            if (usage is not null)
                await EventAsync(Chunk("chat.completion.chunk", [], usage));
            await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
        }

        public async Task BeginAsync(string text, Func<Task> then)
        {
            if (request.Streams)
            {
                await EventAsync(Delta(new JsonObject { ["role"] = "assistant" }, null));
                await EventAsync(Delta(new JsonObject { ["content"] = text }, null));
            }
            else
            {
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = 1 << 20;
                await context.Response.WriteAsync("{\"id\": \"cut\",", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
            await then();
        }

        public Task RawAsync(string body)
        {
            context.Response.ContentType = request.Streams ? "text/event-stream" : "application/json";
            return context.Response.WriteAsync(body, context.RequestAborted);
        }

        public async Task HangAsync()
        {
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        }

        public Task CutAsync()
        {
            context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
            return Task.CompletedTask;
        }

        private JsonObject Delta(JsonObject delta, string? finishReason) => Chunk("chat.completion.chunk",
            new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finishReason }), usage: null);

        private JsonObject Chunk(string kind, JsonArray choices, JsonObject? usage)
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

        private async Task EventAsync(JsonObject data)
        {
            if (!context.Response.HasStarted)
                context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync($"data: {data.ToJsonString()}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
