using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Schedules;

/// <summary>
/// Looks once a minute at what is to be started, cron's own step. At its start it also reads what the projects say that it knows of, as what was pushed
/// while it was away may not be told of any more.
/// </summary>
public sealed partial class ScheduleClock(RunSchedule schedule, IScheduleStore store, IRunStore runs, TimeProvider time, ILogger<ScheduleClock> logger)
    : RecurringWork(Period, time, logger)
{
    static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Runs that say which repositories there are.</summary>
    const int MostRuns = 1000;

    bool hasFollowed;

    public override async Task LookAsync(CancellationToken cancellationToken)
    {
        // What is due goes first: a project that says something else now is read for each start anyway.
        await schedule.StartDueAsync(cancellationToken);
        if (hasFollowed) return;
        await FollowAsync(cancellationToken);
        hasFollowed = true;
    }

    async Task FollowAsync(CancellationToken cancellationToken)
    {
        var known = (await runs.ListAsync(MostRuns, cancellationToken)).Select(run => run.Repository);
        foreach (var repository in known.Concat(await store.ListRepositoriesAsync(cancellationToken)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                await schedule.FollowAsync(RepositoryName.Parse(repository), cancellationToken);
            }
            catch (Exception e) when (e is ForgeException or GitException || TransientFailure.Is(e))
            {
                LogNotRead(logger, e, repository);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What {Repository} starts by the clock could not be read, and stays as it was")]
    static partial void LogNotRead(ILogger logger, Exception exception, string repository);
}
