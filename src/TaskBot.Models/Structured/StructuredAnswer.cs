using Microsoft.Extensions.AI;

namespace TaskBot.Models.Structured;

/// <summary>An answer that fits its schema.</summary>
/// <param name="Value">The answer.</param>
/// <param name="Usage">The tokens of all requests that it took.</param>
/// <param name="Repaired">The first answer did not fit, and the second did.</param>
public sealed record StructuredAnswer<T>(T Value, UsageDetails Usage, bool Repaired);
