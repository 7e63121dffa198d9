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

    /// <summary>A code block of any number of lines; its fence is longer than any within it.</summary>
    public static string Fence(string text, string language = "")
    {
        var longest = 0;
        var run = 0;
        foreach (var character in text) longest = Math.Max(longest, run = character == '`' ? run + 1 : 0);
        var fence = new string('`', Math.Max(3, longest + 1));
        // Within code nothing is a tag or a mention; it stays so when someone quotes it elsewhere.
        var plain = Html().Replace(Reference().Replace(text.ReplaceLineEndings("\n").Trim('\n'), $"$0{Break}"), $"<{Break}");
        return $"{fence}{language}\n{plain}\n{fence}\n";
    }

    /// <summary>A code span.</summary>
    public static string Code(string text) => $"`{text.ReplaceLineEndings(" ").Replace('`', '\'').Trim()}`";

    [GeneratedRegex(@"@\b|#\b|\bGH-\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();

    /// <summary>What may open a tag or a comment.</summary>
    [GeneratedRegex(@"<(?=[a-z/!?])", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Html();
}
