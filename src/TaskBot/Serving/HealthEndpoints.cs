using TaskBot.Bot.Runs;

namespace TaskBot.Serving;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it can reach what it remembers with.</summary>
static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok"));
        routes.MapGet("/readyz", async (IRunStore runs, CancellationToken cancellationToken) =>
        {
            await runs.ListAsync(1, cancellationToken);
            return Results.Text("ready");
        });
    }
}
