namespace TaskBot.Engine.Outbox;

/// <summary>Effects remembered for as long as the process lives: for runs that store nothing.</summary>
public sealed class InMemoryOutboxStore(TimeProvider time) : IOutboxStore
{
    readonly Lock gate = new();
    readonly Dictionary<string, Effect> effects = new(StringComparer.Ordinal);
    int intents;

    sealed record Effect(string? Result, string? Holder, DateTimeOffset Until);

    public ValueTask<EffectIntent> IntendAsync(string key, TimeSpan lease, TimeSpan settling, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var known = effects.GetValueOrDefault(key);
            if (known?.Result is { } result) return new(new EffectIntent.Confirmed(result));
            var now = time.GetUtcNow();
            if (known is { Holder: not null } && known.Until > now) return new(new EffectIntent.Theirs(known.Until));
            var holder = $"{++intents}";
            effects[key] = new(Result: null, holder, now + lease);
            return new(new EffectIntent.Ours(holder, known is not null));
        }
    }

    public ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken)
    {
        lock (gate) effects[key] = new(result, Holder: null, default);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(string key, string holder, TimeSpan after, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (effects.GetValueOrDefault(key) is { } effect && effect.Holder == holder) effects[key] = effect with { Until = time.GetUtcNow() + after };
        }

        return ValueTask.CompletedTask;
    }
}
