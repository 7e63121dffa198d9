using System.Collections.Immutable;
using TaskBot.Bot.Schedules;

namespace TaskBot.Bot.Tests.Schedules;

/// <summary>What starts by the clock, in memory.</summary>
public sealed class MemoryScheduleStore : IScheduleStore
{
    public List<ScheduledStart> Starts { get; } = [];

    public ValueTask SetAsync(string repository, IReadOnlyDictionary<string, DateTimeOffset> entries, CancellationToken cancellationToken)
    {
        Starts.RemoveAll(start => start.Repository == repository && !entries.ContainsKey(start.Entry));
        Starts.AddRange(entries.Where(entry => !Starts.Exists(start => start.Repository == repository && start.Entry == entry.Key))
            .Select(entry => new ScheduledStart(repository, entry.Key, entry.Value)).ToList());
        return ValueTask.CompletedTask;
    }

    public ValueTask<ImmutableArray<ScheduledStart>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        new([.. Starts.Where(start => start.DueAt <= now).OrderBy(start => start.DueAt).Take(limit)]);

    public ValueTask<ImmutableArray<string>> ListRepositoriesAsync(CancellationToken cancellationToken) => new([.. Starts.Select(start => start.Repository).Distinct(StringComparer.Ordinal)]);

    public ValueTask MoveAsync(ScheduledStart start, DateTimeOffset next, CancellationToken cancellationToken)
    {
        if (Starts.Remove(start)) Starts.Add(start with { DueAt = next });
        return ValueTask.CompletedTask;
    }
}
