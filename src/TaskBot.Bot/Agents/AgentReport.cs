using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>What an agent said when it ended.</summary>
/// <param name="Text">Its last words to people.</param>
/// <param name="Error">Why it did not do what it was asked; null where it did.</param>
public sealed record AgentReport(string Text, string? Error)
{
    /// <summary>True where it stopped because its own limit was reached.</summary>
    public bool IsOverBudget { get; init; }

    /// <summary>What it cost by its own count, in US dollars; null where it does not count.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>The tokens that it used of each model; the name is null where it does not say.</summary>
    public ImmutableArray<(string? Model, UsageDetails Usage)> Used { get; init; } = [];

    /// <summary>All tokens together; null where it counted none.</summary>
    public UsageDetails? Usage
    {
        get
        {
            if (Used.IsEmpty) return null;
            var all = new UsageDetails();
            foreach (var (_, usage) in Used) all.Add(usage);
            return all;
        }
    }
}
