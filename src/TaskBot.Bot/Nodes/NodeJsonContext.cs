using System.Text.Json.Serialization;

namespace TaskBot.Bot.Nodes;

/// <summary>How answers of models that are data are read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(Refinement))]
[JsonSerializable(typeof(Review))]
sealed partial class NodeJsonContext : JsonSerializerContext;

/// <summary>What a model answers to <c>llm.refine</c>.</summary>
sealed record Refinement(string Description, IReadOnlyList<string> Notes, string Summary, string? Question);

/// <summary>What a model answers to <c>review.self</c>.</summary>
sealed record Review(string Summary, IReadOnlyList<ReviewFinding> Findings);

/// <summary>One defect that a review found.</summary>
/// <param name="Severity"><c>blocking</c> or <c>note</c>.</param>
/// <param name="Line">Of the new file; null where no one line is meant.</param>
sealed record ReviewFinding(string Severity, string File, int? Line, string Message);

/// <summary>What a model answers to <c>llm.plan</c>.</summary>
sealed record Plan(string Summary, IReadOnlyList<PlanContext> Context, IReadOnlyList<PlanStep> Steps);

/// <summary>Something that steps have to know: files by path, or what a search finds.</summary>
sealed record PlanContext(string Name, string Type, IReadOnlyList<string> Paths, string Query);

/// <summary>One step of a plan.</summary>
sealed record PlanStep(
    string Name,
    string Type,
    string Description,
    IReadOnlyList<string> Acceptance,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Context,
    IReadOnlyList<string> After);
