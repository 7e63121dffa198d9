using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Files as a model reads them: each under a heading with its path, in a fence that its content cannot close, up to a number of tokens.
/// Whole files first come first served; one that does not fit is cut before a line that begins a new declaration, and what was left out is said.
/// </summary>
sealed class FileContext(GitTree tree, int maxTokens)
{
    /// <summary>Files that are larger are not source code that anyone reads.</summary>
    const int MaxBytes = 1 << 20;

    /// <summary>Less than this of a file helps nobody.</summary>
    const int MinTokens = 200;

    readonly StringBuilder text = new();
    readonly List<string> leftOut = [];
    readonly ImmutableArray<string>.Builder whole = ImmutableArray.CreateBuilder<string>();
    int tokens;

    /// <summary>Paths that are shown from their first line to their last.</summary>
    public ImmutableArray<string> Whole => whole.ToImmutable();

    int Left => maxTokens - tokens;

    /// <summary>The heading that a whole file has.</summary>
    public static string Heading(string path) => $"### {path}";

    /// <summary>True where the text shows all of this file.</summary>
    public static bool Shows(string context, string path) =>
        context.StartsWith(Heading(path) + "\n", StringComparison.Ordinal) || context.Contains($"\n{Heading(path)}\n", StringComparison.Ordinal);

    /// <summary>Adds a paragraph that is no file, if it fits.</summary>
    public void AddText(string paragraph)
    {
        var cost = TokenEstimate.Likely(paragraph);
        if (cost > Left) return;
        tokens += (int)cost;
        text.Append(paragraph.Trim()).Append("\n\n");
    }

    public async Task AddFileAsync(string path, CancellationToken cancellationToken)
    {
        if (await tree.FindAsync(path, cancellationToken) is not { Mode: EntryMode.Regular or EntryMode.Executable or EntryMode.SymbolicLink } entry) return;
        if (path.Any(char.IsControl)) return; // Its heading could not be told from content.
        if (Left < MinTokens || await tree.Repository.SizeAsync(new BlobId(entry.ObjectId), cancellationToken) > MaxBytes)
        {
            leftOut.Add(path);
            return;
        }

        var bytes = await tree.Repository.ReadBlobAsync(new BlobId(entry.ObjectId), cancellationToken);
        if (entry.Mode == EntryMode.SymbolicLink)
            AddText($"{Heading(path)}\n(a symbolic link to {Encoding.UTF8.GetString(bytes.Span)})");
        else if (bytes.Span.Contains((byte)0))
            AddText($"{Heading(path)}\n(binary, {bytes.Length} bytes)");
        else
            AddContent(path, Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF').ReplaceLineEndings("\n"));
    }

    public override string ToString()
    {
        if (leftOut.Count == 0) return text.ToString().TrimEnd();
        const int shown = 50;
        var more = leftOut.Count > shown ? string.Create(CultureInfo.InvariantCulture, $" and {leftOut.Count - shown} more") : "";
        return $"{text}Left out, as there was no room: {string.Join(", ", leftOut.Take(shown))}{more}.";
    }

    void AddContent(string path, string content)
    {
        if (TryAppend(Heading(path), path, content))
        {
            whole.Add(path);
            return;
        }

        var lines = content.Split('\n');
        var end = CutBefore(lines);
        if (end > 0 && TryAppend(string.Create(CultureInfo.InvariantCulture, $"{Heading(path)} (lines 1-{end} of {lines.Length}; the rest is left out)"), path, string.Join('\n', lines.AsSpan(0, end))))
            return;
        leftOut.Add(path);
    }

    /// <summary>How many lines fit when the text is cut where a declaration begins: at a line without indentation behind an empty one.</summary>
    int CutBefore(string[] lines)
    {
        var cut = 0;
        var cost = 0L;
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0 && lines[i].Length > 0 && !char.IsWhiteSpace(lines[i][0]) && string.IsNullOrWhiteSpace(lines[i - 1])) cut = i;
            cost += TokenEstimate.Likely(lines[i]) + 1;
            if (cost > Left - 50) return cut;
        }

        return cut;
    }

    bool TryAppend(string heading, string path, string content)
    {
        var fence = new string('`', Math.Max(3, LongestRun(content) + 1));
        var block = $"{heading}\n{fence}{Path.GetExtension(path).TrimStart('.')}\n{content.TrimEnd('\n')}\n{fence}\n\n";
        var cost = TokenEstimate.Likely(block);
        if (cost > Left) return false;
        tokens += (int)cost;
        text.Append(block);
        return true;
    }

    static int LongestRun(string content)
    {
        var longest = 0;
        var run = 0;
        foreach (var character in content)
        {
            run = character == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
