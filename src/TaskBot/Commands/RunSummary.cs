using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Commands;

/// <summary>How a run ended, as one line of JSON for a program.</summary>
sealed record RunSummary(
    string Outcome, ImmutableArray<AttemptSummary> Attempts, int? PullRequest, ImmutableArray<string> FilesChanged, string Model, string? Reason, string? Branch)
{
    public static RunSummary Of(RunRecord run) =>
        new(
            Word(run.Outcome), [.. run.Attempts.Select(attempt => new AttemptSummary(attempt.Number, Word(attempt.Outcome), attempt.NodesRun, attempt.NodesCached, attempt.Tokens, attempt.CostUsd))],
            run.PullRequest, run.FilesChanged, string.Join(", ", run.Models), run.Reason, run.Branch);

    public string ToJson() => JsonSerializer.Serialize(this, SummaryJsonContext.Default.RunSummary);

    /// <summary>An outcome in snake_case.</summary>
    public static string Word(Outcome? outcome) => outcome switch
    {
        null => "running",
        Engine.Runs.Outcome.OverBudget => "over_budget",
        Engine.Runs.Outcome.NoChangeNeeded => "no_change_needed",
        Engine.Runs.Outcome.WaitingForHuman => "waiting_for_human",
        { } other => other.ToString().ToLowerInvariant(),
    };
}

/// <summary>How an attempt ended.</summary>
sealed record AttemptSummary(int Number, string Outcome, int NodesRun, int NodesCached, long Tokens, decimal CostUsd);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunSummary))]
sealed partial class SummaryJsonContext : JsonSerializerContext;
