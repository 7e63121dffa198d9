using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Schedules;

/// <summary>
/// Starts what projects start by the clock. Each moment starts one run, whatever crashes in between: the run's natural key is the moment. However many
/// moments passed while nobody looked, the oldest starts its run and the others are over.
/// </summary>
public sealed partial class RunSchedule(IScheduleStore store, ProjectSource projects, ScheduledTaskStarter starter, TimeProvider time, ILogger<RunSchedule> logger)
{
    /// <summary>Starts that one look sees to; the others are older next time.</summary>
    const int MostStarts = 100;

    /// <summary>Until a repository is looked at again that would not be read.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromDays(1);

    /// <summary>Takes over what the default branch of a repository says now.</summary>
    public async Task FollowAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var entries = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var entry in (await projects.ReadAsync(repository, cancellationToken)).Project.Schedule)
            if (entry.Cron.NextAfter(now) is { } next) entries[entry.Key] = next;
        await store.SetAsync(repository.ToString(), entries, cancellationToken);
    }

    /// <summary>Forgets a repository that takes no changes any more.</summary>
    public ValueTask ForgetAsync(string repository, CancellationToken cancellationToken) =>
        store.SetAsync(repository, new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal), cancellationToken);

    /// <summary>Starts all that is due.</summary>
    public async Task StartDueAsync(CancellationToken cancellationToken)
    {
        foreach (var due in await store.ListDueAsync(time.GetUtcNow(), MostStarts, cancellationToken))
        {
            try
            {
                await StartAsync(due, cancellationToken);
            }
            catch (Exception e) when (TransientFailure.Is(e))
            {
                LogLater(logger, e, due.Entry, due.Repository);
            }
            catch (Exception e) when (e is ForgeException or GitException)
            {
                // Nothing that another look a minute later would change.
                LogNotStarted(logger, due.Entry, due.Repository, e.Message);
                await store.MoveAsync(due, time.GetUtcNow() + Pause, cancellationToken);
            }
        }
    }

    async Task StartAsync(ScheduledStart due, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(due.Repository);
        var entry = (await projects.ReadAsync(repository, cancellationToken)).Project.Schedule.FirstOrDefault(entry => entry.Key == due.Entry);
        if (entry is null || entry.Cron.NextAfter(time.GetUtcNow()) is not { } next)
        {
            await FollowAsync(repository, cancellationToken);
            return;
        }

        switch (await starter.StartAsync(repository, entry, due.DueAt.ToString("O", CultureInfo.InvariantCulture), baseBranch: null, cancellationToken))
        {
            case RunStart.Started started: LogStarted(logger, started.Run.Id, entry.Key, repository); break;
            case RunStart.Refused refused: LogNotStarted(logger, entry.Key, due.Repository, refused.Reason); break;
        }

        await store.MoveAsync(due, next, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} was started by the schedule '{Entry}' of {Repository}")]
    static partial void LogStarted(ILogger logger, Engine.Runs.RunId runId, string entry, RepositoryName repository);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule '{Entry}' of {Repository} started nothing: {Reason}")]
    static partial void LogNotStarted(ILogger logger, string entry, string repository, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The schedule '{Entry}' of {Repository} is tried again")]
    static partial void LogLater(ILogger logger, Exception exception, string entry, string repository);
}
