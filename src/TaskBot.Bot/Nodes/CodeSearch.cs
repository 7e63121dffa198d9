using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Ranks files by the words that a text has in common with them: the rarer a word is among the files, the more it says (tf-idf with
/// saturation), a word of the path says more than one of the content, and a path that the text names comes first.
/// </summary>
sealed partial class CodeSearch(GitTree tree)
{
    /// <summary>Files beyond this size or number are not looked into.</summary>
    const int MaxBytes = 512 << 10;

    const int MaxFiles = 5000;

    const double PathWeight = 3;

    public async Task<IReadOnlyList<string>> FindAsync(string query, IReadOnlyList<string> paths, int count, CancellationToken cancellationToken)
    {
        var named = MentionedFiles.In(query, paths);
        var words = Words(query).ToHashSet(StringComparer.Ordinal);
        var documents = new List<(string Path, Dictionary<string, double> Hits)>();
        foreach (var path in paths.Take(MaxFiles))
        {
            var hits = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var word in Words(path)) if (words.Contains(word)) hits[word] = PathWeight;
            foreach (var (word, times) in Words(await TextAsync(path, cancellationToken)).Where(words.Contains).CountBy(word => word))
                hits[word] = hits.GetValueOrDefault(word) + (times / (times + 1.5));
            if (hits.Count > 0) documents.Add((path, hits));
        }

        var frequency = documents.SelectMany(document => document.Hits.Keys).CountBy(word => word).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var ranked = documents
            .Select(document => (document.Path, Score: document.Hits.Sum(hit => hit.Value * Math.Log(1 + ((double)paths.Count / frequency[hit.Key])))))
            .OrderByDescending(item => item.Score).ThenBy(item => item.Path, StringComparer.Ordinal)
            .Select(item => item.Path);
        return [.. named.Concat(ranked).Distinct(StringComparer.Ordinal).Take(count)];
    }

    async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        if (await tree.FindAsync(path, cancellationToken) is not { Mode: EntryMode.Regular or EntryMode.Executable } entry) return "";
        if (await tree.Repository.SizeAsync(new BlobId(entry.ObjectId), cancellationToken) > MaxBytes) return "";
        var bytes = await tree.Repository.ReadBlobAsync(new BlobId(entry.ObjectId), cancellationToken);
        return bytes.Span.Contains((byte)0) ? "" : Encoding.UTF8.GetString(bytes.Span);
    }

    /// <summary>Lower-case words of three letters or more; of an identifier also its parts.</summary>
    static IEnumerable<string> Words(string text)
    {
        foreach (Match identifier in Identifier().Matches(text))
        {
            var parts = Part().Matches(identifier.Value).Select(part => part.Value.ToLowerInvariant()).ToList();
            if (parts.Count > 1) yield return string.Concat(parts);
            foreach (var part in parts) if (part.Length > 2) yield return part;
        }
    }

    [GeneratedRegex(@"[\p{L}\p{N}_]{3,}", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\p{Lu}\p{Ll}\p{N}_]+", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
