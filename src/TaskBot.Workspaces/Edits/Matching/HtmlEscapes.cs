using System.Collections.Immutable;
using TaskBot.Workspaces.Edits.Formats;

namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>
/// Replies that went through an HTML escaper on their way. Their old lines often match all the same, for most code has no such characters,
/// and then the escapes are written into the file. One plain character anywhere, or an escape among the old lines, shows that they are meant.
/// </summary>
internal static class HtmlEscapes
{
    private static readonly string[] Escapes = ["&lt;", "&gt;", "&amp;"];

    /// <summary>The first edit that adds an escape, in a reply that has no plain character at all; else null.</summary>
    public static FileEdit? In(ImmutableArray<FileEdit> edits)
    {
        FileEdit? first = null;
        foreach (var edit in edits)
        {
            foreach (var line in edit.Hunks.SelectMany(hunk => hunk.Lines).Concat(edit.Content.Select(text => new HunkLine(LineRole.Added, text, text))))
            {
                var (hasEscape, hasPlain) = Look(line.Text);
                if (hasPlain || (hasEscape && line.IsOld)) return null;
                if (hasEscape) first ??= edit;
            }
        }
        return first;
    }

    private static (bool HasEscape, bool HasPlain) Look(string text)
    {
        var hasEscape = false;
        for (var i = text.AsSpan().IndexOfAny('<', '>', '&'); i >= 0 && i < text.Length; i++)
        {
            if (text[i] is '<' or '>') return (hasEscape, true);
            if (text[i] != '&') continue;
            if (!Array.Exists(Escapes, escape => string.CompareOrdinal(text, i, escape, 0, escape.Length) == 0)) return (hasEscape, true);
            hasEscape = true;
        }
        return (hasEscape, false);
    }
}
