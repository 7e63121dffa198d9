using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// What a model may do with a tree while it thinks: list, read and search. Nothing here writes or runs anything. All that the tools say
/// together stays within a number of tokens; after that they say so, and the model has to answer from what it knows.
/// </summary>
sealed class TreeTools(RunScope scope, NodeRun run, GitTree tree, int maxTokens)
{
    /// <summary>Of one file at once; the rest is a second call.</summary>
    const int MaxLines = 400;

    const int MaxHits = 40;

    /// <summary>Of each place that a search finds.</summary>
    const int MaxHitLines = 7;

    /// <summary>Longer lines are no source code that anyone reads.</summary>
    const int MaxLineLength = 400;

    /// <summary>Files that are larger are not looked into for a text.</summary>
    public const long MaxSearchedBytes = 512 * 1024;

    const long MaxReadBytes = 8 << 20;

    readonly SortedSet<string> read = new(StringComparer.Ordinal);
    long left = maxTokens;

    /// <summary>Paths that were read or found.</summary>
    public IReadOnlyCollection<string> Seen => read;

    public IReadOnlyList<AIFunction> All =>
    [
        AIFunctionFactory.Create(ListAsync, "list_files", "Lists the paths that a glob such as src/**/*.cs matches."),
        AIFunctionFactory.Create(ReadAsync, "read_file", "Shows the lines of a file, numbered."),
        AIFunctionFactory.Create(FindTextAsync, "find_text", "Finds the lines that hold exactly this text, in the files that a glob matches."),
        AIFunctionFactory.Create(SearchAsync, "search_code", "Finds the files that speak of something, best first, from words in any form."),
    ];

    async Task<string> ListAsync([Description("A glob; ** for everything.")] string glob, CancellationToken cancellationToken)
    {
        var where = new PathPatterns([glob]);
        var paths = (await tree.ListAsync(cancellationToken)).Where(where.IsMatch).ToList();
        return Say(paths.Count == 0 ? $"No file matches '{glob}'." : PathList.Render(paths, (int)Math.Min(left, 2000)));
    }

    async Task<string> ReadAsync(string path, [Description("The first line, from 1.")] int from = 1, [Description("The last line.")] int to = MaxLines, CancellationToken cancellationToken = default)
    {
        if (await LinesAsync(path, MaxReadBytes, cancellationToken) is not { } lines) return Say($"There is no text file '{path}'.");
        read.Add(path);
        var first = Math.Clamp(from, 1, Math.Max(lines.Length, 1));
        var last = Math.Min(Math.Min(lines.Length, to), first + MaxLines - 1);
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{path}, lines {first} to {last} of {lines.Length}\n"));
        for (var i = first; i <= last; i++) text.Append(CultureInfo.InvariantCulture, $"{i}: {Shorten(lines[i - 1])}\n");
        return Say(text.ToString());
    }

    async Task<string> FindTextAsync(string text, [Description("A glob; ** for everything.")] string glob = "**", CancellationToken cancellationToken = default)
    {
        if (text.Length == 0) return Say("There is nothing to look for in an empty text.");
        var where = new PathPatterns([glob]);
        var hits = new List<string>();
        foreach (var path in (await tree.ListAsync(cancellationToken)).Where(where.IsMatch))
        {
            if (await LinesAsync(path, MaxSearchedBytes, cancellationToken) is not { } lines) continue;
            for (var i = 0; i < lines.Length && hits.Count < MaxHits; i++)
            {
                if (!lines[i].Contains(text, StringComparison.Ordinal)) continue;
                read.Add(path);
                hits.Add(string.Create(CultureInfo.InvariantCulture, $"{path}:{i + 1}: {Shorten(lines[i].Trim())}"));
            }

            if (hits.Count == MaxHits) break;
        }

        return Say(hits.Count == 0 ? $"Nothing holds '{text}'." : string.Join('\n', hits));
    }

    async Task<string> SearchAsync(string words, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(words)) return Say("There is nothing to look for in an empty text.");
        var found = new List<string>();
        foreach (var hit in await scope.FindAsync(run, new CodeQuestion(tree, words) { History = new CommitId(scope.Run.BaseCommit) }, cancellationToken))
        {
            read.Add(hit.Path);
            found.Add($"{hit.Path} ({hit.Reasons[0]})\n{await FirstLinesAsync(hit, cancellationToken)}");
        }

        return Say(found.Count == 0 ? "Nothing speaks of it." : string.Join('\n', found));
    }

    /// <summary>The beginning of each range of lines that a search says to read, numbered.</summary>
    async Task<string> FirstLinesAsync(SearchHit hit, CancellationToken cancellationToken)
    {
        if (hit.Lines.Count == 0 || await LinesAsync(hit.Path, MaxSearchedBytes, cancellationToken) is not { } lines) return "";
        var text = new StringBuilder();
        foreach (var range in hit.Lines)
            for (var line = range.From; line <= Math.Min(Math.Min(range.To, lines.Length), range.From + MaxHitLines - 1); line++)
                text.Append(CultureInfo.InvariantCulture, $"{line}: {Shorten(lines[line - 1])}\n");
        return text.ToString();
    }

    /// <summary>A text file's content with plain line ends; null where there is none at this path, or a larger or binary one.</summary>
    public static async ValueTask<string?> TextAsync(GitTree tree, string path, long maxBytes, CancellationToken cancellationToken)
    {
        if (await tree.FindAsync(path, cancellationToken) is not { Mode: EntryMode.Regular or EntryMode.Executable } entry) return null;
        var blob = new BlobId(entry.ObjectId);
        if (await tree.Repository.SizeAsync(blob, cancellationToken) > maxBytes) return null;
        var content = await tree.Repository.ReadBlobAsync(blob, cancellationToken);
        return content.Span.Contains((byte)0) ? null : Encoding.UTF8.GetString(content.Span).TrimStart('\uFEFF').ReplaceLineEndings("\n");
    }

    async ValueTask<string[]?> LinesAsync(string path, long maxBytes, CancellationToken cancellationToken) =>
        (await TextAsync(tree, path, maxBytes, cancellationToken))?.TrimEnd('\n').Split('\n');

    string Say(string text) => Say("from the repository", text);

    /// <summary>What a tool says is data, and counts.</summary>
    public string Say(string from, string text)
    {
        if (left <= 0) return "No room is left for more material. Answer from what you have seen.";
        var cost = TokenEstimate.Likely(text);
        if (cost > left) text = string.Concat(text.AsSpan(0, (int)Math.Min(text.Length, left * 2)), "\n[cut off: no room is left]");
        left -= cost;
        return DataBlock.Of(from, text);
    }

    static string Shorten(string line) => line.Length <= MaxLineLength ? line : string.Concat(line.AsSpan(0, MaxLineLength), "…");
}
