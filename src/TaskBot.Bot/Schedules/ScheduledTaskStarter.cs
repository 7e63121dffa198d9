using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Schedules;

/// <summary>Starts a task whose moment has come, on the issue of its own.</summary>
public sealed class ScheduledTaskStarter(IForge forge, RunStarter starter)
{
    /// <param name="moment">Tells this start from the others of the task: asking twice for one moment is asking once.</param>
    /// <param name="baseBranch">Where work starts; null for the default branch.</param>
    public async Task<RunStart> StartAsync(RepositoryName repository, ScheduledTask task, string moment, string? baseBranch, CancellationToken cancellationToken)
    {
        var issue = await forge.PutIssueAsync(repository, task.Marker, task.Title, task.Body, cancellationToken);
        var self = await forge.GetSelfAsync(repository, cancellationToken);
        var trigger = new RunTrigger($"{repository}:{task.Key}:{moment}", self.Handle)
        {
            IsScheduled = true,
            BaseBranch = baseBranch,
            Wish = new(task.Task, task.Select),
            Concurrency = task.Concurrency,
        };
        return await starter.StartAsync(repository, issue with { Title = task.Title, Body = task.Body }, trigger, cancellationToken);
    }
}
