using System.Collections.Immutable;
using System.Globalization;
using Polly;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>How often, how patiently and after which failures a node is tried again, as its <c>retries</c> and <c>retry...</c> attributes say.</summary>
/// <param name="Retries">Tries after the first.</param>
/// <param name="On">Words of <c>retryOn</c>, joined by spaces: <c>transient</c>, <c>timeout</c>, <c>any</c>, <c>exit:N</c>.</param>
sealed record RetryPolicy(int Retries, TimeSpan Delay, DelayBackoffType Backoff, string On)
{
    const string Transient = "transient";
    const string ExitPrefix = "exit:";

    public static RetryPolicy Of(TaskNode node, RunnerOptions options) => new(
        (int)node.Retries,
        node.Seconds("retryDelaySeconds") ?? options.RetryDelay,
        node.Attributes.GetValueOrDefault("retryBackoff")?.AsText() switch
        {
            "constant" => DelayBackoffType.Constant,
            "linear" => DelayBackoffType.Linear,
            _ => DelayBackoffType.Exponential,
        },
        node.Attributes.GetValueOrDefault("retryOn") is TaskValue.List words ? string.Join(' ', words.Items.Select(word => word.AsText())) : Transient);

    /// <summary>Whether a word may stand in <c>retryOn</c>.</summary>
    public static bool IsKnown(TaskValue word) => word.AsText() is Transient or "timeout" or "any"
        || (word.AsText() is { } text && text.StartsWith(ExitPrefix, StringComparison.Ordinal)
            && byte.TryParse(text.AsSpan(ExitPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    public bool Handles(NodeResult? result)
    {
        if (result is not NodeResult.Failed failed) return false;
        foreach (var range in On.AsSpan().Split(' '))
        {
            var word = On.AsSpan(range);
            if (word is "any" || (word is Transient && failed.IsTransient) || (word is "timeout" && failed.IsTimeout)) return true;
            if (word.StartsWith(ExitPrefix, StringComparison.Ordinal)
                && failed.Evidence.GetValueOrDefault("exitCode") is TaskValue.Integer code
                && long.Parse(word[ExitPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture) == code.Value) return true;
        }

        return false;
    }
}
