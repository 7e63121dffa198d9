using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>
/// Puts the signals together for one question on one tree. A file's words give at most 1 before what its kind of file is worth; every
/// other signal is in that unit, so that an exact mention outranks words, and what is only near a good file comes after it.
/// </summary>
sealed class Ranker(TreeIndex index, IFileTree tree, Question question, ChangeHistory history, SourceCache sources)
{
    /// <summary>Files that words alone bring into view.</summary>
    const int MostByWords = 300;

    /// <summary>Files whose text is looked at, and whose neighbours count.</summary>
    const int MostRead = 24;
    const int MostSeeds = 6;

    /// <summary>How much of their text is looked through word by word: some 30 ms.</summary>
    const int MostCharacters = 2_000_000;

    const double Mentioned = 3;
    const double Declaring = 0.5;
    const double HasPhrase = 0.5;
    const double Passage = 0.5;
    const double TouchedBefore = 0.5;
    const double Neighbour = 0.25;
    const double Together = 0.3;
    const double MostFromNeighbours = 0.35;
    const double Testing = 0.15;

    /// <summary>What a folder that has all of the best files gives to its others that anything speaks for.</summary>
    const double Beside = 0.1;
    const int MostBeside = 10;

    public async Task<(Candidates Candidates, WordRanking Words)> RankAsync(Func<string, bool>? isWanted, CancellationToken cancellationToken)
    {
        var candidates = new Candidates(index, isWanted);
        var words = WordRanking.Of(index, question.Terms);
        AddWords(words, candidates);
        AddPlaces(candidates);
        AddNames(candidates);
        foreach (var (file, score) in history.Similar(question.Terms))
            candidates.Add(index.Find(file), TouchedBefore * score * PathNames.Prior(file), "changed before for words like these");
        await AddTextsAsync(words, candidates, cancellationToken);
        AddFolders(candidates);
        await AddNeighboursAsync(candidates, cancellationToken);
        return (candidates, words);
    }

    /// <summary>What only the text itself tells: whether the question's words stand together, and what it quotes.</summary>
    async Task AddTextsAsync(WordRanking words, Candidates candidates, CancellationToken cancellationToken)
    {
        var passages = new Passages(words.Scored);
        var read = new List<(Candidate Candidate, string Text, double Passage)>();
        var left = MostCharacters;
        foreach (var candidate in candidates.Best(MostRead))
        {
            var text = (await ReadAsync(candidate, cancellationToken)).Text;
            left -= text.Length;
            read.Add((candidate, text, left >= 0 ? passages.Best(text) : 0));
        }
        var most = read.Select(file => file.Passage).DefaultIfEmpty().Max();
        foreach (var (candidate, _, passage) in read.Where(file => file.Passage > 0))
            candidate.Add(Passage * passage / most * PathNames.Prior(candidate.Path), "has the question's words together");
        foreach (var phrase in question.Phrases)
        {
            var having = read.Where(file => file.Text.Contains(phrase, StringComparison.Ordinal)).Select(file => file.Candidate).ToList();
            foreach (var candidate in having)
                candidate.Add(HasPhrase * PathNames.Prior(candidate.Path) / having.Count, $"has the text \"{phrase}\"");
        }
    }

    public ValueTask<Source> ReadAsync(Candidate candidate, CancellationToken cancellationToken) =>
        sources.ReadAsync(index.Version(candidate.Document), (file, stop) => IndexCache.ReadAsync(tree, file, stop), cancellationToken);

    /// <summary>What is tied to many is tied less to each.</summary>
    static double Spread(double weight, int neighbours) => Math.Min(1, weight) / Math.Sqrt(neighbours);

    void AddWords(WordRanking words, Candidates candidates)
    {
        var best = new PriorityQueue<int, (float, int)>();
        for (var document = 0; document < words.Scores.Length; document++)
        {
            if (words.Scores[document] <= 0)
                continue;
            if (best.Count < MostByWords)
                best.Enqueue(document, (words.Scores[document], document));
            else
                best.EnqueueDequeue(document, (words.Scores[document], document));
        }
        var most = best.UnorderedItems.Select(item => words.Scores[item.Element]).DefaultIfEmpty().Max();
        foreach (var (document, _) in best.UnorderedItems)
            candidates.Add(document, words.Scores[document] / most * PathNames.Prior(index.Path(document)), "has the question's words");
    }

    void AddPlaces(Candidates candidates)
    {
        foreach (var (file, line) in question.Places)
        {
            // The mention may be longer (an absolute path on another machine) or shorter than the path here.
            var name = PathNames.Name(file);
            var same = index.Find(KeyKind.Stem, PathNames.Stem(file).ToLowerInvariant(), MostByWords)
                .Where(document => PathNames.Name(index.Path(document)).Equals(name, StringComparison.OrdinalIgnoreCase))
                .GroupBy(document => CommonParts(index.Path(document), file)).MaxBy(group => group.Key)?.ToList() ?? [];
            foreach (var document in same)
            {
                candidates.Add(document, Mentioned / same.Count, line is null ? $"mentioned as {file}" : $"mentioned as {file}, line {line}");
                if (line is { } known)
                    candidates.Of(document)?.Lines.Add(known);
            }
        }
    }

    static int CommonParts(string path, string other) => path.Split('/').Reverse().Zip(other.Split('/').Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();

    void AddNames(Candidates candidates)
    {
        foreach (var name in question.Names)
        {
            var declaring = index.Find(KeyKind.Declared, name, 20);
            foreach (var document in declaring)
                candidates.Add(document, Declaring * PathNames.Prior(index.Path(document)) / Math.Sqrt(declaring.Count), $"declares {name}");
            foreach (var document in index.Find(KeyKind.Stem, name.ToLowerInvariant(), 5))
                candidates.Add(document, Declaring * PathNames.Prior(index.Path(document)), $"is named {name}");
        }
    }

    /// <summary>A change stays among few folders: a file beside good ones is more likely meant than one far from them.</summary>
    void AddFolders(Candidates candidates)
    {
        var best = candidates.Best(MostBeside);
        if (best.Count == 0)
            return;
        var shares = best.GroupBy(candidate => PathNames.Folder(candidate.Path), StringComparer.Ordinal)
            .ToDictionary(folder => folder.Key, folder => folder.Sum(candidate => candidate.Score) / best[0].Score / best.Count, StringComparer.Ordinal);
        foreach (var candidate in candidates.All.ToList())
            if (shares.TryGetValue(PathNames.Folder(candidate.Path), out var share))
                candidate.Add(Beside * share * PathNames.Prior(candidate.Path), "stands beside good files");
    }

    async Task AddNeighboursAsync(Candidates candidates, CancellationToken cancellationToken)
    {
        var seeds = candidates.Best(MostSeeds * 2).Where(seed => !PathNames.IsTest(seed.Path) && PathNames.Prior(seed.Path) >= 0.6).Take(MostSeeds).ToList();
        if (seeds.Count == 0)
            return;
        var most = seeds[0].Score;
        var added = new Dictionary<int, List<(double, string)>>();
        foreach (var seed in seeds)
        {
            var source = await ReadAsync(seed, cancellationToken);
            var share = seed.Score / most;
            var own = seed.Document;
            var needed = Neighbours.Needed(index, seed.Path, source);
            foreach (var (document, weight) in needed)
                Note(own, document, Neighbour * share * Spread(weight, needed.Count), $"is used by {seed.Path}");
            var needing = Neighbours.Needing(index, seed.Path, source);
            foreach (var (document, weight) in needing)
                Note(own, document, Neighbour * share * Spread(weight, needing.Count), $"uses {seed.Path}");
            foreach (var document in Neighbours.Tests(index, seed.Path))
                Note(own, document, Testing * share, $"tests {seed.Path}");
            foreach (var (file, weight) in history.Together(seed.Path))
                Note(own, index.Find(file), Together * share * weight, $"changes together with {seed.Path}");
        }
        foreach (var (document, reasons) in added)
        {
            // A file that everything is tied to is near every good file, and says as little as one that is near one.
            var all = reasons.Sum(reason => reason.Item1);
            foreach (var (score, why) in reasons)
                candidates.Add(document, score * Math.Min(1, MostFromNeighbours / all) * PathNames.Prior(index.Path(document)), why);
        }

        void Note(int own, int document, double score, string why)
        {
            if (document >= 0 && document != own && score > 0)
                (added.TryGetValue(document, out var list) ? list : added[document] = []).Add((score, why));
        }
    }
}
