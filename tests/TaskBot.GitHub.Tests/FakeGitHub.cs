using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace TaskBot.GitHub.Tests;

/// <summary>A GitHub on loopback that answers as the test says, and remembers what it was asked.</summary>
sealed class FakeGitHub : IAsyncDisposable
{
    readonly WebApplication _server;
    readonly ConcurrentQueue<SeenRequest> _seen = new();

    FakeGitHub(WebApplication server, Uri url)
    {
        _server = server;
        Url = url;
    }

    public Uri Url { get; }

    /// <summary>What came, in the order of arrival.</summary>
    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    /// <param name="answer">Answers a request; the number counts from 1.</param>
    public static async Task<FakeGitHub> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var server = builder.Build();
        FakeGitHub? fake = null;
        server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            fake!._seen.Enqueue(new(context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, headers, body));
            await answer(context, fake._seen.Count);
        });
        // The address is known once it listens; no request can come before anyone knows it.
        await server.StartAsync();
        return fake = new FakeGitHub(server, new Uri(server.Urls.Single()));
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();
}

/// <summary>A request that a fake got; the address as it was on the wire.</summary>
sealed record SeenRequest(string Method, string Address, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>Short answers.</summary>
static class Answers
{
    public static Task JsonAsync(this HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(json);
    }

    public static Task RedirectAsync(this HttpContext context, int status, string location)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    }
}
