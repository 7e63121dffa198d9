using System.Collections.Immutable;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>
/// Replies that went through an HTML escaper on their way. Their old lines often match all the same, for most code has no such characters,
/// and then the escapes are written into the file. One plain character anywhere, or an escape among the old lines, shows that they are meant.
/// </summary>
internal static partial class HtmlEscapes
{
    /// <summary>The first edit that adds an escape, in a reply that has no plain character at all; else null.</summary>
    public static FileEdit? In(ImmutableArray<FileEdit> edits)
    {
        FileEdit? first = null;
        var (hasEscapedQuote, hasQuote) = (false, false);
        foreach (var edit in edits)
        {
            foreach (var line in edit.Hunks.SelectMany(hunk => hunk.Lines).Concat(edit.Content.Select(text => new HunkLine(LineRole.Added, text, text))))
            {
                var plain = line.Text.Contains('&') ? EscapePattern().Replace(line.Text, "") : line.Text;
                var hasEscape = plain.Length < line.Text.Length;
                if (plain.AsSpan().ContainsAny('<', '>', '&') || (hasEscape && line.IsOld)) return null;
                hasQuote |= plain.Contains('"');
                hasEscapedQuote |= hasEscape && QuotePattern().IsMatch(line.Text);
                if (hasEscape) first ??= edit;
            }
        }
        // An escaper that knows quotes leaves none.
        return hasEscapedQuote && hasQuote ? null : first;
    }

    [GeneratedRegex("&(?:lt|gt|amp|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);", RegexOptions.NonBacktracking)]
    private static partial Regex EscapePattern();

    [GeneratedRegex("&(?:quot|apos|#39|#x27);", RegexOptions.NonBacktracking)]
    private static partial Regex QuotePattern();
}
