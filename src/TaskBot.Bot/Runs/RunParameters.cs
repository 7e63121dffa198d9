using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Runs;

/// <summary>What slash commands changed for the rest of a run: opinions in its layers that are stronger than the project's.</summary>
/// <param name="BudgetUsd">What the run may spend; null for the project's own.</param>
/// <param name="Models">Models by role.</param>
public sealed record RunParameters(decimal? BudgetUsd, ImmutableSortedDictionary<string, string> Models)
{
    const string BudgetKey = "budgetUsd", ModelsKey = "models";

    /// <summary>The layer that sets the budget.</summary>
    public static RunLayer Budget(decimal usd) => TaskLayers.Parameters("command-budget", (BudgetKey, usd.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The layer that sets the model of one role.</summary>
    public static RunLayer Model(string role, string model) => TaskLayers.Parameters("command-model", (ModelsKey, TaskValue.MapOf((role, model))));

    public static RunParameters Of(RunRecord run)
    {
        var entries = TaskLayers.Parameters(run.Layers).Entries;
        var models = (entries.GetValueOrDefault(ModelsKey) as TaskValue.Map)?.Entries ?? TaskValue.Map.Empty.Entries;
        return new(
            decimal.TryParse(entries.GetValueOrDefault(BudgetKey)?.AsText(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd) ? usd : null,
            models.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value.ToString(), StringComparer.Ordinal));
    }

    /// <summary>The project as it holds for the run.</summary>
    public Project Over(Project project) => project with
    {
        Budget = project.Budget with { RunUsd = BudgetUsd ?? project.Budget.RunUsd },
        Models = project.Models.SetItems(Models),
    };
}
