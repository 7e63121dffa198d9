namespace TaskBot.Models.Ledger;

/// <summary>
/// The configuration section <c>Budgets</c>: the most that whoever runs this program lets it spend on models, in US dollars, at each level. Null
/// sets no limit. A project may set lower limits for itself, never higher ones.
/// </summary>
public sealed class BudgetOptions
{
    public const string Section = "Budgets";

    /// <summary>One node, in all attempts of a run together.</summary>
    public decimal? NodeUsd { get; set; }

    /// <summary>One attempt.</summary>
    public decimal? AttemptUsd { get; set; }

    /// <summary>One run, all attempts.</summary>
    public decimal? RunUsd { get; set; }

    /// <summary>All runs of an issue.</summary>
    public decimal? IssueUsd { get; set; }

    /// <summary>All runs of a repository in one day (UTC).</summary>
    public decimal? RepositoryDayUsd { get; set; }

    /// <summary>All runs of an organisation's or a person's repositories in one month (UTC).</summary>
    public decimal? OrganisationMonthUsd { get; set; }

    /// <summary>The limits with their names, as they are written.</summary>
    internal IEnumerable<(string Name, decimal? Usd)> Limits =>
    [
        (nameof(NodeUsd), NodeUsd), (nameof(AttemptUsd), AttemptUsd), (nameof(RunUsd), RunUsd), (nameof(IssueUsd), IssueUsd),
        (nameof(RepositoryDayUsd), RepositoryDayUsd), (nameof(OrganisationMonthUsd), OrganisationMonthUsd),
    ];
}
