using Microsoft.Extensions.Options;
using TaskBot.Bot.Projects;
using TaskBot.GitHub.Repositories;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Runs;

/// <summary>The accounts that a run's model calls are charged to, from the owner's month down to the attempt, each with the limit that holds for it.</summary>
public sealed class RunAccounts(IOptions<BudgetOptions> limits, TimeProvider time)
{
    /// <summary>The project, with no limit above the operator's.</summary>
    public Project Limit(Project project) => project with { Budget = project.Budget.AtMost(limits.Value) };

    /// <param name="run">The run.</param>
    /// <param name="attempt">1-based.</param>
    /// <param name="budget">What <see cref="Limit"/> gave.</param>
    public LedgerScope Of(RunRecord run, int attempt, ProjectBudget budget) => LedgerScope.Unlimited
        .EnterOrganisationMonth(RepositoryName.Parse(run.Repository).Owner, time.GetUtcNow(), budget.MonthUsd)
        .EnterRepositoryDay(run.Repository, time.GetUtcNow(), budget.DayUsd)
        .Enter(BudgetLevel.Issue, $"{run.Repository}#{run.Issue}", budget.IssueUsd)
        .Enter(BudgetLevel.Run, run.Id.Value, budget.RunUsd)
        .Enter(BudgetLevel.Attempt, Attempt(run, attempt), budget.AttemptUsd);

    /// <summary>The key of an attempt's account.</summary>
    public static string Attempt(RunRecord run, int attempt) => $"{run.Id}/{attempt}";
}
