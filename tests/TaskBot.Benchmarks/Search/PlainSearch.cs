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

    /// <summary>The best ten files by words in lower case, each file one bag of words.</summary>
    public static async Task<IReadOnlyList<string>> RankAsync(GitTree tree, string message, Dictionary<string, Dictionary<string, int>> cache, CancellationToken cancellationToken)
    {
        var files = new List<(string Path, Dictionary<string, int> Words, int Length)>();
        foreach (var entry in (await tree.EntriesAsync(cancellationToken)).Where(entry => entry.Mode is EntryMode.Regular or EntryMode.Executable))
        {
            if (!cache.TryGetValue(entry.ObjectId, out var words))
            {
                var bytes = await tree.Repository.ReadBlobAsync(new BlobId(entry.ObjectId), cancellationToken);
                words = bytes.Span.Contains((byte)0) ? [] : Words(Encoding.UTF8.GetString(bytes.Span)).CountBy(word => word).ToDictionary(StringComparer.Ordinal);
                cache[entry.ObjectId] = words;
            }
            files.Add((entry.Path, words, words.Values.Sum()));
        }
        var average = files.Average(file => file.Length);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var word in Words(message).Where(word => !Stop.Contains(word)).Distinct())
        {
            var having = files.Where(file => file.Words.ContainsKey(word)).ToList();
            var idf = Math.Log(1 + ((files.Count - having.Count + 0.5) / (having.Count + 0.5)));
            foreach (var (path, words, length) in having)
                scores[path] = scores.GetValueOrDefault(path) + (idf * words[word] * (Saturation + 1) / (words[word] + (Saturation * (1 - LengthShare + (LengthShare * length / average)))));
        }
        return Best(scores);
    }

    /// <summary>The best ten files by which of the six rarest words they have, as git's own search finds them.</summary>
    public static async Task<IReadOnlyList<string>> GrepAsync(InstalledProgram git, string repository, TreeId tree, string message, int files, CancellationToken cancellationToken)
    {
        var found = new List<string[]>();
        foreach (var word in Words(message).Where(word => word.Length > 2 && !Stop.Contains(word)).Distinct())
        {
            try
            {
                var (output, _) = await git.RunAsync(
                    repository, ["grep", "-l", "-I", "-i", "-w", "-F", "-z", "-e", word, tree.Value], writeInput: null, cancellationToken);
                found.Add([.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..])]);
            }
            catch (InvalidOperationException)
            {
                // Git's way to say that no file has the word.
            }
        }
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var paths in found.OrderBy(paths => paths.Length).Take(RareWords))
            foreach (var path in paths)
                scores[path] = scores.GetValueOrDefault(path) + Math.Log((files + 1.0) / paths.Length);
        return Best(scores);
    }

    static IReadOnlyList<string> Best(Dictionary<string, double> scores) =>
        [.. scores.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(10).Select(pair => pair.Key)];

    static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
