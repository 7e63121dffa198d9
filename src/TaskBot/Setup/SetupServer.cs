using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.Hosting;
using TaskBot.Pages;
using TaskBot.Serving;

namespace TaskBot.Setup;

/// <summary>
/// Makes a GitHub App in the browser: <c>/setup</c> sends the manifest to GitHub, <c>/setup/done</c> trades the code that GitHub gives back, once,
/// for the App's key and secrets, and keeps them in a file.
/// </summary>
static class SetupServer
{
    /// <summary>What the App is to be.</summary>
    /// <param name="Name">Its name, unique on GitHub.</param>
    /// <param name="Organization">Who owns it; null for whoever is signed in.</param>
    /// <param name="Webhooks">Where GitHub reaches the listener.</param>
    /// <param name="File">Where key and secrets are kept.</param>
    public sealed record Wish(string Name, string? Organization, Uri Webhooks, string File);

    public static WebApplication Build(string url, IReadOnlyDictionary<string, string?> settings, Wish wish)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        TaskBotHost.Configure(builder.Configuration, settings);
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.WebHost.UseUrls(url);
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddRazorComponents();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var app = builder.Build();
        var state = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var isDone = 0;
        app.MapGet("/setup", (IOptions<GitHubOptions> options) =>
        {
            var manifest = AppManifest.Of(wish.Name, wish.Webhooks, new Uri(TaskBotServer.AddressOf(app), "/setup/done"));
            var place = wish.Organization is { } owner ? $"organizations/{Uri.EscapeDataString(owner)}/settings/apps/new" : "settings/apps/new";
            return new RazorComponentResult<SetupPage>(new { Action = new Uri(options.Value.ServerAddress, $"{place}?state={state}").AbsoluteUri, Manifest = manifest.ToJson() });
        });
        app.MapGet("/setup/done", async (string? code, HttpRequest request, GitHubClientFactory clients, CancellationToken cancellationToken) =>
        {
            // Whoever comes without the state of this setup was sent by somebody else.
            var given = request.Query["state"].ToString();
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(state)) || string.IsNullOrEmpty(code))
                return Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: "This is not the answer to a setup that was begun here. Start again at /setup.");
            if (Interlocked.Exchange(ref isDone, 1) == 1) return Results.Problem(statusCode: StatusCodes.Status409Conflict, title: "This setup is over; its code is used once.");
            try
            {
                var made = await clients.Anonymous().Apps.CreateFromManifestAsync(code, cancellationToken);
                await AppFile.WriteAsync(wish.File, made, cancellationToken);
                return new RazorComponentResult<SetupDonePage>(new { made.Slug, Install = $"{made.HtmlUrl}/installations/new", wish.File });
            }
            catch (GitHubApiException e)
            {
                Interlocked.Exchange(ref isDone, 0);
                return Results.Problem(statusCode: StatusCodes.Status502BadGateway, title: e.Message);
            }
        });
        return app;
    }
}
