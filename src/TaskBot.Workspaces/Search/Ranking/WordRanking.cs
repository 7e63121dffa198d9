using System.Text;
using TaskBot.Workspaces.Search.Indexing;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>BM25 over the fields of each file (BM25F): how well its words are those of the question.</summary>
sealed class WordRanking
{
    /// <summary>How soon repetition stops to count: later than over plain words (1.2), as the weights of the fields multiply the counts.</summary>
    const double Saturation = 4;

    /// <summary>How much a field's length counts.</summary>
    const double LengthShare = 0.6;

    /// <summary>Terms of the question that count, those that tell most.</summary>
    const int MostScored = 48;

    /// <summary>By <see cref="Field"/>: a word in the path or in a declared name says most of what a file is about.</summary>
    static readonly double[] Weights = [4.0, 3.0, 1.5, 1.2, 1.0];

    WordRanking(float[] scores, Dictionary<string, double> rarity, IReadOnlyList<(string Term, double Weight)> scored) =>
        (Scores, Rarity, Scored) = (scores, rarity, scored);

    /// <summary>By document.</summary>
    public float[] Scores { get; }

    /// <summary>How rare each term of the question is in the tree; terms that no file has are left out.</summary>
    public IReadOnlyDictionary<string, double> Rarity { get; }

    /// <summary>The terms that counted, each with its weight in the question times its rarity, heaviest first.</summary>
    public IReadOnlyList<(string Term, double Weight)> Scored { get; }

    public static WordRanking Of(TreeIndex index, IReadOnlyList<(string Term, double Weight)> terms)
    {
        var scores = new float[index.Size];
        var rarity = new Dictionary<string, double>(StringComparer.Ordinal);
        Span<double> averages = stackalloc double[KeyKind.Fields];
        for (var field = 0; field < KeyKind.Fields; field++)
            averages[field] = index.AverageLength((Field)field);
        var known = new List<(string Term, double Weight)>();
        foreach (var (term, weight) in terms)
            if (index.CountHaving(Key(term)) is > 0 and var having)
                known.Add((term, weight * (rarity[term] = Math.Log(1 + ((index.Count - having + 0.5) / (having + 0.5))))));
        // What most files have is the dearest to look through and says the least. The sort is stable, so the order of the terms decides equals.
        List<(string Term, double Weight)> scored = [.. known.OrderByDescending(term => term.Weight).Take(MostScored)];
        foreach (var (term, weight) in scored)
        {
            foreach (var part in index.Parts)
                for (var reader = part.Segment.Find(Key(term)); reader.MoveNext();)
                    if (part.Alive.Has(reader.Document))
                        scores[part.First + reader.Document] += (float)(weight * Saturate(part.Segment, reader.Document, reader.Counts, averages));
        }
        return new WordRanking(scores, rarity, scored);
    }

    static byte[] Key(string term) => Encoding.UTF8.GetBytes(KeyKind.Term + term);

    static double Saturate(Segment segment, int document, FieldCounts counts, ReadOnlySpan<double> averages)
    {
        var sum = 0.0;
        for (var field = 0; field < KeyKind.Fields; field++)
            if (counts[field] > 0)
                sum += Weights[field] * counts[field] / (1 - LengthShare + (LengthShare * segment.Length(document, (Field)field) / averages[field]));
        return sum * (Saturation + 1) / (sum + Saturation);
    }
}
