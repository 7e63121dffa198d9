namespace TaskBot.Models.Ledger;

/// <summary>What an account of the ledger stands for, from the smallest to the largest.</summary>
public enum BudgetLevel
{
    Node,
    Attempt,
    Run,
    Issue,
    RepositoryDay,
    OrganisationMonth,
}
