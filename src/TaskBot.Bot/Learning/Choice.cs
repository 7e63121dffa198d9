using System.Collections.Immutable;

namespace TaskBot.Bot.Learning;

/// <summary>A variant that was chosen where a layer says <c>auto</c>, and how.</summary>
/// <param name="Set">The variant set.</param>
/// <param name="Variant">The chosen one.</param>
/// <param name="Probabilities">How likely each was to be chosen; they add up to 1.</param>
/// <param name="Features">What the choice is learnt from once its outcome is known.</param>
/// <param name="Reason">For people.</param>
public sealed record Choice(string Set, string Variant, ImmutableSortedDictionary<string, double> Probabilities, ImmutableArray<string> Features, string Reason);
