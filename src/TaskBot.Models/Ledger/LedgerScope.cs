using System.Collections.Immutable;

namespace TaskBot.Models.Ledger;

/// <summary>
/// The accounts that a call is charged to, all of them in full: a node's call also counts for its attempt, its run and so on, which is how
/// children share their parent's budget.
/// </summary>
public sealed record LedgerScope(ImmutableArray<BudgetAccount> Accounts)
{
    /// <summary>Charged to nobody and limited by nothing; calls are still recorded.</summary>
    public static LedgerScope Unlimited { get; } = new([]);

    /// <summary>The same scope and one account more.</summary>
    public LedgerScope Enter(BudgetLevel level, string key, decimal? capUsd = null) =>
        new(Accounts.Add(new BudgetAccount(level, key, capUsd)));

    /// <summary>The key of the account of a level; null when the scope has none.</summary>
    public string? Key(BudgetLevel level) => Accounts.LastOrDefault(account => account.Level == level)?.Key;

    /// <summary>The same scope without the accounts of a level.</summary>
    public LedgerScope Without(BudgetLevel level) => new(Accounts.RemoveAll(account => account.Level == level));

    /// <summary>Who asks within a run: the keys of its attempt and node.</summary>
    internal string Place => string.Join(' ', new[] { Key(BudgetLevel.Attempt), Key(BudgetLevel.Node) }.OfType<string>());

    /// <summary>Adds the account of a repository's spending on one day in UTC.</summary>
    public LedgerScope EnterRepositoryDay(string repository, DateTimeOffset now, decimal? capUsd) =>
        Enter(BudgetLevel.RepositoryDay, $"{repository}@{now.UtcDateTime:yyyy-MM-dd}", capUsd);

    /// <summary>Adds the account of an organisation's spending in one month in UTC.</summary>
    public LedgerScope EnterOrganisationMonth(string organisation, DateTimeOffset now, decimal? capUsd) =>
        Enter(BudgetLevel.OrganisationMonth, $"{organisation}@{now.UtcDateTime:yyyy-MM}", capUsd);
}
