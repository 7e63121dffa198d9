using System.Globalization;
using System.Net;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>Workflows of GitHub Actions, started by <c>workflow_dispatch</c>.</summary>
sealed class GitHubActions(GitHubForge forge) : IForgeActions
{
    /// <summary>Runs that are looked through for a title; what is looked for was started minutes ago.</summary>
    const int MostRuns = 200;

    public Task<(long Id, string DefaultBranch)> IdentifyAsync(RepositoryName repository, CancellationToken cancellationToken) => forge.CallAsync(
        repository,
        async client =>
        {
            var found = await client.Repositories.GetAsync(repository, cancellationToken);
            return (found.Id, found.DefaultBranch ?? "main");
        },
        cancellationToken);

    public async Task<long?> StartAsync(RepositoryName repository, string workflow, string branch, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken)
    {
        try
        {
            return await forge.CallAsync(
                repository, async client => (await client.Actions.DispatchAsync(repository, workflow, branch, inputs, cancellationToken))?.WorkflowRunId, cancellationToken);
        }
        catch (ForgeException e) when (ObstacleOf(e) is { } obstacle)
        {
            throw new ForgeException($"The workflow {workflow} could not be started on {branch}: {e.Message}", e.InnerException) { Obstacle = obstacle };
        }
    }

    public Task<long?> FindAsync(RepositoryName repository, string title, CancellationToken cancellationToken) => forge.CallAsync(
        repository,
        async client =>
        {
            var looked = 0;
            await foreach (var run in client.Actions.ListRunsAsync(repository, cancellationToken, @event: "workflow_dispatch"))
            {
                if (run.DisplayTitle?.Contains(title, StringComparison.Ordinal) == true) return (long?)run.Id;
                if (++looked == MostRuns) break;
            }

            return null;
        },
        cancellationToken);

    public string PageOf(RepositoryName repository, string workflow, long? run) =>
        forge.PageOf(string.Create(CultureInfo.InvariantCulture, $"{repository}/actions/{(run is null ? $"workflows/{workflow}" : $"runs/{run}")}"));

    public async Task CancelAsync(RepositoryName repository, long run, CancellationToken cancellationToken)
    {
        try
        {
            await forge.CallAsync(
                repository,
                async client =>
                {
                    await client.Actions.CancelAsync(repository, run, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        catch (ForgeException e) when (e.InnerException is GitHubApiException { Status: HttpStatusCode.Conflict or HttpStatusCode.NotFound })
        {
            // It has ended already.
        }
    }

    /// <summary>GitHub has one status for several things here, and says in words which it is.</summary>
    static Obstacle? ObstacleOf(ForgeException e) => e.InnerException is not GitHubApiException refused ? null
        : refused.GitHubMessage?.Contains("disabled", StringComparison.OrdinalIgnoreCase) == true ? Obstacle.ActionsDisabled
        : refused.Refusal is GitHubRefusal.NotFoundOrNoAccess or GitHubRefusal.Invalid ? Obstacle.WorkflowMissing
        : null;
}
