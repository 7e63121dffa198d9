using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>
/// The last changes up to a commit: which files were touched for words like the question's, and which files change together.
/// </summary>
sealed class ChangeHistory
{
    /// <summary>Older changes say little of today's files.</summary>
    public const int MostCommits = 2000;

    /// <summary>A change of more files says nothing of what belongs together.</summary>
    const int MostFiles = 40;

    /// <summary>Past changes that count as like a question, the most like first, and how much more the most like count than the others.</summary>
    const int MostSimilar = 45;
    const double Likeness = 0.25;

    readonly Dictionary<string, List<int>> byTerm = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<int>> byFile = new(StringComparer.Ordinal);

    public ChangeHistory(CommitId? head, IReadOnlyList<PastChange> changes)
    {
        Head = head;
        Changes = changes;
        for (var at = 0; at < changes.Count; at++)
        {
            if (changes[at].Files.Count > MostFiles)
                continue;
            foreach (var term in changes[at].Terms)
                Note(byTerm, term, at);
            foreach (var file in changes[at].Files)
                Note(byFile, file, at);
        }
    }

    public static ChangeHistory None { get; } = new(head: null, []);

    /// <summary>The commit that is the last of them; null where there is none.</summary>
    public CommitId? Head { get; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<PastChange> Changes { get; }

    /// <summary>The history up to a commit: read whole, or continued where <paramref name="known"/> ends.</summary>
    public static async Task<ChangeHistory> ReadAsync(GitRepository repository, CommitId head, ChangeHistory known, CancellationToken cancellationToken)
    {
        if (known.Head == head)
            return known;
        if (known.Head is { } last && (await repository.RunAsync(["merge-base", "--is-ancestor", last.Value, head.Value], cancellationToken)).ExitCode == 0)
            return new ChangeHistory(head, [.. (await LogAsync(repository, $"{last}..{head}", cancellationToken)).Concat(known.Changes).Take(MostCommits)]);
        return new ChangeHistory(head, await LogAsync(repository, head.Value, cancellationToken));
    }

    /// <summary>Files of past changes whose messages have the question's words, each with what they add up to; at most 1.</summary>
    public IEnumerable<(string File, double Score)> Similar(IReadOnlyList<(string Term, double Weight)> terms)
    {
        var scores = new Dictionary<int, double>();
        var most = 0.0;
        foreach (var (term, weight) in terms)
        {
            if (!byTerm.TryGetValue(term, out var having))
                continue;
            var idf = Math.Log(1 + ((Changes.Count - having.Count + 0.5) / (having.Count + 0.5)));
            most += weight * idf;
            foreach (var at in having)
                scores[at] = scores.GetValueOrDefault(at) + (weight * idf);
        }
        var files = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (at, score) in scores.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(MostSimilar))
            foreach (var file in Changes[at].Files)
                files[file] = files.GetValueOrDefault(file) + (Math.Pow(score / most, Likeness) / Math.Sqrt(Changes[at].Files.Count));
        return files.Select(pair => (pair.Key, Math.Min(1, pair.Value)));
    }

    /// <summary>How often other files changed with one, as a share of its changes; larger changes say less.</summary>
    public IEnumerable<(string File, double Share)> Together(string file)
    {
        if (!byFile.TryGetValue(file, out var changes) || changes.Count < 2)
            return [];
        var others = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var at in changes)
            foreach (var other in Changes[at].Files)
                if (other != file)
                    others[other] = others.GetValueOrDefault(other) + (1.0 / Math.Log2(1 + Changes[at].Files.Count));
        return others.Select(pair => (pair.Key, Math.Min(1, pair.Value / (changes.Count + 1))));
    }

    static void Note(Dictionary<string, List<int>> lists, string key, int at) =>
        (lists.TryGetValue(key, out var list) ? list : lists[key] = []).Add(at);

    /// <summary>Merges repeat what was said, and the first commit ties everything to everything. A shallow clone ends the log with an error where its history does; what came before counts.</summary>
    static async Task<List<PastChange>> LogAsync(GitRepository repository, string range, CancellationToken cancellationToken)
    {
        var log = await repository.RunAsync(
            ["log", "-z", "--min-parents=1", "--max-parents=1", "--no-renames", "--name-only", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--format=%x01%B%x02", $"--max-count={MostCommits}", range, "--"],
            cancellationToken);
        var changes = new List<PastChange>();
        for (var rest = log.Bytes; rest.Span.IndexOf((byte)1) is >= 0 and var start;)
        {
            rest = rest[(start + 1)..];
            var end = rest.Span.IndexOf((byte)2);
            if (end < 0)
                break;
            var message = System.Text.Encoding.UTF8.GetString(rest.Span[..end]);
            var files = new List<string>();
            rest = rest[(end + 1)..];
            while (rest.Length > 0 && rest.Span[0] != 1)
            {
                var length = rest.Span.IndexOf((byte)0) is >= 0 and var nul ? nul : rest.Length;
                // A line end parts the names from the message.
                if (GitPath.Decode(rest.Span[..length].TrimStart((byte)'\n')) is { Length: > 0 } name)
                    files.Add(name);
                rest = rest[Math.Min(rest.Length, length + 1)..];
            }
            changes.Add(new PastChange([.. Question.Parse(message).Terms.Select(term => term.Term)], files));
        }
        return changes;
    }
}
