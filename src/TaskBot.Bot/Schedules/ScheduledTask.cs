using System.Collections.Immutable;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Schedules;

/// <summary>A task that a project starts by the clock.</summary>
/// <param name="Cron">When.</param>
/// <param name="Task">The task file's asset path.</param>
/// <param name="Select">Variant selections of the task, by variant set.</param>
/// <param name="Title">The title of the issue that it works on.</param>
/// <param name="Body">What that issue says.</param>
public sealed record ScheduledTask(CronLine Cron, string Task, ImmutableSortedDictionary<string, string> Select, string Title, string Body)
{
    /// <summary>Null for the project's own.</summary>
    public ConcurrencyGroup? Concurrency { get; init; }

    /// <summary>Names it in its repository: another moment, task or title is another start.</summary>
    public string Key => $"{Cron} {Task} {Title}";

    /// <summary>By this, and by its author, the issue is found again.</summary>
    public string Marker => $"<!-- taskbot:schedule {Task} {Title.Replace("--", "- -", StringComparison.Ordinal)} -->";
}
