namespace TaskBot.Models.Ledger;

/// <summary>Why a reservation was not made: the account that it does not fit in, and how full that is.</summary>
/// <param name="Account">The account, with its cap.</param>
/// <param name="SpentUsd">Settled calls.</param>
/// <param name="ReservedUsd">Calls under way, and calls that were never settled.</param>
/// <param name="RequestedUsd">What the call may cost.</param>
public sealed record BudgetRefusal(BudgetAccount Account, decimal SpentUsd, decimal ReservedUsd, decimal RequestedUsd)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Account}: ${SpentUsd:0.####} of ${Account.CapUsd:0.####} spent and ${ReservedUsd:0.####} reserved; this call may cost ${RequestedUsd:0.####}");
}
