using TaskBot.Models.Errors;
using TaskBot.Models.Recordings;

namespace TaskBot.Models.Ledger;

/// <summary>How a call to a model ended.</summary>
public enum ModelCallOutcome
{
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>One request that went to a server, as the ledger keeps it.</summary>
/// <param name="Id">The id of its reservation.</param>
/// <param name="Scope">The accounts that it was charged to.</param>
/// <param name="Model">Without its provider.</param>
/// <param name="Provider">The provider's name in the configuration.</param>
/// <param name="Prompt">The name of the prompt; null when the caller gave none.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Error">Why it failed; null otherwise.</param>
/// <param name="InputTokens">All input tokens, cached ones included.</param>
/// <param name="CachedInputTokens">Those of them that the server had cached.</param>
/// <param name="OutputTokens">All output tokens, reasoning included.</param>
/// <param name="ReasoningTokens">Those of them that were spent on thinking.</param>
/// <param name="CostUsd">
/// At most nine decimals. A call that may have been charged and whose usage is not known costs what was reserved for it.
/// </param>
/// <param name="Estimated">The server counted no tokens, so these are estimates.</param>
/// <param name="StartedAt">When it was sent.</param>
/// <param name="Duration">Until its end.</param>
public sealed record ModelCall(
    Guid Id, LedgerScope Scope, string Model, string Provider, string? Prompt, ModelCallOutcome Outcome, ModelErrorKind? Error,
    long InputTokens, long CachedInputTokens, long OutputTokens, long ReasoningTokens, decimal CostUsd, bool Estimated,
    DateTimeOffset StartedAt, TimeSpan Duration)
{
    /// <summary>
    /// What was asked and answered, kept in the same transaction as the call; null where it is not recorded. Reading calls does not bring it
    /// back: it is read from <see cref="IRecordingStore"/>.
    /// </summary>
    public Recording? Answer { get; init; }
}
