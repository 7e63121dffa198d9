using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>A workflow run ended: where it had work of ours and left no result, that is lost now, and not when its time is over.</summary>
public sealed class DispatchedRunHandler(IDispatchStore dispatches, DispatchEndings endings)
{
    public async Task HandleAsync(WebhookEvent.WorkflowRunEvent @event, CancellationToken cancellationToken)
    {
        if (@event is not { Repository.FullName: { } repository, WorkflowRun: { Event: "workflow_dispatch" } run }) return;
        if (await FindAsync(repository, run, cancellationToken) is not { IsOpen: true } dispatch || run.RunAttempt < dispatch.ActionsAttempt) return;
        var page = run.HtmlUrl is { } url ? $" ({url})" : "";
        var (isCancelled, began) = (run.Conclusion == "cancelled", dispatch.IsTaken ? "had the work and left no result" : "ended before it took up the work");
        // A job that cannot begin cannot begin again, and one that a person ended is not wanted; one that broke down under way may do better on another runner.
        await endings.LoseAsync(
            dispatch, Obstacle.RunnerLeftNothing, $"The job {began}; GitHub says: {run.Conclusion ?? "nothing"}{page}.", mayTryAgain: dispatch.IsTaken && !isCancelled, cancellationToken);
    }

    /// <summary>By the run's number; where GitHub did not say it when the job was started, by the title, which names the dispatch.</summary>
    async Task<Dispatch?> FindAsync(string repository, GitHub.Workflows.WorkflowRun run, CancellationToken cancellationToken)
    {
        if (await dispatches.FindByActionsRunAsync(repository, run.Id, cancellationToken) is { } known) return known;
        var named = run.DisplayTitle?.Split(' ')[^1] is { Length: > 0 } id ? await dispatches.FindAsync(id, cancellationToken) : null;
        return named is { ActionsRun: null } && named.Repository == repository ? named : null;
    }
}
