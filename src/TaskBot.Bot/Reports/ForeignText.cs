using System.Text.RegularExpressions;

namespace TaskBot.Bot.Reports;

/// <summary>
/// Text of others within our Markdown. It can be read as it was written, and it never becomes ours: no heading, fence, table, marker or HTML
/// of the page around it, no mention that notifies, no reference that closes an issue.
/// </summary>
static partial class ForeignText
{
    /// <summary>A zero-width space: nobody sees it, and GitHub no longer sees a mention or a reference.</summary>
    const string Break = "\u200b";

    /// <summary>One line of plain text, as in a title or a commit message.</summary>
    public static string Line(string text) => Reference().Replace(text.ReplaceLineEndings(" ").Trim(), $"$0{Break}");

    /// <summary>A quotation of any number of lines.</summary>
    public static string Quote(string text) => string.Concat(
        text.Trim().ReplaceLineEndings("\n").Split('\n').Select(line => $"> {Html().Replace(Reference().Replace(line, $"$0{Break}"), "&lt;")}".TrimEnd() + "\n"));

    /// <summary>A cell of a table.</summary>
    public static string Cell(string text) => Html().Replace(Line(text), "&lt;").Replace("|", "&#124;", StringComparison.Ordinal);

    /// <summary>A code span.</summary>
    public static string Code(string text) => $"`{text.ReplaceLineEndings(" ").Replace('`', '\'').Trim()}`";

    [GeneratedRegex(@"@\b|#\b|\bGH-\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();

    /// <summary>What may open a tag or a comment.</summary>
    [GeneratedRegex(@"<(?=[a-z/!?])", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Html();
}
