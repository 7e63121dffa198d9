using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Bot.Events;

/// <summary>
/// What happens to a whole repository. One that was renamed or moved keeps its runs under its new name; one that takes no changes any more ends them; a branch
/// that a run stands on and that is deleted or rewritten rests it. What is pushed to the default branch says what starts by the clock from then on.
/// </summary>
public sealed class RepositoryHandler(IRunStore runs, RunControl control, RunSchedule schedule)
{
    /// <summary>Runs that one event looks at; more are not under way anywhere at one time.</summary>
    const int MostRuns = 1000;

    public async Task HandleAsync(WebhookEvent.RepositoryEvent happened, string deliveryId, CancellationToken cancellationToken)
    {
        if (happened is not { Repository: { FullName: { } fullName } repository, Sender: { } sender }) return;
        var old = happened.Changes switch
        {
            { Repository.Name.From: { } name } => $"{repository.Address.Owner}/{name}",
            { Owner.From: { } owner } when (owner.User ?? owner.Organization)?.Login is { } login => $"{login}/{repository.Name}",
            _ => fullName,
        };
        if (happened.Action is "renamed" or "transferred" or "archived" or "deleted") await schedule.ForgetAsync(old, cancellationToken);
        foreach (var run in await OpenRunsAsync(old, cancellationToken))
        {
            switch (happened.Action)
            {
                case "renamed" or "transferred":
                    await control.ChangeAsync(run, deliveryId, now => now with { Repository = fullName }, cancellationToken);
                    break;
                case "archived":
                    await control.StopAsync(run, deliveryId, $"@{sender.Login} archived the repository, which takes no changes any more. Unarchive it and write `/taskbot resume` to go on.", cancellationToken);
                    break;
                case "deleted":
                    await control.StopAsync(run, deliveryId, $"@{sender.Login} deleted the repository.", cancellationToken);
                    break;
            }
        }

        if (happened.Action is "renamed" or "transferred" or "unarchived") await schedule.FollowAsync(repository.Address, cancellationToken);
    }

    public async Task HandleAsync(WebhookEvent.PushEvent push, string deliveryId, CancellationToken cancellationToken)
    {
        const string Heads = "refs/heads/";
        if (push is { Repository: { DefaultBranch: { } main } place, Deleted: false } && push.Reference == Heads + main) await schedule.FollowAsync(place.Address, cancellationToken);
        if (push is not { Repository.FullName: { } fullName, Sender: { } sender } || !(push.Deleted || push.Forced) || !push.Reference.StartsWith(Heads, StringComparison.Ordinal)) return;
        var branch = push.Reference[Heads.Length..];
        foreach (var run in await OpenRunsAsync(fullName, cancellationToken))
        {
            if (run.Branch == branch && push.Deleted)
                await control.StopAsync(run, deliveryId, $"@{sender.Login} deleted the branch {branch}. `/taskbot run` makes a new one.", cancellationToken);
            else if (run.BaseBranch == branch && push.Deleted)
                await control.StopAsync(run, deliveryId, $"@{sender.Login} deleted {branch}, the branch that this was to go to. `/taskbot run` starts from the default branch.", cancellationToken);
            else if (run.BaseBranch == branch && push.Forced)
                await control.HoldAsync(
                    run, deliveryId,
                    $"@{sender.Login} rewrote {branch}, so that this work may stand on commits that are not there any more. `/taskbot run` starts anew from {push.After[..7]}, `/taskbot resume` goes on as it is. Which shall it be?",
                    cancellationToken);
        }
    }

    async Task<List<RunRecord>> OpenRunsAsync(string repository, CancellationToken cancellationToken)
    {
        var found = new List<RunRecord>();
        foreach (var stage in Enum.GetValues<RunStage>().Where(stage => stage != RunStage.Finished))
            found.AddRange((await runs.ListAsync(stage, MostRuns, cancellationToken)).Where(run => run.Repository.Equals(repository, StringComparison.OrdinalIgnoreCase)));
        return found;
    }
}
