namespace TaskBot.Workspaces.Search;

/// <summary>Where comments and strings begin and end, for families of languages.</summary>
sealed record Syntax(string? Line, string? Open, string? Close, string Quotes, bool Triple = false, bool Prose = false)
{
    const int LongestQuoted = 20_000;

    static readonly Syntax C = new("//", "/*", "*/", "\"'`");
    static readonly Syntax Hash = new("#", null, null, "\"'`", Triple: true);
    static readonly Syntax Dashes = new("--", "/*", "*/", "\"'");
    static readonly Syntax Markup = new(null, "<!--", "-->", "\"'");
    static readonly Syntax Plain = new(null, null, null, "", Prose: true);

    public static Syntax Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".py" or ".pyi" or ".rb" or ".rake" or ".sh" or ".bash" or ".zsh" or ".yml" or ".yaml" or ".toml" or ".pl" or ".r" or ".ex" or ".exs" or ".cmake" or ".mk" => Hash,
        ".sql" or ".lua" or ".hs" or ".elm" => Dashes,
        ".html" or ".htm" or ".xml" or ".csproj" or ".props" or ".targets" or ".vue" or ".svelte" or ".xaml" => Markup,
        ".md" or ".txt" or ".rst" or ".adoc" => Plain,
        "" => Hash,
        _ => C,
    };

    /// <summary>The length of the comment that begins here; 0 when none does.</summary>
    public int Comment(ReadOnlySpan<char> rest)
    {
        if (Prose)
            return rest.Length;
        if (Line is not null && rest.StartsWith(Line, StringComparison.Ordinal))
            return rest.IndexOf('\n') is >= 0 and var end ? end : rest.Length;
        if (Open is null || !rest.StartsWith(Open, StringComparison.Ordinal))
            return 0;
        return rest[Open.Length..].IndexOf(Close, StringComparison.Ordinal) is >= 0 and var close ? Open.Length + close + Close!.Length : rest.Length;
    }

    /// <summary>The length of the string that begins here; 0 when none does.</summary>
    public int Text(ReadOnlySpan<char> rest)
    {
        var quote = rest[0];
        if (!Quotes.Contains(quote, StringComparison.Ordinal))
            return 0;
        if (Triple && rest.Length > 3 && rest[1] == quote && rest[2] == quote)
        {
            var close = rest[3..].IndexOf(rest[..3], StringComparison.Ordinal);
            return close < 0 ? 0 : close + 6;
        }
        for (var i = 1; i < Math.Min(rest.Length, LongestQuoted); i++)
        {
            if (rest[i] == '\\')
                i++;
            else if (rest[i] == quote)
                return i + 1;
            else if (rest[i] == '\n' && quote != '`')
                return 0;
        }
        return 0;
    }
}
