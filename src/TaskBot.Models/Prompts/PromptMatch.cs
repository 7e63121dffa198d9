namespace TaskBot.Models.Prompts;

/// <summary>A prompt that was found or chosen, and why.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Source">The name of its source.</param>
/// <param name="Reason">One sentence: why this one, and what it was preferred to.</param>
public sealed record PromptMatch(Prompt Prompt, string Source, string Reason);
