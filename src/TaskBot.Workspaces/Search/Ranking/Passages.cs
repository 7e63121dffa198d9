using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>
/// How well the best passage of a file answers: words of a question that stand together say more than the same words far apart, which any
/// long file has.
/// </summary>
/// <param name="terms">The question's, each with its weight.</param>
sealed class Passages(IReadOnlyList<(string Term, double Weight)> terms)
{
    /// <summary>Passages of forty lines, about what one function has, each half over the one before.</summary>
    const int HalfLines = 20;

    /// <summary>How soon repetition stops to count, as for plain BM25: a passage has no fields.</summary>
    const double Saturation = 1.2;

    readonly Dictionary<string, int> places = terms.Select((term, at) => (term.Term, at)).ToDictionary(pair => pair.Term, pair => pair.at, StringComparer.Ordinal);
    readonly Dictionary<string, int[]> known = new(StringComparer.Ordinal);
    readonly List<string> split = [];

    /// <summary>Comparable among files; 0 where none of the words is.</summary>
    public double Best(string text)
    {
        var (before, here, best, number) = (new int[terms.Count], new int[terms.Count], 0.0, 0);
        var bySpan = known.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (number++ % HalfLines == 0)
            {
                best = Math.Max(best, Score(before, here));
                (before, here) = (here, before);
                Array.Clear(here);
            }
            foreach (var word in Lexer.Words(line))
                foreach (var place in bySpan.TryGetValue(word, out var found) ? found : Places(word.ToString()))
                    here[place]++;
        }
        return Math.Max(best, Score(before, here));
    }

    double Score(int[] before, int[] here)
    {
        var sum = 0.0;
        for (var at = 0; at < terms.Count; at++)
            if (before[at] + here[at] is > 0 and var count)
                sum += terms[at].Weight * count / (count + Saturation);
        return sum;
    }

    int[] Places(string word)
    {
        split.Clear();
        Terms.Split(word, split);
        return known[word] = [.. split.Distinct().Where(places.ContainsKey).Select(term => places[term])];
    }
}
