using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Runs;

/// <summary>What slash commands and choices changed for the rest of a run: opinions in its layers that are stronger than the project's.</summary>
/// <param name="BudgetUsd">What the run may spend; null for the project's own.</param>
/// <param name="Models">Models by role.</param>
/// <param name="Prompts">The prompt to take where several fit equally, by node type.</param>
public sealed record RunParameters(decimal? BudgetUsd, ImmutableSortedDictionary<string, string> Models, ImmutableSortedDictionary<string, string> Prompts)
{
    const string BudgetKey = "budgetUsd", ModelsKey = "models", PromptsKey = "prompts";

    /// <summary>The keys that a choice sets, and not only a person.</summary>
    internal static ImmutableHashSet<string> Chosen { get; } = [ModelsKey, PromptsKey];

    /// <summary>The layer that sets the budget.</summary>
    public static RunLayer Budget(decimal usd) => TaskLayers.Parameters("command-budget", (BudgetKey, usd.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The layer that sets the model of one role.</summary>
    public static RunLayer Model(string role, string model) => TaskLayers.Parameters("model", (ModelsKey, TaskValue.MapOf((role, model))));

    /// <summary>The layer that chooses the prompt of one node type.</summary>
    public static RunLayer Prompt(string type, string prompt) => TaskLayers.Parameters("prompt", (PromptsKey, TaskValue.MapOf((type, prompt))));

    public static RunParameters Of(RunRecord run)
    {
        var entries = TaskLayers.Parameters(run.Layers).Entries;
        ImmutableSortedDictionary<string, string> Named(string key) => ((entries.GetValueOrDefault(key) as TaskValue.Map) ?? TaskValue.Map.Empty).Entries
            .ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value.ToString(), StringComparer.Ordinal);
        return new(
            decimal.TryParse(entries.GetValueOrDefault(BudgetKey)?.AsText(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd) ? usd : null,
            Named(ModelsKey), Named(PromptsKey));
    }

    /// <summary>The project as it holds for the run.</summary>
    public Project Over(Project project) => project with
    {
        Budget = project.Budget with { RunUsd = BudgetUsd ?? project.Budget.RunUsd },
        Models = project.Models.SetItems(Models),
    };
}
