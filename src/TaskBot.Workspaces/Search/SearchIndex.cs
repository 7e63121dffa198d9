namespace TaskBot.Workspaces.Search;

/// <summary>
/// The files of one tree, by term. An index for a changed tree shares the bulk of its predecessor's: it adds a small part of its own and
/// marks what no longer counts, until a fifth has changed and all is written anew. Immutable.
/// </summary>
sealed class SearchIndex
{
    /// <summary>BM25's usual constants: how soon repetition stops to count, and how much length does.</summary>
    const double Saturation = 1.2;
    const double LengthShare = 0.6;

    readonly Part[] parts;
    readonly IReadOnlySet<string> gone;
    readonly double averageLength;

    SearchIndex(Part[] parts, IReadOnlySet<string> gone, IReadOnlyDictionary<string, SourceDocument> documents)
    {
        this.parts = parts;
        this.gone = gone;
        Documents = documents;
        averageLength = documents.Count == 0 ? 1 : Math.Max(1, documents.Values.OrderBy(document => document.Path, StringComparer.Ordinal).Average(document => document.Length));
        Defined = documents.Values.SelectMany(document => document.Declarations.Select(declaration => (declaration.Name, document.Path))).Distinct()
            .OrderBy(pair => pair.Path, StringComparer.Ordinal)
            .ToLookup(pair => pair.Name, pair => pair.Path, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, SourceDocument> Documents { get; }

    /// <summary>The paths that define a name.</summary>
    public ILookup<string, string> Defined { get; }

    public static SearchIndex Of(IEnumerable<SourceDocument> documents)
    {
        var all = documents.ToDictionary(document => document.Path, StringComparer.Ordinal);
        return new SearchIndex([new Part(all.Values)], new HashSet<string>(), all);
    }

    /// <summary>The index of a tree in which these paths are gone or other than here, and these files new.</summary>
    public SearchIndex With(IReadOnlyCollection<string> changed, IReadOnlyCollection<SourceDocument> added)
    {
        var documents = new Dictionary<string, SourceDocument>(Documents, StringComparer.Ordinal);
        foreach (var path in changed)
            documents.Remove(path);
        foreach (var document in added)
            documents[document.Path] = document;
        // What the second part had stays in it, so that there are never more than two.
        var first = parts[0];
        var newer = documents.Values.Where(document => !first.Has(document)).ToList();
        var lost = first.Paths.Where(path => !documents.TryGetValue(path, out var now) || !first.Has(now)).ToHashSet(StringComparer.Ordinal);
        return (newer.Count + lost.Count) * 5 > documents.Count
            ? Of(documents.Values)
            : new SearchIndex([first, new Part(newer)], lost, documents);
    }

    /// <summary>BM25 over the weighted parts of each file: the score by path of every file that has one of the terms.</summary>
    /// <param name="terms">Each with its weight in the query; in ordinal order, so that sums come out the same.</param>
    public (Dictionary<string, double> Scores, Dictionary<string, double> Rarity) Rank(IReadOnlyList<(string Term, double Weight)> terms)
    {
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        var rarity = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (term, weight) in terms)
        {
            var found = Found(term).ToList();
            if (found.Count == 0)
                continue;
            var idf = Math.Log(1 + ((Documents.Count - found.Count + 0.5) / (found.Count + 0.5)));
            rarity[term] = idf;
            foreach (var (document, count) in found)
            {
                var length = 1 - LengthShare + (LengthShare * document.Length / averageLength);
                scores[document.Path] = scores.GetValueOrDefault(document.Path) + (weight * idf * count * (Saturation + 1) / (count + (Saturation * length)));
            }
        }
        return (scores, rarity);
    }

    IEnumerable<(SourceDocument Document, double Weight)> Found(string term) =>
        parts.SelectMany((part, index) => part.Find(term).Where(posting => index > 0 || !gone.Contains(posting.Document.Path)));

    /// <summary>Documents and, for each term, which of them have it.</summary>
    sealed class Part
    {
        readonly Dictionary<string, SourceDocument> documents;
        readonly Dictionary<string, List<(SourceDocument Document, double Weight)>> postings = new(StringComparer.Ordinal);

        public Part(IEnumerable<SourceDocument> all)
        {
            documents = all.ToDictionary(document => document.Path, StringComparer.Ordinal);
            foreach (var document in documents.Values)
                foreach (var (term, counts) in document.Terms)
                    (postings.TryGetValue(term, out var list) ? list : postings[term] = []).Add((document, counts.Weight));
        }

        public IEnumerable<string> Paths => documents.Keys;

        public bool Has(SourceDocument document) => documents.TryGetValue(document.Path, out var own) && ReferenceEquals(own, document);

        public IEnumerable<(SourceDocument Document, double Weight)> Find(string term) => postings.TryGetValue(term, out var list) ? list : [];
    }
}
