using TaskBot.Models.Recordings;

namespace TaskBot.Models.Ledger;

/// <summary>
/// Keeps what was spent. Amounts have at most nine decimals, so that a store may keep them as whole billionths of a dollar. A reservation
/// that was never settled, since its process died, keeps counting: the money may have been spent. It keeps the recordings too, as an answer and its
/// price are one fact.
/// </summary>
public interface ILedgerStore : IRecordingStore
{
    /// <summary>
    /// In one transaction: for each account with a cap, refuses when spent + reserved + amount would be more than the cap; otherwise
    /// reserves on all accounts. An amount of 0 is refused only where the cap is already passed.
    /// </summary>
    /// <returns>Null when reserved, else the first account that it does not fit in; nothing is then reserved.</returns>
    ValueTask<BudgetRefusal?> TryReserveAsync(Reservation reservation, CancellationToken cancellationToken);

    /// <summary>
    /// In one transaction: replaces the reservation <see cref="ModelCall.Id"/> by what the call cost, and keeps the call and its
    /// <see cref="ModelCall.Answer"/>. Settling a reservation twice changes nothing.
    /// </summary>
    ValueTask SettleAsync(ModelCall call, CancellationToken cancellationToken);

    /// <summary>Gives back a reservation that nothing is settled from; one that is not there any more is fine.</summary>
    ValueTask ReleaseAsync(Guid reservation, CancellationToken cancellationToken);

    /// <summary>Zero for an account that nothing was charged to.</summary>
    ValueTask<BudgetBalance> GetBalanceAsync(BudgetAccount account, CancellationToken cancellationToken);

    /// <summary>The settled calls that were charged to an account, in the order they were settled.</summary>
    IAsyncEnumerable<ModelCall> ReadCallsAsync(BudgetAccount account, CancellationToken cancellationToken);
}
