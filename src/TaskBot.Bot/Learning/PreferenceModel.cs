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

/// <summary>What one outcome taught. It is kept, so that it can be taken back by whoever changes their mind.</summary>
/// <param name="Reward">From 0 to 1.</param>
/// <param name="Changes">What it added to each feature's mean and precision.</param>
public sealed record Lesson(double Reward, ImmutableSortedDictionary<string, Weight> Changes);

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
    public PreferenceModel Learn(IReadOnlyCollection<string> features, double reward) => Add(Teach(features, reward), times: 1);

    /// <summary>What is believed once an outcome is told, also where it is told again or otherwise than before: what was told last counts, once.</summary>
    /// <param name="before">What the same outcome taught when it was last told; null where it was not.</param>
    /// <param name="reward">Null where it is taken back.</param>
    /// <returns>With what it teaches now; null where that is nothing.</returns>
    public (PreferenceModel Model, Lesson? Lesson) Revise(Lesson? before, IReadOnlyCollection<string> features, double? reward)
    {
        if (before?.Reward == reward) return (this, before);
        var without = before is null ? this : Add(before, times: -1);
        if (reward is not { } told) return (without, null);
        var lesson = without.Teach(features, told);
        return (without.Add(lesson, times: 1), lesson);
    }

    Lesson Teach(IReadOnlyCollection<string> features, double reward)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(reward);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reward, 1);
        var probability = Probability(features);
        var certainty = probability * (1 - probability);
        return new(reward, features.ToImmutableSortedDictionary(
            feature => feature, feature => new Weight((reward - probability) / (Of(feature).Precision + certainty), certainty), StringComparer.Ordinal));
    }

    PreferenceModel Add(Lesson lesson, int times) => new(Weights.SetItems(lesson.Changes.Select(change =>
        KeyValuePair.Create(change.Key, new Weight(Of(change.Key).Mean + (times * change.Value.Mean), Of(change.Key).Precision + (times * change.Value.Precision))))));

    Weight Of(string feature) => Weights.TryGetValue(feature, out var weight) ? weight : Weight.Unknown;

    static double Logistic(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    /// <summary>Box and Muller's way to a normally distributed number.</summary>
    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
