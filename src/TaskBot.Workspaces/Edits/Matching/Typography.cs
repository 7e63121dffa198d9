using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>
/// Characters that word processors, chat windows and converters of tabs put in the place of a file's own. In old lines they keep a block
/// from being found; in new lines they would be written into code that no longer compiles, or mix its indentation.
/// </summary>
internal sealed class Typography(IReadOnlyList<TextLine> file, string path)
{
    private readonly Lazy<bool> _hasQuotes = new(() => file.Any(line => HasQuote(line.Text)));
    private readonly Lazy<HashSet<char>> _indentations = new(() => [.. file.Select(line => Indentation(line.Text)).OfType<char>()]);

    /// <summary>
    /// The first new line of the hunk with a typographic quote, where neither the file has one nor the new lines a plain one, or with an
    /// indentation of blanks by which no line of the file is indented; null where there is none. Files for people may have any.
    /// </summary>
    public string? ForeignIn(Hunk hunk)
    {
        if (Prose.Is(path)) return null;
        string[] added = [.. hunk.Lines.Where(line => line.Role == LineRole.Added).Select(line => line.Text)];
        if (Array.Find(added, IsIndentedForeignly) is { } indented) return indented.Trim();
        return !Array.Exists(added, HasPlainQuote) && Array.Find(added, HasQuote) is { } quoted && !_hasQuotes.Value ? quoted.Trim() : null;
    }

    private bool IsIndentedForeignly(string line) =>
        Indentation(line) is { } blank && !_indentations.Value.Contains(blank) && (blank is not (' ' or '\t') || _indentations.Value.Count > 0);

    /// <summary>The first blank of a line that is indented; null for others, and for one space, which aligns the stars of a comment.</summary>
    private static char? Indentation(string line) =>
        line.Length < 2 || !char.IsWhiteSpace(line[0]) || string.IsNullOrWhiteSpace(line) || (line[0] == ' ' && line[1] == '*') ? null : line[0];

    private static bool HasQuote(string line) => line.AsSpan().ContainsAny('\u201C', '\u201D', '\u2018');

    private static bool HasPlainQuote(string line) => line.AsSpan().ContainsAny('"', '\'');
}
