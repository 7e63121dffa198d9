using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace TaskBot.Testing.GitHub;

/// <summary>A <see cref="SimulatedGitHub"/> on loopback. Logs and archives are served from here too, so that behind a proxy they are on another host than the API.</summary>
public sealed class SimulatedGitHubServer : IAsyncDisposable
{
    readonly WebApplication _app;

    SimulatedGitHubServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    public static async Task<SimulatedGitHubServer> StartAsync(SimulatedGitHub github)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new SimulatedGitHubServer(builder.Build());
        server._app.Run(context => AnswerAsync(context, github));
        await server._app.StartAsync();
        github.Url = github.LogsUrl = server.Url;
        return server;
    }

    public ValueTask DisposeAsync() => _app.EndAsync();

    static async Task AnswerAsync(HttpContext context, SimulatedGitHub github)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (github.ReadLog(target) is { } log)
        {
            // A token that travels to the host of the logs has leaked.
            context.Response.StatusCode = context.Request.Headers.Authorization.Count == 0 ? 200 : 400;
            await context.Response.WriteAsync(log);
            return;
        }

        if (await github.ReadArchiveAsync(target) is { } archive)
        {
            context.Response.StatusCode = context.Request.Headers.Authorization.Count == 0 ? 200 : 400;
            context.Response.ContentType = "application/x-gzip";
            await context.Response.Body.WriteAsync(archive);
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var token = context.Request.Headers.Authorization.ToString() is { Length: > 7 } header ? header["Bearer ".Length..] : null;
        var answer = github.Answer(context.Request.Method, target, await reader.ReadToEndAsync(), token);
        context.Response.StatusCode = answer.Status;
        if (answer.Location is not null) context.Response.Headers.Location = answer.Location;
        if (answer.Link is not null) context.Response.Headers.Link = answer.Link;
        if (answer.Body is null) return;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(answer.Body.ToJsonString());
    }
}
