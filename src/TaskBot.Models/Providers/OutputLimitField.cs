namespace TaskBot.Models.Providers;

/// <summary>Which field of the OpenAI protocol carries the limit on output tokens.</summary>
public enum OutputLimitField
{
    /// <summary><c>max_completion_tokens</c>, which counts reasoning too: OpenAI since 2024 and most servers.</summary>
    MaxCompletionTokens,

    /// <summary><c>max_tokens</c>: older compatible servers, which ignore or reject the other.</summary>
    MaxTokens,
}
