using System.Globalization;
using System.Text;
using TaskBot.Workspaces.Search.Ranking;

namespace TaskBot.Workspaces.Search;

/// <summary>
/// What files declare: each path, then a line for each declaration with its number. Declarations stand whole or not at all, files in ordinal
/// order of their paths, so that a small change of rank changes little of the text and a model's prompt cache holds.
/// </summary>
/// <param name="tokens">How much there is room for, estimated as UTF-8 bytes / 3; never passed.</param>
sealed class RepositoryMap(int tokens)
{
    /// <summary>Files that are looked at for one map.</summary>
    public const int MostFiles = 400;

    const int BytesAToken = 3;
    const int MostHeaderLines = 8;
    const int LongestLine = 240;

    /// <summary>Less than this has room for no file.</summary>
    const int LeastBytes = 24;

    readonly SortedDictionary<string, string> files = new(StringComparer.Ordinal);
    long left = (long)tokens * BytesAToken;

    public bool IsFull => left < LeastBytes;

    /// <summary>Adds a file's declarations as far as there is room, outer ones first.</summary>
    public void Add(string path, Source source)
    {
        if (source.Declarations.Symbols.Count == 0 || path.Any(char.IsControl))
            return;
        var lines = source.Text.ReplaceLineEndings("\n").Split('\n');
        var open = new Stack<int>();
        var declarations = new List<(int Line, int Depth, string Text)>();
        foreach (var symbol in source.Declarations.Symbols.Where(symbol => symbol.Kind is not "field" and not "member").DistinctBy(symbol => symbol.Line).OrderBy(symbol => symbol.Line))
        {
            while (open.TryPeek(out var end) && end < symbol.Line)
                open.Pop();
            declarations.Add((symbol.Line, open.Count, Header(lines, symbol.Line, open.Count)));
            open.Push(symbol.EndLine);
        }
        var heading = $"{path}:\n";
        var room = left - Encoding.UTF8.GetByteCount(heading);
        var chosen = new SortedDictionary<int, string>();
        foreach (var (line, _, text) in declarations.OrderBy(declaration => declaration.Depth).ThenBy(declaration => declaration.Line))
        {
            var size = Encoding.UTF8.GetByteCount(text);
            if (size > room)
                break;
            room -= size;
            chosen[line] = text;
        }
        if (chosen.Count == 0)
            return;
        files[path] = heading + string.Concat(chosen.Values);
        left = room;
    }

    public override string ToString() => string.Concat(files.Values);

    /// <summary>The declaration's lines until its parentheses are closed.</summary>
    static string Header(string[] lines, int line, int depth)
    {
        var text = new StringBuilder();
        var open = 0;
        for (var at = line - 1; at < Math.Min(lines.Length, line - 1 + MostHeaderLines); at++)
        {
            var part = lines[at].Trim();
            text.Append(text.Length == 0 ? "" : " ").Append(part);
            open += part.Count(c => c == '(') - part.Count(c => c == ')');
            if (open <= 0)
                break;
        }
        var header = text.Length > LongestLine ? text.ToString(0, LongestLine) : text.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{new string(' ', 2 * (depth + 1))}{line}: {header.TrimEnd('{', ' ')}\n");
    }
}
