using TaskBot.Models.Errors;

namespace TaskBot.Models.Recordings;

/// <summary>One exchange with a model, redacted.</summary>
/// <param name="Key">The SHA-256 of <paramref name="Request"/> in lower-case hex.</param>
/// <param name="Prompt">The name of the prompt; null when the caller gave none.</param>
/// <param name="Request">The request as canonical JSON, one value a line.</param>
/// <param name="Response">The answer as JSON; null when the call failed.</param>
/// <param name="Error">How it failed; null when it did not.</param>
public sealed record Recording(string Key, string? Prompt, string Request, string? Response, RecordedError? Error);

/// <summary>A failure that is played again as it was.</summary>
public sealed record RecordedError(ModelErrorKind Kind, string Model, string Host, string Detail);
