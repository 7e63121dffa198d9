using System.Collections.Immutable;
using System.Globalization;

namespace TaskBot.Bot.Learning;

/// <summary>A variant that was chosen where a layer says <c>auto</c>, and how.</summary>
/// <param name="Set">The variant set.</param>
/// <param name="Variant">The chosen one.</param>
/// <param name="Probabilities">How likely each was to be chosen; they add up to 1.</param>
/// <param name="Features">What the choice is learnt from once its outcome is known.</param>
/// <param name="Reason">For people.</param>
public sealed record Choice(string Set, string Variant, ImmutableSortedDictionary<string, double> Probabilities, ImmutableArray<string> Features, string Reason)
{
    /// <summary>The choice in one sentence, with how likely each variant was.</summary>
    public override string ToString() =>
        $"Chose {Reason} ({string.Join(", ", Probabilities.Select(variant => string.Create(CultureInfo.InvariantCulture, $"{variant.Key} {variant.Value:P0}")))}).";
}
