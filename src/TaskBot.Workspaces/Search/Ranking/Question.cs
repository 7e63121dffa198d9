using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;
using TermSplitter = TaskBot.Workspaces.Search.Indexing.Terms;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>What an issue's text asks for: words to rank by, and exact things to look for.</summary>
/// <param name="Terms">With their weights, in ordinal order.</param>
/// <param name="Places">File names or paths, with the line where a stack trace or a compiler gives one.</param>
/// <param name="Names">Words that look like identifiers, as written.</param>
/// <param name="Phrases">Texts in quotes and messages of errors.</param>
sealed partial record Question(
    IReadOnlyList<(string Term, double Weight)> Terms, IReadOnlyList<(string File, int? Line)> Places, IReadOnlyList<string> Names, IReadOnlyList<string> Phrases)
{
    const int MostTerms = 120;

    /// <summary>Of each kind of exact mention, those that come first: a long log repeats itself, and every one costs a look-up.</summary>
    const int MostMentions = 60;
    const int LongestText = 64 * 1024;
    const double TitleWeight = 2;
    const double PartWeight = 0.5;
    const double WeakWeight = 0.25;
    const double RepeatWeight = 0.25;
    const double JoinWeight = 0.7;

    /// <summary>Words that say nothing of which file.</summary>
    static readonly HashSet<string> Empty = Stems(
        "the and for that this with from are was were not but have has had when what which should would could can will it its is in on of to an as at be been by if or we you do does "
        + "did so no there then than into please http https com github www also only now instead where after before how some any all more other about via while because");

    /// <summary>Words of issues and commit messages that speak of the work more often than of the code.</summary>
    static readonly HashSet<string> Weak = Stems(
        "issue bug fix expect actual behavior behaviour step reproduce use add remove change update make allow support see version release new feature improve pull merge chore feat refactor docs doc");

    public static Question Parse(string text)
    {
        text = text.Length > LongestText ? text[..LongestText] : text;
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new List<(string, int?)>();
        var phrases = new HashSet<string>(StringComparer.Ordinal);
        var split = new List<string>();
        var isTitle = true;
        foreach (var written in TextLimits.Lines(text))
        {
            // An address says nothing of the code, but the words of a link's text do.
            var line = Address().Replace(written, " ");
            var weight = isTitle ? TitleWeight : 1;
            isTitle &= line.Trim().Length == 0;
            foreach (Match match in Place().Matches(line))
            {
                var number = new[] { "line", "words", "parens" }.Select(name => match.Groups[name]).FirstOrDefault(group => group.Success)?.Value;
                places.Add((match.Groups["file"].Value.Replace('\\', '/'), int.TryParse(number, CultureInfo.InvariantCulture, out var at) ? at : null));
            }
            foreach (Match match in Phrase().Matches(line))
                if (match.Groups["text"].Value is var phrase && phrase.Trim() == phrase && !Word().Replace(phrase, "").All(char.IsPunctuation))
                    phrases.Add(phrase);
            if (ErrorMessage().Match(line) is { Success: true } error)
                phrases.Add(error.Groups["text"].Value);
            var before = "";
            foreach (Match match in Word().Matches(line))
            {
                // Two words of prose are often one name of the code.
                if (before.Length > 2 && match.Length > 2 && !IsEmpty(before) && !IsEmpty(match.Value))
                    weights.TryAdd((before + match.Value).ToLowerInvariant(), weight * JoinWeight);
                before = match.Value;
                var isName = LooksLikeName(match.Value) || (match.Index + match.Length < line.Length && line[match.Index + match.Length] == '(') || IsQuoted(line, match);
                if (isName && match.Length > 2)
                    names.Add(match.Value);
                split.Clear();
                TermSplitter.Split(match.Value, split);
                for (var i = 0; i < split.Count; i++)
                {
                    // Said twice is meant more, but not twice as much; the whole name, which comes last, says more than its parts.
                    var share = weight * (i == split.Count - 1 ? 1 : PartWeight) * (Weak.Contains(split[i]) ? WeakWeight : 1);
                    if (!Empty.Contains(split[i]))
                        weights[split[i]] = weights.TryGetValue(split[i], out var known) ? Math.Min(Math.Max(known, share) + (RepeatWeight * share), 4) : share;
                }
            }
        }
        var terms = weights.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostTerms)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));
        return new Question(
            [.. terms], [.. places.Distinct().Take(MostMentions)], [.. names.Take(MostMentions).Order(StringComparer.Ordinal)], [.. phrases.Take(MostMentions).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Case changes within, or an underscore: nobody writes that in prose.</summary>
    static bool LooksLikeName(string word) =>
        word.Trim('_').Contains('_', StringComparison.Ordinal) || word.Skip(1).Zip(word).Any(pair => char.IsUpper(pair.First) && char.IsLower(pair.Second));

    static bool IsQuoted(string line, Match word) =>
        word.Index > 0 && word.Index + word.Length < line.Length && (line[word.Index - 1], line[word.Index + word.Length]) is ('`', '`') or ('\'', '\'') or ('"', '"') or ('`', '.') or ('.', '`');

    static bool IsEmpty(string word)
    {
        var terms = new List<string>();
        TermSplitter.Split(word, terms);
        return terms.Count != 1 || Empty.Contains(terms[0]) || word.Any(char.IsDigit);
    }

    static HashSet<string> Stems(string words)
    {
        var stems = new List<string>();
        foreach (var word in words.Split(' '))
            TermSplitter.Split(word, stems);
        return [.. stems];
    }

    [GeneratedRegex(@"https?://[^\s)\]>""']+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Address();

    /// <summary>
    /// <c>a/b.rs:12:5</c>, <c>File "b.py", line 12</c>, <c>b.cs:line 12</c>, <c>b.cs(12,5)</c>, <c>b.php on line 12</c>, <c>C:\a\b.cs</c>,
    /// or a path alone.
    /// </summary>
    [GeneratedRegex(@"(?<file>(?:[\w.@+-]+[/\\])*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7})(?:(?::line |:)(?<line>\d+)|\((?<parens>\d+)(?:,\d+)*\)|""?,? (?:on |at )?line (?<words>\d+))?", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Place();

    [GeneratedRegex(@"`(?<text>[^`]{4,200})`|""(?<text>[^""]{6,200})""|(?<!\w)'(?<text>[^']{6,200})'", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Phrase();

    [GeneratedRegex(@"\b\w*(?:Error|Exception|error|panic|fatal|FATAL|panicked at [^:]*)(?:\[\w+\])?: (?<text>\S.{6,160}?)\.?$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex ErrorMessage();

    [GeneratedRegex(@"[\p{L}\p{Nd}_$]+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Word();
}
