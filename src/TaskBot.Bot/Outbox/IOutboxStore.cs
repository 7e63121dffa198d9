namespace TaskBot.Bot.Outbox;

/// <summary>
/// Remembers effects on the outside world by natural key: intended before they are tried, confirmed with their result after. An effect
/// that was intended and not confirmed is tried again, and finds what the earlier try left by the same natural key.
/// </summary>
public interface IOutboxStore
{
    /// <summary>The confirmed result, or null where it was never confirmed. Durably notes the intention either way.</summary>
    ValueTask<string?> IntendAsync(string key, CancellationToken cancellationToken);

    /// <summary>Durable when it returns. A second confirmation replaces the first.</summary>
    ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken);
}
