using System.Collections.Immutable;

namespace TaskBot.Bot.Schedules;

/// <summary>A start that comes again and again.</summary>
/// <param name="Repository"><c>owner/name</c>.</param>
/// <param name="Entry">Which of the project's, by <see cref="ScheduledTask.Key"/>.</param>
/// <param name="DueAt">The oldest moment that was not seen to yet.</param>
public sealed record ScheduledStart(string Repository, string Entry, DateTimeOffset DueAt);

/// <summary>What projects start by the clock and when next, durably.</summary>
public interface IScheduleStore
{
    /// <summary>Takes a repository's entries over: new ones have their first moment, those that were there keep theirs, all others go.</summary>
    ValueTask SetAsync(string repository, IReadOnlyDictionary<string, DateTimeOffset> entries, CancellationToken cancellationToken);

    /// <summary>Starts whose moment has come, the oldest first.</summary>
    ValueTask<ImmutableArray<ScheduledStart>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Repositories that have any.</summary>
    ValueTask<ImmutableArray<string>> ListRepositoriesAsync(CancellationToken cancellationToken);

    /// <summary>Says that a start was seen to, and when the next one is. Nothing changes where it was seen to before.</summary>
    ValueTask MoveAsync(ScheduledStart start, DateTimeOffset next, CancellationToken cancellationToken);
}
