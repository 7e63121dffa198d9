using Microsoft.Extensions.AI;

namespace TaskBot.Models.Prompts;

/// <summary>
/// The name of the prompt that a request was made from. It travels in <see cref="ChatOptions.AdditionalProperties"/>, reaches the ledger,
/// the recordings and scripted replies, and is never sent to a server.
/// </summary>
public static class PromptName
{
    /// <summary>The key in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
    public const string Key = "prompt";

    /// <summary>The prompt's name, or null when the caller gave none.</summary>
    public static string? GetPromptName(this ChatOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(Key, out string? name) == true ? name : null;

    /// <summary>Sets the prompt's name and returns the same options.</summary>
    public static ChatOptions WithPromptName(this ChatOptions options, string name)
    {
        (options.AdditionalProperties ??= [])[Key] = name;
        return options;
    }
}
