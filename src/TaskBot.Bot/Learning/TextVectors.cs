using System.Text.RegularExpressions;

namespace TaskBot.Bot.Learning;

/// <summary>
/// How alike texts are: the cosine of their words' weights, where a word weighs more the fewer of the texts have it. Names are split by case,
/// so that <c>parseDate</c> and "parse a date" have words in common.
/// </summary>
sealed partial class TextVectors
{
    readonly Dictionary<string, double> rarity;
    readonly double unseen;

    public TextVectors(IReadOnlyCollection<string> texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in texts.SelectMany(text => Words(text).Distinct(StringComparer.Ordinal)))
            counts[word] = counts.GetValueOrDefault(word) + 1;
        rarity = counts.ToDictionary(count => count.Key, count => Rarity(texts.Count, count.Value), StringComparer.Ordinal);
        unseen = Rarity(texts.Count, 0);
    }

    /// <summary>From 0, nothing in common, to 1, the same words.</summary>
    public double Similarity(string left, string right)
    {
        var (one, other) = (Weigh(left), Weigh(right));
        var common = one.Sum(word => word.Value * other.GetValueOrDefault(word.Key));
        return common == 0 ? 0 : common / (Length(one) * Length(other));
    }

    static double Length(Dictionary<string, double> weights) => Math.Sqrt(weights.Values.Sum(weight => weight * weight));

    static double Rarity(int texts, int holders) => Math.Log(1 + ((texts + 1.0) / (holders + 0.5)));

    /// <summary>The second mention of a word says less than the first.</summary>
    Dictionary<string, double> Weigh(string text) => Words(text).CountBy(word => word, StringComparer.Ordinal)
        .ToDictionary(word => word.Key, word => (1 + Math.Log(word.Value)) * rarity.GetValueOrDefault(word.Key, unseen), StringComparer.Ordinal);

    static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant()).Where(word => word.Length > 2 && !Common.Contains(word));

    /// <summary>Words that every request has.</summary>
    static readonly HashSet<string> Common = new(
        ["the", "and", "for", "with", "that", "this", "from", "not", "are", "was", "has", "have", "does", "should", "when", "which", "but", "can", "its", "into", "there", "what", "you", "all"],
        StringComparer.Ordinal);

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+|\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
