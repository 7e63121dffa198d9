namespace TaskBot.Models.Ledger;

/// <summary>A call was not made, as it might have passed a budget. Nothing was spent.</summary>
public sealed class OverBudgetException(BudgetRefusal refusal) : Exception($"Over budget: {refusal}.")
{
    public BudgetRefusal Refusal { get; } = refusal;
}
