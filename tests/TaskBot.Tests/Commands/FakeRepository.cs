using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskBot.Tests.Commands;

/// <summary>
/// Repository acme/tasks on a real HTTP server on loopback: the two endpoints of GitHub that locking asks. It answers 404 to everything else, and 422 to
/// a ref that is not there, as GitHub does.
/// </summary>
sealed class FakeRepository : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Dictionary<string, Dictionary<string, string>> filesByCommit = new(StringComparer.Ordinal);

    FakeRepository(WebApplication app) => this.app = app;

    public Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>Path and query of every request so far.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What the program's environment needs to ask here.</summary>
    public Dictionary<string, string> Environment => new() { ["TASKBOT_GitHub__ApiUrl"] = app.Urls.Single() };

    public static async Task<FakeRepository> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        var fake = new FakeRepository(server);
        server.UseRouting();
        server.MapGet("/repos/acme/tasks/commits/{**reference}", fake.CommitAsync);
        server.MapGet("/repos/acme/tasks/contents/{**path}", fake.FileAsync);
        server.MapFallback(context => AnswerAsync(context, 404, new JsonObject { ["message"] = "Not Found" }));
        await server.StartAsync();
        return fake;
    }

    /// <summary>Makes a commit of these files and points the tag at it.</summary>
    public string Tag(string tag, params (string Path, string Text)[] files)
    {
        var commit = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files))))[..40];
        filesByCommit[commit] = files.ToDictionary(file => file.Path, file => file.Text, StringComparer.Ordinal);
        return Tags[tag] = commit;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    Task CommitAsync(HttpContext context)
    {
        lock (Requests) Requests.Add($"{context.Request.Path}{context.Request.QueryString}");
        var reference = (string)context.Request.RouteValues["reference"]!;
        var commit = filesByCommit.ContainsKey(reference) ? reference : Tags.GetValueOrDefault(reference);
        return commit is null
            ? AnswerAsync(context, 422, new JsonObject { ["message"] = $"No commit found for SHA: {reference}" })
            : AnswerAsync(context, 200, new JsonObject { ["sha"] = commit, ["commit"] = new JsonObject { ["message"] = "A commit.", ["tree"] = new JsonObject { ["sha"] = commit } } });
    }

    Task FileAsync(HttpContext context)
    {
        lock (Requests) Requests.Add($"{context.Request.Path}{context.Request.QueryString}");
        var path = (string)context.Request.RouteValues["path"]!;
        return filesByCommit.GetValueOrDefault((string?)context.Request.Query["ref"] ?? "")?.GetValueOrDefault(path) is not { } text
            ? AnswerAsync(context, 404, new JsonObject { ["message"] = "Not Found" })
            : AnswerAsync(context, 200, new JsonObject
            {
                ["type"] = "file",
                ["path"] = path,
                ["sha"] = "0123456789012345678901234567890123456789",
                ["encoding"] = "base64",
                ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
            });
    }

    static Task AnswerAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
