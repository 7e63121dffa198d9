using TaskBot.Bot.Runs;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>A check of a commit that we published answered: once all have, the run goes on.</summary>
public sealed class ChecksHandler(IRunStore runs, RunCoordinator coordinator)
{
    public async Task HandleAsync(WebhookEvent @event, string? headSha, CancellationToken cancellationToken)
    {
        if (headSha is null || @event.Repository?.FullName is not { } repository) return;
        if (await runs.FindByHeadAsync(repository, headSha, cancellationToken) is { } run) await coordinator.LookAtChecksAsync(run, cancellationToken);
    }
}
