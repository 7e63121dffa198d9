using System.Collections.Immutable;
using TaskBot.Bot.Schedules;

namespace TaskBot.Bot.Tests.Schedules;

/// <summary>What starts by the clock, in memory.</summary>
public sealed class MemoryScheduleStore : IScheduleStore
{
    readonly List<ScheduledStart> starts = [];

    public IList<ScheduledStart> Starts => starts;

    public ValueTask SetAsync(string repository, IReadOnlyDictionary<string, DateTimeOffset> entries, CancellationToken cancellationToken)
    {
        starts.RemoveAll(start => start.Repository == repository && !entries.ContainsKey(start.Entry));
        starts.AddRange(entries.Where(entry => !starts.Exists(start => start.Repository == repository && start.Entry == entry.Key))
            .Select(entry => new ScheduledStart(repository, entry.Key, entry.Value)).ToList());
        return ValueTask.CompletedTask;
    }

    public ValueTask<ImmutableArray<ScheduledStart>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        new([.. starts.Where(start => start.DueAt <= now).OrderBy(start => start.DueAt).Take(limit)]);

    public ValueTask<ImmutableArray<string>> ListRepositoriesAsync(CancellationToken cancellationToken) => new([.. starts.Select(start => start.Repository).Distinct(StringComparer.Ordinal)]);

    public ValueTask MoveAsync(ScheduledStart start, DateTimeOffset next, CancellationToken cancellationToken)
    {
        if (starts.Remove(start)) starts.Add(start with { DueAt = next });
        return ValueTask.CompletedTask;
    }
}
