using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Search;

/// <summary>What a search is compared with: BM25 over whole files, and <c>git grep</c> of the message's rare words.</summary>
static partial class PlainSearch
{
    const double Saturation = 1.2;
    const double LengthShare = 0.75;
    const int RareWords = 6;

    static readonly HashSet<string> Stop =
    [
        .. "the and for that this with from are was were not but have has had when what which should would could can will its it is in on of to an as at be by if or we you do does so no there then than into a".Split(' '),
    ];

    /// <summary>The words in lower case of every file of a tree, each file one bag.</summary>
    /// <param name="known">Of contents that were read before, by blob.</param>
    public static async Task<IReadOnlyList<FileWords>> ReadAsync(GitTree tree, Dictionary<string, FileWords> known, CancellationToken cancellationToken)
    {
        var entries = (await tree.EntriesAsync(cancellationToken)).Where(entry => entry.Mode is EntryMode.Regular or EntryMode.Executable).ToList();
        foreach (var blob in entries.Select(entry => entry.ObjectId).Where(blob => !known.ContainsKey(blob)).Distinct().ToList())
        {
            var bytes = await tree.Repository.ReadBlobAsync(new BlobId(blob), cancellationToken);
            var counts = bytes.Span.Contains((byte)0) ? [] : Words(Encoding.UTF8.GetString(bytes.Span)).CountBy(word => word).ToDictionary(StringComparer.Ordinal);
            known[blob] = new FileWords("", counts, counts.Values.Sum());
        }
        return [.. entries.Select(entry => known[entry.ObjectId] with { Path = entry.Path })];
    }

    /// <summary>The best ten files by BM25.</summary>
    public static IReadOnlyList<string> Rank(IReadOnlyList<FileWords> files, string message)
    {
        var average = files.Average(file => file.Length);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var word in Words(message).Where(word => !Stop.Contains(word)).Distinct())
        {
            var having = files.Where(file => file.Counts.ContainsKey(word)).ToList();
            var idf = Math.Log(1 + ((files.Count - having.Count + 0.5) / (having.Count + 0.5)));
            foreach (var (path, counts, length) in having)
                scores[path] = scores.GetValueOrDefault(path) + (idf * counts[word] * (Saturation + 1) / (counts[word] + (Saturation * (1 - LengthShare + (LengthShare * length / average)))));
        }
        return Best(scores);
    }

    /// <summary>The best ten files by which of the six rarest words they have, as git's own search finds them.</summary>
    public static async Task<IReadOnlyList<string>> GrepAsync(
        InstalledProgram git, string repository, TreeId tree, string message, IReadOnlyList<FileWords> files, CancellationToken cancellationToken)
    {
        var rare = Words(message).Where(word => word.Length > 2 && !Stop.Contains(word)).Distinct()
            .Select(word => (Word: word, Having: files.Count(file => file.Counts.ContainsKey(word)))).Where(pair => pair.Having > 0)
            .OrderBy(pair => pair.Having).Take(RareWords).Select(pair => pair.Word).ToList();
        if (rare.Count == 0)
            return [];
        string found;
        try
        {
            (found, _) = await git.RunAsync(
                repository, ["grep", "-o", "-I", "-i", "-w", "-F", "-z", .. rare.SelectMany(word => new[] { "-e", word }), tree.Value], writeInput: null, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // Git's way to say that no file has any.
            return [];
        }
        var having = found.Split('\n').Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('\0')).Where(parts => parts.Length == 2)
            .Select(parts => (Path: parts[0], Word: parts[1].ToLowerInvariant())).Distinct().ToLookup(pair => pair.Word, pair => pair.Path);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var paths in having)
            foreach (var path in paths)
                scores[path] = scores.GetValueOrDefault(path) + Math.Log((files.Count + 1.0) / paths.Count());
        return Best(scores);
    }

    static IReadOnlyList<string> Best(Dictionary<string, double> scores) =>
        [.. scores.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(10).Select(pair => pair.Key)];

    static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    /// <param name="Counts">How often each word stands in the file.</param>
    /// <param name="Length">How many words it has.</param>
    public sealed record FileWords(string Path, IReadOnlyDictionary<string, int> Counts, int Length);

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
