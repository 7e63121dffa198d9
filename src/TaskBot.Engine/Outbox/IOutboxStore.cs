namespace TaskBot.Engine.Outbox;

/// <summary>
/// Remembers effects on the outside world by natural key: intended before they are tried, confirmed with their result after. Who intends an
/// effect holds it for a while, so that no two try it at once. Everything is durable when it returns. Safe for concurrent use.
/// </summary>
public interface IOutboxStore
{
    /// <summary>Notes that an effect is about to be tried, unless it is confirmed, or held by someone else.</summary>
    /// <param name="lease">How long the caller holds it from now on.</param>
    /// <param name="settling">For how long it is still held where its holder is known to have died: what was on its way arrives within that.</param>
    ValueTask<EffectIntent> IntendAsync(string key, TimeSpan lease, TimeSpan settling, CancellationToken cancellationToken);

    /// <summary>A second confirmation replaces the first; nobody holds the effect any more.</summary>
    ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken);

    /// <summary>Gives back what an intent holds, after so long; nothing where someone else holds it by now.</summary>
    ValueTask ReleaseAsync(string key, string holder, TimeSpan after, CancellationToken cancellationToken);
}

/// <summary>What became of an intent: a closed set of cases.</summary>
public abstract record EffectIntent
{
    EffectIntent() { }

    /// <summary>It was done before.</summary>
    public sealed record Confirmed(string Result) : EffectIntent;

    /// <summary>The caller holds it.</summary>
    /// <param name="Holder">Names this intent alone.</param>
    /// <param name="WasTried">True where it was intended before, so that it may have been done.</param>
    public sealed record Ours(string Holder, bool WasTried) : EffectIntent;

    /// <summary>Someone else holds it.</summary>
    public sealed record Theirs(DateTimeOffset Until) : EffectIntent;
}
