using System.Collections.Concurrent;

namespace TaskBot.Engine.Scheduling;

/// <summary>Durations kept for as long as the process lives.</summary>
public sealed class InMemoryDurationStore : IDurationStore
{
    readonly ConcurrentDictionary<string, ConcurrentQueue<NodeDuration>> repositories = new(StringComparer.OrdinalIgnoreCase);

    public ValueTask<IReadOnlyList<NodeDuration>> ReadAsync(string repository, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<NodeDuration>>(repositories.TryGetValue(repository, out var known) ? [.. known] : []);

    public ValueTask AddAsync(string repository, IReadOnlyList<NodeDuration> durations, CancellationToken cancellationToken)
    {
        const int Most = 10_000;
        var known = repositories.GetOrAdd(repository, _ => []);
        foreach (var duration in durations) known.Enqueue(duration);
        while (known.Count > Most && known.TryDequeue(out _))
        {
        }

        return ValueTask.CompletedTask;
    }
}
