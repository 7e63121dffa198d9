using System.Collections.Concurrent;
using TaskBot.Bot.Outbox;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>Effects in memory.</summary>
public sealed class MemoryOutboxStore : IOutboxStore
{
    readonly ConcurrentDictionary<string, string> confirmed = new(StringComparer.Ordinal);

    public ValueTask<string?> IntendAsync(string key, CancellationToken cancellationToken) => new(confirmed.GetValueOrDefault(key));

    public ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken)
    {
        confirmed[key] = result;
        return ValueTask.CompletedTask;
    }
}
