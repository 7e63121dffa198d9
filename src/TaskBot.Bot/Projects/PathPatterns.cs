using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace TaskBot.Bot.Projects;

/// <summary>
/// Globs over the paths of a repository, read as <c>.gitignore</c> reads them: a pattern without a slash fits at any depth, <c>*</c> and
/// <c>?</c> stop at a slash, <c>**</c> does not, a pattern that names a folder covers all that is in it, and <c>!</c> takes out again what an
/// earlier pattern let in.
/// </summary>
/// <remarks>
/// The framework's own matcher walks folders of a disk and knows no <c>?</c>; paths here are those of git trees. The expressions never
/// backtrack, so a pattern that someone hands in cannot cost more than linear time.
/// </remarks>
public sealed class PathPatterns
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    readonly ImmutableArray<(string Text, bool Excludes, Regex Regex)> patterns;

    /// <param name="ignoreCase">True where two spellings are one file on some machine, as for what is protected.</param>
    public PathPatterns(IEnumerable<string> patterns, bool ignoreCase = false) =>
        this.patterns = [.. patterns.Select(pattern => (pattern, pattern.StartsWith('!'), Compile(pattern.TrimStart('!'), ignoreCase)))];

    public bool IsMatch(string path) => Which(path) is not null;

    /// <summary>The pattern that lets this path in, or null.</summary>
    public string? Which(string path)
    {
        string? found = null;
        foreach (var (text, excludes, regex) in patterns)
            if (regex.IsMatch(path))
                found = excludes ? null : text;
        return found;
    }

    static Regex Compile(string pattern, bool ignoreCase)
    {
        var anchored = pattern.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        var rest = pattern.Trim('/');
        var regex = new StringBuilder(anchored ? "^" : "^(?:.*/)?");
        for (var i = 0; i < rest.Length; i++)
        {
            switch (rest[i])
            {
                case '*' when rest.AsSpan(i).StartsWith("**/", StringComparison.Ordinal):
                    regex.Append("(?:.*/)?");
                    i += 2;
                    break;
                case '*' when rest.AsSpan(i).StartsWith("**", StringComparison.Ordinal):
                    regex.Append(".*");
                    i++;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                default:
                    regex.Append(Regex.Escape(rest[i].ToString()));
                    break;
            }
        }

        // What names a folder covers its contents.
        regex.Append(pattern.EndsWith('/') ? @"/.*\z" : @"(?:/.*)?\z");
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;
        return new Regex(regex.ToString(), ignoreCase ? options | RegexOptions.IgnoreCase : options, Timeout);
    }
}
