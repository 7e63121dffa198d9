using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace TaskBot.Testing.Models;

/// <summary>A server of tools on a loopback address that speaks the Model Context Protocol over streamable HTTP and answers each message by itself, without a stream; <c>echo</c> says what it is given.</summary>
public sealed class FakeMcpHttpServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _authorizations = new();
    private readonly WebApplication _app;

    private FakeMcpHttpServer(WebApplication app) => _app = app;

    /// <summary>What it is asked at.</summary>
    public Uri Url => new($"{_app.Urls.First()}/mcp");

    /// <summary>What each request came with; empty for nothing.</summary>
    public IReadOnlyCollection<string> Authorizations => _authorizations;

    public static async Task<FakeMcpHttpServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var server = new FakeMcpHttpServer(builder.Build());
        server._app.Urls.Add("http://127.0.0.1:0");
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        _authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
        if (context.Request.Method != HttpMethods.Post)
        {
            // It has no stream of its own, and keeps no session.
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        var message = (await JsonNode.ParseAsync(context.Request.Body))!;
        if (message["id"] is not { } id)
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }
        JsonNode? result = message["method"]!.GetValue<string>() switch
        {
            "initialize" => new JsonObject
            {
                ["protocolVersion"] = message["params"]!["protocolVersion"]!.DeepClone(),
                ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() },
                ["serverInfo"] = new JsonObject { ["name"] = "fake", ["version"] = "1" },
            },
            "tools/list" => new JsonObject { ["tools"] = new JsonArray(new JsonObject { ["name"] = "echo", ["inputSchema"] = new JsonObject { ["type"] = "object" } }) },
            "tools/call" => new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = message["params"]!["arguments"]!["text"]!.DeepClone() }) },
            _ => null,
        };
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone() };
        if (result is not null)
            answer["result"] = result;
        else
            answer["error"] = new JsonObject { ["code"] = -32601, ["message"] = "no such method" };
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }
}
