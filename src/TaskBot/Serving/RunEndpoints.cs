using Microsoft.AspNetCore.Http.HttpResults;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Pages;

namespace TaskBot.Serving;

/// <summary>Runs as pages for people (<c>/</c>, <c>/runs/ID</c>) and as JSON for programs (<c>/api/v1/runs</c>, <c>/api/v1/runs/ID</c>).</summary>
static class RunEndpoints
{
    const int Newest = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", async (IRunStore runs, CancellationToken cancellationToken) =>
            new RazorComponentResult<RunListPage>(new { Runs = await runs.ListAsync(Newest, cancellationToken) }));
        routes.MapGet("/runs/{id}", async (string id, IRunStore runs, RunViewer viewer, CancellationToken cancellationToken) =>
            await runs.FindAsync(new RunId(id), cancellationToken) is { } run
                ? new RazorComponentResult<RunPage>(new { View = await viewer.ViewAsync(run, cancellationToken) })
                : Results.NotFound());
        routes.MapGet("/api/v1/runs", async (IRunStore runs, CancellationToken cancellationToken) =>
            Results.Json([.. await runs.ListAsync(Newest, cancellationToken)], RunJsonContext.Default.RunRecordArray));
        routes.MapGet("/api/v1/runs/{id}", async (string id, IRunStore runs, CancellationToken cancellationToken) =>
            await runs.FindAsync(new RunId(id), cancellationToken) is { } run
                ? Results.Json(run, RunJsonContext.Default.RunRecord)
                : Results.NotFound());
    }
}
