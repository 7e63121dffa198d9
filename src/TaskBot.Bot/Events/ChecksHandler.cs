using TaskBot.Bot.Runs;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>A check of a commit that we published answered: once all that count have, the run goes on.</summary>
public sealed class ChecksHandler(IRunStore runs, RunCoordinator coordinator)
{
    /// <summary>Whether checks of a commit are anything to us. A run whose commit is published looks at the checks that ended before, so none is missed.</summary>
    public ValueTask<bool> AreOursAsync(string commit, CancellationToken cancellationToken) => runs.HasHeadAsync(commit, cancellationToken);

    public async Task HandleAsync(WebhookEvent @event, string? headSha, CancellationToken cancellationToken)
    {
        if (headSha is null || @event.Repository?.FullName is not { } repository) return;
        if (await runs.FindByHeadAsync(repository, headSha, cancellationToken) is not { } run) return;
        try
        {
            await coordinator.LookAtChecksAsync(run, cancellationToken);
        }
        catch (StaleRunException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another answer of the same commit was faster; what it left is looked at once more.
            if (await runs.FindAsync(run.Id, cancellationToken) is { } now) await coordinator.LookAtChecksAsync(now, cancellationToken);
        }
    }
}
