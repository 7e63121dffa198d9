using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Bot.Learning;

/// <summary>What was learnt of preferences, kept by scope. Safe for concurrent use.</summary>
public interface IPreferenceStore
{
    ValueTask<PreferenceModel> ReadAsync(string scope, CancellationToken cancellationToken);

    /// <summary>
    /// Changes what is believed, without losing what others learn at the same time; durable when it returns. What was told last under a key counts, and
    /// counts once.
    /// </summary>
    /// <param name="reward">From 0 to 1; null where what was told under the key is taken back.</param>
    ValueTask LearnAsync(string scope, string key, IReadOnlyCollection<string> features, double? reward, CancellationToken cancellationToken);
}

/// <summary>
/// Chooses among options, such as variants, prompts or models, by Thompson sampling: each is as likely to be chosen as it is believed to be the best, but never less likely than a
/// floor, so that nothing is given up for ever. The same run chooses the same, however often it is asked.
/// </summary>
public sealed class OptionChooser(IPreferenceStore preferences)
{
    /// <summary>Of all choices, those that are made without regard to what is believed.</summary>
    public const double Exploration = 0.1;

    const int Draws = 1000;

    /// <param name="scope">Whose preferences: <c>owner/name</c>.</param>
    /// <param name="run">Names the run: what makes the draw its own, and the same again.</param>
    /// <param name="about">What is known of the request, such as <c>task:taskbot:core/fix-bug</c> and <c>language:python</c>.</param>
    public async Task<Choice> ChooseAsync(
        string scope, string run, string set, IReadOnlyList<string> options, IReadOnlyList<string> about, CancellationToken cancellationToken)
    {
        if (options.Count == 0) throw new ArgumentException($"'{set}' has nothing to choose.", nameof(options));
        var model = await preferences.ReadAsync(scope, cancellationToken);
        var random = new Random(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{set}"))));
        var best = new int[options.Count];
        for (var draw = 0; draw < Draws; draw++)
            best[Enumerable.Range(0, options.Count).MaxBy(index => model.Sample(Features(set, options[index], about), random))]++;

        double Likely(int index) => ((1 - Exploration) * best[index] / Draws) + (Exploration / options.Count);
        var point = random.NextDouble();
        var chosen = 0;
        while (chosen < options.Count - 1 && (point -= Likely(chosen)) >= 0) chosen++;
        var expected = model.Probability(Features(set, options[chosen], about));
        return new(
            set, options[chosen],
            Enumerable.Range(0, options.Count).ToImmutableSortedDictionary(index => options[index], Likely, StringComparer.Ordinal),
            [.. Features(set, options[chosen], about)],
            string.Create(CultureInfo.InvariantCulture, $"{set} '{options[chosen]}': likely to be the best with {(double)best[chosen] / Draws:P0}, expected to please with {expected:P0}"));
    }

    /// <summary>The option by itself, and together with each thing that is known of the request.</summary>
    static IEnumerable<string> Features(string set, string option, IEnumerable<string> about) =>
        about.Select(fact => $"{Feature(set, option)} & {fact}").Prepend(Feature(set, option));

    /// <summary>What is learnt of an option whatever the request.</summary>
    public static string Feature(string set, string option) => $"{set}={option}";
}
