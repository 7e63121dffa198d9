using System.Collections.Immutable;

namespace TaskBot.Models.Prompts;

/// <summary>What a prompt asks of its model; null leaves it to the model or the caller.</summary>
public sealed record PromptParameters
{
    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary><c>maxCompletionTokens</c>, or <c>maxTokens</c> as older files say.</summary>
    public int? MaxOutputTokens { get; init; }

    public ImmutableArray<string> Stop { get; init; } = [];
}
