using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>Chooses what of a file to read: the lines that have the question's rarer words, with the declarations around them.</summary>
/// <param name="rarity">Of each term of the question.</param>
sealed class Reading(IReadOnlyDictionary<string, double> rarity)
{
    const int MostLines = 6;
    const int MostSymbols = 8;

    /// <summary>A longer declaration is not read whole.</summary>
    const int LongestBody = 60;
    const int Margin = 4;

    readonly Dictionary<string, double> weights = new(StringComparer.Ordinal);
    readonly List<string> split = [];

    public (IReadOnlyList<SourceSymbol> Symbols, IReadOnlyList<LineRange> Lines) Choose(Source source, IReadOnlySet<int> named)
    {
        if (source.Text.Length == 0)
            return ([], []);
        var last = source.Text.AsSpan().Count('\n') + 1;
        var lines = named.Where(line => line <= last).Concat(Best(source.Text).Where(line => !named.Contains(line))).Take(MostLines).ToList();
        var symbols = new HashSet<SourceSymbol>();
        var ranges = new List<LineRange>();
        foreach (var line in lines)
        {
            // The innermost declaration around a line ends the list of those that hold it.
            var around = source.Declarations.Symbols.Where(symbol => symbol.Line <= line && line <= symbol.EndLine).MinBy(symbol => symbol.EndLine - symbol.Line);
            if (around is not null)
                symbols.Add(around);
            ranges.Add(around is { } symbol && symbol.EndLine - symbol.Line < LongestBody
                ? new LineRange(symbol.Line, symbol.EndLine)
                : new LineRange(Math.Max(1, line - Margin), Math.Min(last, line + Margin)));
        }
        foreach (var symbol in source.Declarations.Symbols.Where(symbol => Weight(symbol.Name) > 0).OrderByDescending(symbol => Weight(symbol.Name)).ThenBy(symbol => symbol.Line))
            if (symbols.Count < MostSymbols)
                symbols.Add(symbol);
        return ([.. symbols.Take(MostSymbols).OrderBy(symbol => symbol.Line).ThenBy(symbol => symbol.Name, StringComparer.Ordinal)], Join(ranges));
    }

    IEnumerable<int> Best(string text)
    {
        var scored = new List<(int Line, double Score)>();
        var bySpan = weights.GetAlternateLookup<ReadOnlySpan<char>>();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var score = 0.0;
            foreach (var word in Lexer.Words(line))
                score += bySpan.TryGetValue(word, out var known) ? known : Weight(word.ToString());
            if (score > 0)
                scored.Add((number, score));
        }
        if (scored.Count == 0)
            return [];
        var enough = scored.Max(line => line.Score) / 3;
        return scored.Where(line => line.Score >= enough).OrderByDescending(line => line.Score).ThenBy(line => line.Line).Select(line => line.Line);
    }

    double Weight(string word)
    {
        if (weights.TryGetValue(word, out var known))
            return known;
        split.Clear();
        Terms.Split(word, split);
        return weights[word] = split.Distinct().Sum(term => rarity.GetValueOrDefault(term));
    }

    static List<LineRange> Join(List<LineRange> ranges)
    {
        var joined = new List<LineRange>();
        foreach (var range in ranges.OrderBy(range => range.From).ThenBy(range => range.To))
        {
            if (joined.Count > 0 && range.From <= joined[^1].To + 1)
                joined[^1] = joined[^1] with { To = Math.Max(joined[^1].To, range.To) };
            else
                joined.Add(range);
        }
        return joined;
    }
}
