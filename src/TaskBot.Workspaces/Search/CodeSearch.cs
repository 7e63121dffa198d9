using System.Text;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search;

/// <summary>A file worth reading.</summary>
/// <param name="Score">Comparable within one answer only.</param>
/// <param name="Reason">For people: what spoke for the file most.</param>
/// <param name="Lines">Lines of interest, from 1, ascending; empty for a file that is known by its path only.</param>
/// <param name="Snippet">The text around the best of them; empty where there is none.</param>
public sealed record SearchHit(string Path, double Score, string Reason, IReadOnlyList<int> Lines, string Snippet);

/// <summary>
/// Finds the files that an issue is about: what its text mentions exactly (paths, stack frames, names, quoted texts) first, then BM25 over
/// paths, code, comments and strings, then the tests that go with the best. No model is asked; the same tree and text give the same answer.
/// </summary>
/// <remarks>Indexes of git trees are kept, the last few, and made from one another by difference. Safe for concurrent use.</remarks>
/// <param name="kept">Indexes to keep.</param>
public sealed class CodeSearch(int kept = 4) : IDisposable
{
    /// <summary>Files whose text is looked at for quoted texts and lines.</summary>
    const int Read = 40;

    const int LinesShown = 8;
    const int SnippetMargin = 3;

    readonly SemaphoreSlim gate = new(1);
    readonly List<(GitRepository Repository, TreeId Tree, SearchIndex Index)> indexes = [];

    /// <summary>The files to read, best first, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<SearchHit>> FindAsync(IFileTree tree, string query, int limit, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(tree, cancellationToken);
        var asked = SearchQuery.Parse(query);
        var (scores, rarity) = index.Rank(asked.Terms);
        var candidates = scores.ToDictionary(pair => pair.Key, pair => new Candidate(pair.Value * Prior(pair.Key)), StringComparer.Ordinal);
        AddMentions(index, asked, candidates);
        var best = Ordered(candidates).Take(Math.Max(limit, Read)).ToList();
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, candidate) in best)
        {
            if (index.Documents[path].Terms.Count == 0 || await TextAsync(tree, path, cancellationToken) is not { } text)
                continue;
            texts[path] = text;
            foreach (var phrase in asked.Phrases.Where(phrase => text.Contains(phrase, StringComparison.Ordinal)))
                candidate.Add(12, $"has the text \"{phrase}\"");
        }
        AddTests(index, candidates);
        return
        [
            .. Ordered(candidates).Take(limit).Select(pair => Hit(pair.Key, pair.Value, texts.GetValueOrDefault(pair.Key) ?? "", rarity)),
        ];
    }

    /// <summary>
    /// The definitions of the best files for a query, whole lines in the order of the files, within a number of tokens
    /// (estimated as UTF-8 bytes / 3). Files stand in ordinal order, so that a small change of rank changes little.
    /// </summary>
    public async Task<string> MapAsync(IFileTree tree, string query, int tokens, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(tree, cancellationToken);
        var ranked = (await FindAsync(tree, query, index.Documents.Count, cancellationToken)).Select(hit => hit.Path);
        var rest = index.Documents.Keys.Order(StringComparer.Ordinal);
        var chosen = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var left = tokens * 3;
        foreach (var path in ranked.Concat(rest).Distinct())
        {
            var declarations = index.Documents[path].Declarations;
            if (declarations.Count == 0)
                continue;
            var text = path + ":\n" + string.Concat(declarations.Select(declaration => $"  {declaration.Line}: {declaration.Text}\n"));
            var bytes = Encoding.UTF8.GetByteCount(text);
            if (bytes > left)
                continue;
            left -= bytes;
            chosen[path] = text;
        }
        return string.Concat(chosen.Values);
    }

    public void Dispose() => gate.Dispose();

    async Task<SearchIndex> IndexAsync(IFileTree tree, CancellationToken cancellationToken)
    {
        if (tree is not GitTree git)
            return SearchIndex.Of(await DocumentsAsync(tree, await tree.ListAsync(cancellationToken), cancellationToken));
        await gate.WaitAsync(cancellationToken);
        try
        {
            var at = indexes.FindIndex(known => ReferenceEquals(known.Repository, git.Repository) && known.Tree == git.Id);
            var index = at >= 0 ? indexes[at].Index : await MakeAsync(git, cancellationToken);
            // The last used stands last.
            if (at >= 0)
                indexes.RemoveAt(at);
            else if (indexes.Count >= kept)
                indexes.RemoveAt(0);
            indexes.Add((git.Repository, git.Id, index));
            return index;
        }
        finally
        {
            gate.Release();
        }
    }

    async Task<SearchIndex> MakeAsync(GitTree tree, CancellationToken cancellationToken)
    {
        var near = indexes.FindLast(known => ReferenceEquals(known.Repository, tree.Repository));
        if (near.Index is null)
            return SearchIndex.Of(await DocumentsAsync(tree, await tree.ListAsync(cancellationToken), cancellationToken));
        var changes = await tree.Repository.ChangesAsync(near.Tree, tree.Id, cancellationToken);
        var written = changes.Where(change => change.After?.Mode.FileKind() is not null).Select(change => change.Path);
        return near.Index.With([.. changes.Select(change => change.Path)], await DocumentsAsync(tree, written, cancellationToken));
    }

    static async Task<List<SourceDocument>> DocumentsAsync(IFileTree tree, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var documents = new List<SourceDocument>();
        foreach (var path in paths)
            documents.Add(SourceDocument.Read(path, await ContentAsync(tree, path, cancellationToken)));
        return documents;
    }

    /// <summary>The file's bytes; null when it is no regular file or too large to be worth reading.</summary>
    static async Task<ReadOnlyMemory<byte>?> ContentAsync(IFileTree tree, string path, CancellationToken cancellationToken)
    {
        if (tree is not GitTree git)
            return (await tree.ReadAsync(path, cancellationToken))?.Content;
        if (await git.FindAsync(path, cancellationToken) is not { Mode: EntryMode.Regular or EntryMode.Executable } entry)
            return null;
        var blob = new BlobId(entry.ObjectId);
        return await git.Repository.SizeAsync(blob, cancellationToken) <= SourceDocument.LargestBytes
            ? await git.Repository.ReadBlobAsync(blob, cancellationToken)
            : null;
    }

    static async Task<string?> TextAsync(IFileTree tree, string path, CancellationToken cancellationToken) =>
        await ContentAsync(tree, path, cancellationToken) is { Length: <= SourceDocument.LargestBytes } bytes && !bytes.Span.Contains((byte)0)
            ? Encoding.UTF8.GetString(bytes.Span)
            : null;

    static void AddMentions(SearchIndex index, SearchQuery asked, Dictionary<string, Candidate> candidates)
    {
        var byName = index.Documents.Keys.Order(StringComparer.Ordinal).ToLookup(path => path[(path.LastIndexOf('/') + 1)..], StringComparer.OrdinalIgnoreCase);
        foreach (var (file, line) in asked.Places)
        {
            var sameName = byName[file[(file.LastIndexOf('/') + 1)..]].ToList();
            // The mention may be longer (an absolute path on another machine) or shorter than the path here.
            var longest = sameName.GroupBy(path => CommonParts(path, file)).OrderByDescending(group => group.Key).FirstOrDefault()?.ToList() ?? [];
            foreach (var path in longest)
                Of(path).Add(60.0 / longest.Count, line is null ? $"mentioned as {file}" : $"mentioned as {file}, line {line}", line);
        }
        foreach (var name in asked.Names)
        {
            var defining = index.Defined[name].ToList();
            foreach (var path in defining)
                Of(path).Add(25.0 * Prior(path) / defining.Count, $"defines {name}", index.Documents[path].Declarations.First(declaration => declaration.Name == name).Line);
        }
        Candidate Of(string path) => candidates.TryGetValue(path, out var known) ? known : candidates[path] = new Candidate(0);
    }

    static int CommonParts(string path, string other) => path.Split('/').Reverse().Zip(other.Split('/').Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();

    /// <summary>The tests of a good file are worth reading too, after it.</summary>
    static void AddTests(SearchIndex index, Dictionary<string, Candidate> candidates)
    {
        var tests = index.Documents.Keys.Where(IsTest).Order(StringComparer.Ordinal).ToLookup(TestSubject, StringComparer.OrdinalIgnoreCase);
        foreach (var (path, candidate) in Ordered(candidates).Take(5).Where(pair => !IsTest(pair.Key)).ToList())
            foreach (var test in tests[Stem(path)].Take(2))
            {
                var known = candidates.TryGetValue(test, out var there) ? there : candidates[test] = new Candidate(0);
                known.Add(Math.Max(0, (candidate.Score * 0.6) - known.Score), $"tests {path}");
            }
    }

    static string Stem(string path) => Path.GetFileNameWithoutExtension(path);

    static bool IsTest(string path) =>
        path.Split('/')[..^1].Any(part => part is "test" or "tests" or "spec" or "__tests__" || part.EndsWith(".Tests", StringComparison.Ordinal)) || TestSubject(path) != Stem(path);

    /// <summary>The name of what a test's file is about: <c>FooTests</c>, <c>test_foo</c>, <c>foo.test</c>, <c>foo_spec</c> are about foo.</summary>
    static string TestSubject(string path)
    {
        var stem = Stem(path);
        foreach (var end in (string[])["Tests", "Test", "Spec", ".test", ".spec", "_test", "_spec", "-test"])
            if (stem.Length > end.Length && stem.EndsWith(end, StringComparison.Ordinal))
                return stem[..^end.Length];
        return stem.StartsWith("test_", StringComparison.Ordinal) ? stem["test_".Length..] : stem;
    }

    /// <summary>What a change is rarely about.</summary>
    static double Prior(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant();
        if (name.EndsWith(".lock", StringComparison.Ordinal) || name.Contains("lock.", StringComparison.Ordinal) || name.Contains(".min.", StringComparison.Ordinal)
            || path.Split('/').Any(part => part is "vendor" or "node_modules" or "third_party" or "dist"))
            return 0.1;
        if (name.StartsWith("changelog", StringComparison.Ordinal) || name.StartsWith("history", StringComparison.Ordinal) || name.StartsWith("license", StringComparison.Ordinal))
            return 0.2;
        return name.EndsWith(".md", StringComparison.Ordinal) || name.EndsWith(".txt", StringComparison.Ordinal) || name.EndsWith(".rst", StringComparison.Ordinal) ? 0.5
            : IsTest(path) ? 0.8 : 1;
    }

    static IOrderedEnumerable<KeyValuePair<string, Candidate>> Ordered(Dictionary<string, Candidate> candidates) =>
        candidates.OrderByDescending(pair => pair.Value.Score).ThenBy(pair => pair.Key, StringComparer.Ordinal);

    static SearchHit Hit(string path, Candidate candidate, string text, Dictionary<string, double> rarity)
    {
        var lines = text.Split('\n');
        var scored = new List<(int Line, double Score)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var word in lines[i].Split([.. " \t\r.,;:()[]{}<>\"'`=+-*/!?&|@#%^~\\"], StringSplitOptions.RemoveEmptyEntries))
                Terms.Of(word, (term, _) => seen.Add(term));
            var score = seen.Order(StringComparer.Ordinal).Sum(term => rarity.GetValueOrDefault(term)) + (candidate.Lines.Contains(i + 1) ? 1000 : 0);
            if (score > 0)
                scored.Add((i + 1, score));
        }
        var best = scored.OrderByDescending(line => line.Score).ThenBy(line => line.Line).Take(LinesShown).ToList();
        var snippet = "";
        if (best.Count > 0)
        {
            var from = Math.Max(0, best[0].Line - 1 - SnippetMargin);
            snippet = string.Join('\n', lines[from..Math.Min(lines.Length, best[0].Line + SnippetMargin)]);
        }
        return new SearchHit(path, Math.Round(candidate.Score, 6), candidate.Reason ?? "has the query's words", [.. best.Select(line => line.Line).Order()], snippet);
    }

    /// <summary>A file's score so far, and the strongest reason for it besides words.</summary>
    sealed class Candidate(double score)
    {
        double strongest;

        public double Score { get; private set; } = score;
        public string? Reason { get; private set; }
        public HashSet<int> Lines { get; } = [];

        public void Add(double more, string reason, int? line = null)
        {
            Score += more;
            if (line is { } known)
                Lines.Add(known);
            if (more > strongest)
                (strongest, Reason) = (more, reason);
        }
    }
}
