namespace TaskBot.Models.Ledger;

/// <summary>Something that money is spent for, such as one run, with the most that may be spent for it.</summary>
/// <param name="Level">What it is.</param>
/// <param name="Key">Which one, unique within its level: a run's id, <c>owner/name#12</c>, <c>owner/name@2026-11-20</c>.</param>
/// <param name="CapUsd">In US dollars; null means that only the accounts around it limit it.</param>
public sealed record BudgetAccount(BudgetLevel Level, string Key, decimal? CapUsd)
{
    /// <summary>What identifies the account in a store; caps may change between calls, the identity does not.</summary>
    public string Id => $"{Level}:{Key}";

    public override string ToString() => $"{Level} {Key}";
}
