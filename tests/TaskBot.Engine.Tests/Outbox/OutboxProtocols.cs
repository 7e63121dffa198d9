using TaskBot.Engine.Outbox;

namespace TaskBot.Engine.Tests.Outbox;

/// <summary>Does one effect over a store: asks the world for it, acts, and gives the result.</summary>
delegate Task<string?> OutboxProtocol(
    IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync);

/// <summary>The outbox's own protocol, and others with one mistake each, for the model checker to find.</summary>
static class OutboxProtocols
{
    const string Key = "the one";

    public static OutboxProtocol Named(string name) => name switch
    {
        nameof(ConfirmsBeforeItActs) => ConfirmsBeforeItActs,
        nameof(ActsWithoutAsking) => ActsWithoutAsking,
        nameof(ReleasesAtOnce) => ReleasesAtOnce,
        nameof(HoldsNothing) => HoldsNothing,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such protocol."),
    };

    public static Task<string?> Real(
        IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync) =>
        new EffectOutbox(store, time).DoAsync(Key, findAsync, actAsync, CancellationToken.None);

    /// <summary>Who dies in between leaves a result and no effect.</summary>
    public static async Task<string?> ConfirmsBeforeItActs(
        IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync) =>
        await new EffectOutbox(store, time).DoAsync(
            Key, findAsync,
            async cancellationToken =>
            {
                await store.ConfirmAsync(Key, "effect", cancellationToken);
                return await actAsync(cancellationToken);
            },
            CancellationToken.None);

    /// <summary>Who finds an intent without a result acts again, whether the world has the effect or not.</summary>
    public static async Task<string?> ActsWithoutAsking(
        IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync) =>
        await new EffectOutbox(store, time).DoAsync(Key, _ => Task.FromResult<string?>(null), actAsync, CancellationToken.None);

    /// <summary>After an answer was lost the effect is free at once, though what was sent may still arrive.</summary>
    public static async Task<string?> ReleasesAtOnce(
        IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync) =>
        await new EffectOutbox(new Impatient(store), time).DoAsync(Key, findAsync, actAsync, CancellationToken.None);

    /// <summary>Two may try at the same time: both ask, both find nothing, both act.</summary>
    public static async Task<string?> HoldsNothing(
        IOutboxStore store, TimeProvider time, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync)
    {
        if (await store.IntendAsync(Key, TimeSpan.Zero, TimeSpan.Zero, CancellationToken.None) is EffectIntent.Confirmed confirmed) return confirmed.Result;
        var result = await findAsync(CancellationToken.None) ?? await actAsync(CancellationToken.None);
        await store.ConfirmAsync(Key, result!, CancellationToken.None);
        return result;
    }

    sealed class Impatient(IOutboxStore store) : IOutboxStore
    {
        public ValueTask<EffectIntent> IntendAsync(string key, TimeSpan lease, TimeSpan settling, CancellationToken cancellationToken) =>
            store.IntendAsync(key, lease, settling, cancellationToken);

        public ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken) => store.ConfirmAsync(key, result, cancellationToken);

        public ValueTask ReleaseAsync(string key, string holder, TimeSpan after, CancellationToken cancellationToken) =>
            store.ReleaseAsync(key, holder, TimeSpan.Zero, cancellationToken);
    }
}
