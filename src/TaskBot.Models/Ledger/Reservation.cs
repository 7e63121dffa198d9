namespace TaskBot.Models.Ledger;

/// <summary>The most that a call which is about to start can cost.</summary>
/// <param name="Id">Unique for each call to a server.</param>
/// <param name="Scope">The accounts that it is held on.</param>
/// <param name="AmountUsd">At least 0, with at most nine decimals.</param>
/// <param name="At">When it was made.</param>
public sealed record Reservation(Guid Id, LedgerScope Scope, decimal AmountUsd, DateTimeOffset At);
