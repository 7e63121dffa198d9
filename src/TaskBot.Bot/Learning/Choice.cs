using System.Collections.Immutable;
using System.Globalization;

namespace TaskBot.Bot.Learning;

/// <summary>What was chosen where a layer says <c>auto</c>, and how.</summary>
/// <param name="Set">What it was chosen of: a variant set, <c>prompt llm.edit</c> or <c>model code</c>.</param>
/// <param name="Option">The chosen one.</param>
/// <param name="Probabilities">How likely each was to be chosen; they add up to 1.</param>
/// <param name="Features">What the choice is learnt from once its outcome is known.</param>
/// <param name="Reason">For people.</param>
public sealed record Choice(string Set, string Option, ImmutableSortedDictionary<string, double> Probabilities, ImmutableArray<string> Features, string Reason)
{
    /// <summary>The choice in one sentence, with how likely each option was.</summary>
    public override string ToString() =>
        $"Chose {Reason} ({string.Join(", ", Probabilities.Select(option => string.Create(CultureInfo.InvariantCulture, $"{option.Key} {option.Value:P0}")))}).";
}
