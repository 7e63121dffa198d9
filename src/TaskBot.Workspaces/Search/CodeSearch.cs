using Microsoft.Extensions.AI;
using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Ranking;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search;

/// <summary>
/// Finds the files that a text is about: those that it mentions exactly (paths, stack frames, names, quoted texts) first, then by BM25 over
/// the fields of every file, by past changes, and by what is tied to the best. No model is asked unless an embedder is given; the same
/// tree, history and text give the same answer.
/// </summary>
/// <param name="store">Keeps indexes of git trees beyond this process; null to keep them in memory only.</param>
/// <param name="kept">How many indexes of git trees to keep in memory.</param>
/// <remarks>Safe for concurrent use. A plain folder is read anew for each question.</remarks>
public sealed class CodeSearch(ISearchStore? store = null, int kept = 8) : IDisposable
{
    /// <summary>Files that an embedder ranks again, and how much of each it sees.</summary>
    const int MostEmbedded = 32;
    const int LongestEmbedded = 4000;

    readonly IndexCache indexes = new(store, kept);
    readonly SourceCache sources = new();

    /// <summary>The files to read, best first.</summary>
    /// <exception cref="GitException">The tree or its history cannot be read.</exception>
    public async Task<IReadOnlyList<SearchHit>> FindAsync(CodeQuestion asked, CancellationToken cancellationToken)
    {
        var (ranker, best, words) = await RankAsync(asked, asked.Limit, cancellationToken);
        var reading = new Reading(words.Rarity);
        var hits = new List<SearchHit>();
        foreach (var candidate in best)
        {
            var (symbols, lines) = reading.Choose(await ranker.ReadAsync(candidate, cancellationToken), candidate.Lines);
            hits.Add(new SearchHit(candidate.Path, Math.Round(candidate.Score, 4), candidate.Reasons, symbols, lines));
        }
        return hits;
    }

    /// <summary>What the files of a tree declare, those that a question is about before others, within a number of tokens.</summary>
    /// <inheritdoc cref="RepositoryMap"/>
    public async Task<string> MapAsync(CodeQuestion asked, int tokens, CancellationToken cancellationToken)
    {
        var (ranker, best, _) = await RankAsync(asked, RepositoryMap.MostFiles, cancellationToken);
        var index = await indexes.OfAsync(asked.Tree, cancellationToken);
        var rest = index.Paths.Where(path => asked.Where is null || asked.Where(path)).Order(StringComparer.Ordinal)
            .Select(path => new Candidate(index.Find(path), path));
        var map = new RepositoryMap(tokens);
        foreach (var candidate in best.Concat(rest).DistinctBy(candidate => candidate.Document).Take(RepositoryMap.MostFiles).TakeWhile(_ => !map.IsFull))
            map.Add(candidate.Path, await ranker.ReadAsync(candidate, cancellationToken));
        return map.ToString();
    }

    public void Dispose() => indexes.Dispose();

    async Task<(Ranker Ranker, List<Candidate> Best, WordRanking Words)> RankAsync(CodeQuestion asked, int limit, CancellationToken cancellationToken)
    {
        var index = await indexes.OfAsync(asked.Tree, cancellationToken);
        var history = asked is { Tree: GitTree git, History: { } head } ? await indexes.HistoryAsync(git.Repository, head, cancellationToken) : ChangeHistory.None;
        var ranker = new Ranker(index, asked.Tree, Question.Parse(asked.Text), history, sources);
        var (candidates, words) = await ranker.RankAsync(asked.Where, cancellationToken);
        if (asked.Embedder is { } embedder)
            await RankAgainAsync(embedder, asked.Text, ranker, candidates.Best(MostEmbedded), cancellationToken);
        return (ranker, candidates.Best(limit), words);
    }

    /// <summary>A file's score times 1 to 2, by how near its meaning is to the question's among those that are compared.</summary>
    static async Task RankAgainAsync(
        IEmbeddingGenerator<string, Embedding<float>> embedder, string text, Ranker ranker, List<Candidate> best, CancellationToken cancellationToken)
    {
        if (best.Count < 2)
            return;
        var texts = new List<string> { Cut(text) };
        foreach (var candidate in best)
        {
            var source = await ranker.ReadAsync(candidate, cancellationToken);
            texts.Add(Cut($"{candidate.Path}\n{string.Join(' ', source.Declarations.Symbols.Select(symbol => symbol.Name).Distinct())}\n{source.Text}"));
        }
        var embedded = await embedder.GenerateAsync(texts, options: null, cancellationToken);
        var near = best.Select((_, at) => Cosine(embedded[0].Vector.Span, embedded[at + 1].Vector.Span)).ToList();
        var (least, most) = (near.Min(), near.Max());
        for (var at = 0; at < best.Count && most > least; at++)
            best[at].Scale(1 + ((near[at] - least) / (most - least)));
    }

    static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (dot, lengths) = (0.0, (A: 0.0, B: 0.0));
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            dot += a[i] * b[i];
            lengths = (lengths.A + (a[i] * a[i]), lengths.B + (b[i] * b[i]));
        }
        return lengths is { A: > 0, B: > 0 } ? dot / Math.Sqrt(lengths.A * lengths.B) : 0;
    }

    static string Cut(string text) => text.Length > LongestEmbedded ? text[..LongestEmbedded] : text;
}
