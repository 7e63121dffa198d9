using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace TaskBot.Bot.Learning;

/// <summary>What is believed of one feature's weight: a normal distribution.</summary>
/// <param name="Mean">Log-odds that it adds.</param>
/// <param name="Precision">One over the variance; grows with what was seen.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Weight(double Mean, double Precision)
{
    /// <summary>Before anything was seen.</summary>
    public static Weight Unknown { get; } = new(0, 1);
}

/// <summary>
/// Logistic regression learnt online, with a normal distribution for each weight (Chapelle and Li, "An Empirical Evaluation of Thompson
/// Sampling", 2011, algorithm 3). Features are words that hold or do not. Immutable.
/// </summary>
public sealed record PreferenceModel(ImmutableDictionary<string, Weight> Weights)
{
    public static PreferenceModel Empty { get; } = new(ImmutableDictionary.Create<string, Weight>(StringComparer.Ordinal));

    /// <summary>How likely the outcome is to please, from 0 to 1.</summary>
    public double Probability(IEnumerable<string> features) => Logistic(features.Sum(feature => Of(feature).Mean));

    /// <summary>The same with weights drawn from what is believed of them: the less was seen, the further it strays.</summary>
    public double Sample(IEnumerable<string> features, Random random) =>
        Logistic(features.Sum(feature => Of(feature) is var weight ? weight.Mean + (Normal(random) / Math.Sqrt(weight.Precision)) : 0));

    /// <summary>What is believed after an outcome.</summary>
    /// <param name="reward">From 0, not what people wanted, to 1.</param>
    public PreferenceModel Learn(IReadOnlyCollection<string> features, double reward)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(reward);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reward, 1);
        var probability = Probability(features);
        var weights = Weights;
        foreach (var feature in features)
        {
            var before = Of(feature);
            var precision = before.Precision + (probability * (1 - probability));
            weights = weights.SetItem(feature, new(before.Mean + ((reward - probability) / precision), precision));
        }

        return new(weights);
    }

    Weight Of(string feature) => Weights.TryGetValue(feature, out var weight) ? weight : Weight.Unknown;

    static double Logistic(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    /// <summary>Box and Muller's way to a normally distributed number.</summary>
    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
