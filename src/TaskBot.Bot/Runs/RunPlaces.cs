using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Runs;

/// <summary>A page where more of a run is to be seen.</summary>
/// <param name="Name">What the page is: <c>check run</c>, <c>job</c>, <c>dashboard</c>.</param>
/// <param name="Url">Its address for people.</param>
public sealed record RunLink(string Name, string Url);

/// <summary>Knows where a run can be looked at: its check run, the job that works on it, this server's page about it.</summary>
public sealed class RunPlaces(IForge forge, IDispatchStore dispatches, BotOptions options, IOptions<DispatchOptions> serving)
{
    public async Task<ImmutableArray<RunLink>> FindAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var links = ImmutableArray.CreateBuilder<RunLink>();
        if (run.CheckUrl is { Length: > 0 } check) links.Add(new("check run", check));
        if (await JobAsync(run, cancellationToken) is { } job) links.Add(new("job", job));
        if (serving.Value.Audience is { } server) links.Add(new("dashboard", $"{server}/runs/{run.Id}"));
        return links.DrainToImmutable();
    }

    /// <summary>The job that has the work or had it last, or the one that this process runs in.</summary>
    async Task<string?> JobAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (options.JobUrl is { } own) return own.AbsoluteUri;
        return forge.Actions is { } actions && (await dispatches.ListAsync(run.Id, cancellationToken)).LastOrDefault(dispatch => dispatch.State is not (DispatchState.Requested or DispatchState.Withdrawn)) is { } last
            ? actions.PageOf(RepositoryName.Parse(run.Repository), last.Workflow, last.ActionsRun)
            : null;
    }
}
