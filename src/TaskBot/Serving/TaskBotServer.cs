using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TaskBot.Bot;
using TaskBot.GitHub;
using TaskBot.Hosting;
using TaskBot.Serving.Metrics;

namespace TaskBot.Serving;

/// <summary>The listener: webhooks in, runs worked on, pages and health out.</summary>
static class TaskBotServer
{
    /// <param name="url">Where to listen; port 0 for any free one.</param>
    /// <param name="settings">Configuration that the command line said.</param>
    /// <param name="addForge">Says where issues live.</param>
    public static WebApplication Build(string url, IReadOnlyDictionary<string, string?> settings, LogLevel minimum, Action<IServiceCollection> addForge)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        TaskBotHost.Configure(builder.Configuration, settings);
        TaskBotHost.LogToError(builder.Logging, minimum);
        // The framework's own lines on every request cost more than answering it.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            // Above our own limit, so that a body that is too large is answered with 413 and not with a broken connection.
            kestrel.Limits.MaxRequestBodySize = 2 * WebhookEndpoint.MaximumBody;
        });
        // Few keep a connection open without sending: a read less for each delivery is worth a buffer for each of those.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        // What runs is interrupted when the process stops, not waited for: it is kept and goes on in the next one.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddTaskBotGitHub(builder.Configuration).AddTaskBot(builder.Configuration).AddTaskBotWorkers();
        builder.Services.AddSingleton<RedeliverySweep>().AddHostedService(provider => provider.GetRequiredService<RedeliverySweep>());
        builder.Services.AddRazorComponents();
        // No page keeps a secret in a cookie, so there is no key worth keeping.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddSingleton<MetricsCollector>().AddHostedService(provider => provider.GetRequiredService<MetricsCollector>());
        addForge(builder.Services);
        var app = builder.Build();
        WebhookEndpoint.Map(app);
        HealthEndpoints.Map(app);
        MetricsEndpoint.Map(app);
        RunEndpoints.Map(app);
        RunnerEndpoints.Map(app);
        return app;
    }

    /// <summary>Where a started server listens.</summary>
    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
