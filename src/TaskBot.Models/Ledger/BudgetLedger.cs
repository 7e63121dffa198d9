using System.Runtime.InteropServices;

namespace TaskBot.Models.Ledger;

/// <summary>
/// Reserves and settles through a store. A reservation is the most that a call can cost, so several at once can fill a budget that their real
/// costs would leave nearly empty. A call that fits beside what is spent, and not beside what this process holds reserved, therefore waits
/// for calls under way to settle; which calls are refused then does not depend on how many happen to run at once.
/// </summary>
public sealed class BudgetLedger(ILedgerStore store) : IDisposable
{
    private readonly SemaphoreSlim _reserving = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _held = [];
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves, waiting while only calls under way stand in the way.</summary>
    /// <exception cref="OverBudgetException">The call might pass a cap.</exception>
    public async Task ReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        while (await TryReserveAsync(reservation, cancellationToken) is { } settled)
            await settled.WaitAsync(cancellationToken);
    }

    /// <summary>Never cancelled: what was spent is written down.</summary>
    public async Task SettleAsync(ModelCall call)
    {
        try
        {
            await store.SettleAsync(call, CancellationToken.None);
            LedgerMetrics.Settled(call);
        }
        finally
        {
            lock (_lock)
            {
                Hold(call.Scope, -1);
                _settled.SetResult();
                _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Dispose() => _reserving.Dispose();

    /// <summary>Null when reserved, else what to wait for before trying again.</summary>
    private async Task<Task?> TryReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        await _reserving.WaitAsync(cancellationToken);
        try
        {
            // Taken before the store is asked, so that a call which settles while it answers is not missed.
            Task settled;
            lock (_lock)
                settled = _settled.Task;
            var refusal = await store.TryReserveAsync(reservation, cancellationToken);
            lock (_lock)
            {
                if (refusal is null)
                {
                    Hold(reservation.Scope, +1);
                    return null;
                }
                var fitsAlone = refusal.SpentUsd + refusal.RequestedUsd <= refusal.Account.CapUsd;
                if (fitsAlone && (_held.ContainsKey(refusal.Account.Id) || settled.IsCompleted))
                    return settled;
            }
            throw new OverBudgetException(refusal);
        }
        finally
        {
            _reserving.Release();
        }
    }

    private void Hold(LedgerScope scope, int change)
    {
        foreach (var account in scope.Accounts)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_held, account.Id, out _);
            count += change;
            if (count == 0)
                _held.Remove(account.Id);
        }
    }
}
