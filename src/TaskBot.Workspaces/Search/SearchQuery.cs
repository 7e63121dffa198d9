using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Search;

/// <summary>What an issue's text mentions: terms for ranking, and exact things to look for.</summary>
/// <param name="Terms">With their weights, in ordinal order.</param>
/// <param name="Places">File names or paths, with the line where a stack trace gives one.</param>
/// <param name="Names">Words that look like identifiers.</param>
/// <param name="Phrases">Quoted texts of some length, as an error message is.</param>
sealed partial record SearchQuery(
    IReadOnlyList<(string Term, double Weight)> Terms, IReadOnlyList<(string File, int? Line)> Places, IReadOnlyList<string> Names, IReadOnlyList<string> Phrases)
{
    const int MostTerms = 200;
    const int LongestQuery = 64 * 1024;

    static readonly HashSet<string> Empty = new(StringComparer.Ordinal)
    {
        "the", "and", "for", "that", "thi", "with", "from", "are", "was", "not", "but", "have", "has", "had", "when", "what", "which", "should", "would", "could",
        "can", "will", "it", "is", "in", "on", "of", "to", "an", "as", "at", "be", "by", "if", "or", "we", "you", "do", "does", "so", "no", "there", "then", "than",
        "into", "issue", "bug", "fix", "please", "expect", "actual", "behavior", "behaviour", "step", "reproduce", "http", "com", "github", "also", "only", "use", "using",
    };

    public static SearchQuery Parse(string text)
    {
        text = text.Length > LongestQuery ? text[..LongestQuery] : text;
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new List<(string, int?)>();
        var phrases = new HashSet<string>(StringComparer.Ordinal);
        var first = true;
        foreach (var line in TextLimits.Lines(text))
        {
            // The title is the issue in one line.
            var weight = first ? 2.0 : 1.0;
            first &= line.Trim().Length == 0;
            foreach (Match match in Place().Matches(line))
            {
                var number = match.Groups["line"].Success || match.Groups["line2"].Success
                    ? int.TryParse(match.Groups["line"].Value + match.Groups["line2"].Value, CultureInfo.InvariantCulture, out var at) ? at : (int?)null
                    : null;
                places.Add((match.Groups["file"].Value.Replace('\\', '/'), number));
            }
            foreach (Match match in Phrase().Matches(line))
                phrases.Add(match.Groups["text"].Value);
            foreach (Match match in Word().Matches(line))
            {
                if (LooksLikeName(match.Value))
                    names.Add(match.Value);
                Search.Terms.Of(match.Value, (term, whole) =>
                {
                    // Said twice is meant more, but not twice as much.
                    if (!Empty.Contains(term))
                        weights[term] = weights.TryGetValue(term, out var known) ? Math.Min(known + (0.3 * weight), 4) : whole ? weight : 0.6 * weight;
                });
            }
        }
        var terms = weights.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostTerms)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));
        return new SearchQuery([.. terms], [.. places.Distinct()], [.. names.Order(StringComparer.Ordinal)], [.. phrases.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Case changes within, or an underscore: nobody writes that in prose.</summary>
    static bool LooksLikeName(string word) =>
        word.Length > 2 && (word.Trim('_').Contains('_', StringComparison.Ordinal) || word.Skip(1).Zip(word).Any(pair => char.IsUpper(pair.First) && char.IsLower(pair.Second)));

    [GeneratedRegex(@"(?<file>(?:[\w.@+-]+[/\\])*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7})(?:(?::line |:|\()(?<line>\d+)|"", line (?<line2>\d+))?", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Place();

    [GeneratedRegex(@"`(?<text>[^`]{4,200})`|""(?<text>[^""]{6,200})""|(?<!\w)'(?<text>[^']{6,200})'", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Phrase();

    [GeneratedRegex(@"[\p{L}\p{Nd}_$]+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Word();
}
