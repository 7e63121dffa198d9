namespace TaskBot.Models.Ledger;

/// <summary>How full an account is, in US dollars.</summary>
/// <param name="SpentUsd">Settled calls.</param>
/// <param name="ReservedUsd">Calls under way, and calls that were never settled.</param>
public readonly record struct BudgetBalance(decimal SpentUsd, decimal ReservedUsd);
