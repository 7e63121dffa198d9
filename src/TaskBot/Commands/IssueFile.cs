namespace TaskBot.Commands;

/// <summary>An issue as a Markdown file: the first line with text is the title, the rest the description.</summary>
static class IssueFile
{
    public static (string Title, string Body) Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var first = Array.FindIndex(lines, line => line.Trim().Trim('#').Trim().Length > 0);
        return first < 0 ? ("", "") : (lines[first].Trim().TrimStart('#').Trim(), string.Join('\n', lines.Skip(first + 1)).Trim());
    }
}
