using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Projects;

/// <summary>What a project lets its runs spend on models, in US dollars; null where it sets no limit of its own.</summary>
/// <param name="RunUsd">One run.</param>
/// <param name="DayUsd">All runs of the repository in one day (UTC).</param>
public sealed record ProjectBudget(decimal? RunUsd, decimal? DayUsd)
{
    /// <summary>One node, in all attempts of a run together.</summary>
    public decimal? NodeUsd { get; init; }

    /// <summary>One attempt.</summary>
    public decimal? AttemptUsd { get; init; }

    /// <summary>All runs of an issue.</summary>
    public decimal? IssueUsd { get; init; }

    /// <summary>All runs of the owner's repositories in one month (UTC): where they have spent this much, this repository's runs stop.</summary>
    public decimal? MonthUsd { get; init; }

    /// <summary>The same limits, none above what the operator allows.</summary>
    public ProjectBudget AtMost(BudgetOptions limits) => new(Lower(RunUsd, limits.RunUsd), Lower(DayUsd, limits.RepositoryDayUsd))
    {
        NodeUsd = Lower(NodeUsd, limits.NodeUsd),
        AttemptUsd = Lower(AttemptUsd, limits.AttemptUsd),
        IssueUsd = Lower(IssueUsd, limits.IssueUsd),
        MonthUsd = Lower(MonthUsd, limits.OrganisationMonthUsd),
    };

    static decimal? Lower(decimal? own, decimal? limit) => own is null ? limit : limit is null ? own : Math.Min(own.Value, limit.Value);
}
