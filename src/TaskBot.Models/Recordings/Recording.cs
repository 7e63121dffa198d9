using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Recordings;

/// <summary>One exchange with a model, redacted: what a node asked, and what it was answered in the end, by whichever model of the chain.</summary>
/// <param name="Run">The run that it belongs to.</param>
/// <param name="Place">Who asked within the run: its attempt and its node.</param>
/// <param name="Key">The SHA-256 of <paramref name="Request"/> in lower-case hex.</param>
/// <param name="Prompt">The name of the prompt; null when the caller gave none.</param>
/// <param name="Asked">The profile or model that was asked for.</param>
/// <param name="Chain">What that meant then; see <see cref="IModelRouter.Describe"/>.</param>
/// <param name="Request">The request as canonical JSON, one value a line.</param>
/// <param name="Response">The answer as JSON; null when the call failed.</param>
/// <param name="Error">How it failed; null when it did not.</param>
public sealed record Recording(
    string Run, string Place, string Key, string? Prompt, string Asked, string Chain, string Request, string? Response, RecordedError? Error);

/// <summary>A failure that is played again as it was.</summary>
/// <param name="Kind">Null where the budget did not allow the call.</param>
/// <param name="Refusal">What the budget said; null where the call was made.</param>
public sealed record RecordedError(ModelErrorKind? Kind, string Model, string Host, string Detail, BudgetRefusal? Refusal)
{
    internal static RecordedError Of(ModelException e) => new(e.Kind, e.Model, e.Host, e.Detail, null);

    internal static RecordedError Of(OverBudgetException e) => new(null, "", "", e.Message, e.Refusal);

    internal Exception ToException() => Refusal is not null ? new OverBudgetException(Refusal) : new ModelException(Kind!.Value, Model, Host, Detail);
}
