using Microsoft.Extensions.AI;

namespace TaskBot.Models.Providers;

/// <summary>The voice that speech is spoken with. It travels in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
public static class SpeechVoice
{
    /// <summary>What is used where a caller names none.</summary>
    public const string Default = "alloy";

    private const string Key = "voice";

    /// <summary>The voice's name, as the model's vendor calls it.</summary>
    public static string GetVoice(this ChatOptions? options) => options.FindVoice() ?? Default;

    /// <summary>Sets the voice and returns the same options.</summary>
    public static ChatOptions WithVoice(this ChatOptions options, string voice)
    {
        (options.AdditionalProperties ??= [])[Key] = voice;
        return options;
    }

    /// <summary>Null where the caller named none.</summary>
    internal static string? FindVoice(this ChatOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(Key, out string? voice) == true ? voice : null;
}
