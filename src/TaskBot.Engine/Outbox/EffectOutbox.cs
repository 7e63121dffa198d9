namespace TaskBot.Engine.Outbox;

/// <summary>
/// Does effects on the outside world once: the intent is durable before the act, its result after. Whoever finds an intent without a result
/// asks the world for the effect by its natural key before acting again. The one assumption is about time: what was sent by who died, or was told
/// to stop, arrives within <see cref="Settling"/> or not at all.
/// </summary>
public sealed class EffectOutbox(IOutboxStore store, TimeProvider time)
{
    /// <summary>An act is stopped after this long.</summary>
    public static readonly TimeSpan ActLimit = TimeSpan.FromMinutes(10);

    /// <summary>How long something that was cut off may still arrive.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <param name="key">Natural key: what there must be only one of.</param>
    /// <param name="findAsync">Asks the world for the effect by that key; null where there is none.</param>
    /// <param name="actAsync">
    /// Does it and gives its result, which is kept; null says that nothing was done, and why is the caller's to know. An exception says nothing
    /// of whether it was done.
    /// </param>
    /// <returns>The result, from now or from before; null where the act did nothing.</returns>
    /// <exception cref="TimeoutException">The act did not end within <see cref="ActLimit"/>.</exception>
    public async Task<string?> DoAsync(
        string key, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Counted from before the lease is, so that it ends before the lease does by no less than what was sent may take to arrive.
            using var limit = new CancellationTokenSource(ActLimit, time);
            switch (await store.IntendAsync(key, ActLimit + Settling, Settling, cancellationToken))
            {
                case EffectIntent.Confirmed confirmed: return confirmed.Result;
                case EffectIntent.Ours ours: return await DoAsync(key, ours, findAsync, actAsync, limit.Token, cancellationToken);
                case EffectIntent.Theirs theirs:
                    var wait = theirs.Until - time.GetUtcNow();
                    await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), time, cancellationToken);
                    break;
            }
        }
    }

    async Task<string?> DoAsync(
        string key, EffectIntent.Ours ours, Func<CancellationToken, Task<string?>> findAsync, Func<CancellationToken, Task<string?>> actAsync,
        CancellationToken limit, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, cancellationToken);
        var isCertain = false;
        try
        {
            either.Token.ThrowIfCancellationRequested();
            var result = ours.WasTried ? await findAsync(either.Token) : null;
            either.Token.ThrowIfCancellationRequested();
            result ??= await actAsync(either.Token);
            if (result is not null) await store.ConfirmAsync(key, result, CancellationToken.None);
            isCertain = true;
            if (result is null) await store.ReleaseAsync(key, ours.Holder, TimeSpan.Zero, CancellationToken.None);
            return result;
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not end within {ActLimit.TotalMinutes:0} minutes: {key}", exception);
        }
        finally
        {
            if (!isCertain) await store.ReleaseAsync(key, ours.Holder, Settling, CancellationToken.None);
        }
    }
}
