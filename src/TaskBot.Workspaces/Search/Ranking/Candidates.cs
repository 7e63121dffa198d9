using System.Runtime.InteropServices;
using TaskBot.Workspaces.Search.Indexing;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>One file on its way to an answer: what it has so far, and what spoke for it.</summary>
sealed class Candidate(int document, string path)
{
    readonly List<(double Score, string Why)> reasons = [];

    public int Document => document;

    public string Path => path;

    public double Score { get; private set; }

    /// <summary>Lines that a stack trace names, from 1.</summary>
    public SortedSet<int> Lines { get; } = [];

    /// <summary>What spoke for the file, strongest first.</summary>
    public IReadOnlyList<string> Reasons => [.. reasons.OrderByDescending(reason => reason.Score).ThenBy(reason => reason.Why, StringComparer.Ordinal).Select(reason => reason.Why).Distinct().Take(MostReasons)];

    const int MostReasons = 5;

    public void Add(double score, string why)
    {
        if (score <= 0)
            return;
        Score += score;
        reasons.Add((score, why));
    }

    public void Scale(double factor) => Score *= factor;
}

/// <summary>The files that anything speaks for.</summary>
/// <param name="isWanted">Where to look; null for everywhere.</param>
sealed class Candidates(TreeIndex index, Func<string, bool>? isWanted)
{
    readonly Dictionary<int, Candidate> all = [];

    /// <summary>The candidate for a document; null where it is not looked for.</summary>
    public Candidate? Of(int document)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(all, document, out _);
        return known ??= index.Path(document) is var path && (isWanted is null || isWanted(path)) ? new Candidate(document, path) : null;
    }

    public void Add(int document, double score, string why)
    {
        if (document >= 0)
            Of(document)?.Add(score, why);
    }

    public IEnumerable<Candidate> All => all.Values.OfType<Candidate>();

    /// <summary>Best first; equals by path, so that the order says nothing of the index.</summary>
    public List<Candidate> Best(int most) =>
        [.. All.Where(candidate => candidate.Score > 0).OrderByDescending(candidate => candidate.Score).ThenBy(candidate => candidate.Path, StringComparer.Ordinal).Take(most)];
}
