using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace TaskBot.Testing;

/// <summary>Ends a server of a test.</summary>
public static class ServerEnding
{
    /// <summary>
    /// Ends at once, cutting what is still open. Disposing alone would do so too, but Kestrel's disposal blocks a thread of the pool until all connections have
    /// ended on other threads of the pool, of which there may be one.
    /// </summary>
    public static async ValueTask EndAsync(this WebApplication app)
    {
        await app.Services.GetRequiredService<IServer>().StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
