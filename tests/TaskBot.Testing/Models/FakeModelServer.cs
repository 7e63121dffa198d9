using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
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
/// A real HTTP server on loopback that speaks a vendor's protocol, streamed and not, and misbehaves on purpose. It answers with
/// <see cref="Enqueue">queued replies</see> in order, then by <see cref="Respond"/>, and with 500 when it has neither.
/// </summary>
public abstract class FakeModelServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<FakeReply> _replies = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private readonly Channel<FakeRequest> _arrivals = Channel.CreateUnbounded<FakeRequest>();
    private readonly Channel<FakeRequest> _aborts = Channel.CreateUnbounded<FakeRequest>();
    private WebApplication _app = null!;

    /// <summary>Bound to a port and listening to nothing, for as long as the process lives: nobody else can be given the port meanwhile.</summary>
    private static readonly Lazy<Socket> Deaf = new(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    });

    /// <summary>What a client of this protocol is given as its base address.</summary>
    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>Answers what the queue does not.</summary>
    public Func<FakeRequest, FakeReply>? Respond { get; set; }

    /// <summary>What the list of models holds.</summary>
    public IList<string> Models { get; } = ["fake-model"];

    /// <summary>All chat requests so far.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>An address on which nothing listens.</summary>
    public static Uri NobodyThere() => new($"http://127.0.0.1:{((IPEndPoint)Deaf.Value.LocalEndPoint!).Port}/v1");

    public FakeModelServer Enqueue(params FakeReply[] replies)
    {
        foreach (var reply in replies)
            _replies.Enqueue(reply);
        return this;
    }

    /// <summary>Completes with the next chat request that was not yet waited for.</summary>
    public Task<FakeRequest> NextRequestAsync(CancellationToken cancellationToken) => _arrivals.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience.Longest, cancellationToken);

    /// <summary>Completes with the next request that its client gave up and that was not yet waited for.</summary>
    public Task<FakeRequest> NextAbortAsync(CancellationToken cancellationToken) => _aborts.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience.Longest, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Where chat requests are posted.</summary>
    protected abstract string ChatPath { get; }

    /// <summary>Where other requests are posted, which are answered from the same replies.</summary>
    protected virtual IEnumerable<string> OtherPaths => [];

    /// <summary>What follows the server's address in <see cref="BaseUrl"/>.</summary>
    protected abstract string BasePath { get; }

    /// <summary>The list of models as the protocol writes it.</summary>
    protected abstract JsonObject ListModels();

    /// <summary>The key that a request was sent with, as it stands in its header; null when there is none.</summary>
    protected abstract string? KeyOf(HttpRequest request);

    /// <summary>What the protocol's description does not allow about a request; null when nothing.</summary>
    protected abstract string? FaultOf(HttpRequest request, JsonElement body);

    protected abstract JsonObject ErrorBody(int status, string? code, string message);

    /// <summary>Writes a whole answer, refusal or tool call.</summary>
    protected abstract Task AnswerAsync(HttpContext context, FakeRequest request, FakeReply reply);

    /// <summary>Writes the beginning of a streamed answer.</summary>
    protected abstract Task BeginAsync(HttpContext context, FakeRequest request, string content);

    protected async Task StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGet("/v1/models", context => WriteJsonAsync(context, 200, ListModels()));
        foreach (var path in OtherPaths.Prepend(ChatPath))
            _app.MapPost(path, ReplyAsync);
        await _app.StartAsync();
        BaseUrl = new Uri($"{_app.Urls.Single()}{BasePath}");
    }

    protected static Task WriteJsonAsync(HttpContext context, int status, JsonNode json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Writes one server-sent event.</summary>
    protected static async Task EventAsync(HttpContext context, string? name, JsonObject data)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"{(name is null ? "" : $"event: {name}\n")}data: {data.ToJsonString()}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>The pieces that a text is streamed in.</summary>
    protected static IEnumerable<string> Pieces(string text) => text.Chunk(4096).Select(piece => new string(piece));

    private async Task ReplyAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var request = new FakeRequest(KeyOf(context.Request), body.RootElement.Clone());
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        context.RequestAborted.Register(() => _aborts.Writer.TryWrite(request));
        if (FaultOf(context.Request, request.Body) is { } fault)
        {
            await WriteJsonAsync(context, 400, ErrorBody(400, null, fault));
            return;
        }
        var reply = _replies.TryDequeue(out var queued) ? queued
            : Respond?.Invoke(request) ?? new FakeReply.Status(500, "no_reply_queued");
        foreach (var (name, value) in reply.Headers)
            context.Response.Headers[name] = value;
        await (reply switch
        {
            FakeReply.Status status => StatusAsync(context, status),
            FakeReply.Raw raw => RawAsync(context, request, raw.Body),
            FakeReply.NoFirstToken => HangAsync(context),
            FakeReply.Stall stall => PartAsync(context, request, stall.Content, () => HangAsync(context)),
            FakeReply.Cut cut => PartAsync(context, request, cut.Content, () => CutAsync(context)),
            FakeReply.EndsEarly early => PartAsync(context, request, early.Content, () => Task.CompletedTask),
            _ => AnswerAsync(context, request, reply),
        });
    }

    private Task StatusAsync(HttpContext context, FakeReply.Status status)
    {
        if (status.RetryAfter is not null)
            context.Response.Headers.RetryAfter = status.RetryAfter;
        return WriteJsonAsync(context, status.Number, ErrorBody(status.Number, status.Code, status.Message ?? "It failed."));
    }

    private static Task RawAsync(HttpContext context, FakeRequest request, string body)
    {
        context.Response.ContentType = request.Streams ? "text/event-stream" : "application/json";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }

    private async Task PartAsync(HttpContext context, FakeRequest request, string text, Func<Task> then)
    {
        if (request.Streams)
        {
            await BeginAsync(context, request, text);
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

    /// <summary>Until the client goes away. One that never does is a client that would hang: it is cut off, so that its test fails instead.</summary>
    private static async Task HangAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = context.RequestAborted.Register(gone.SetResult);
        try
        {
            await gone.Task.WaitAsync(Patience.Longest);
        }
        catch (TimeoutException)
        {
            await CutAsync(context);
        }
    }

    private static Task CutAsync(HttpContext context)
    {
        context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        return Task.CompletedTask;
    }
}
