using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Bot.Nodes;

/// <summary>Finds the files that a text speaks of.</summary>
static partial class MentionedFiles
{
    /// <summary>A description that names more files than this lists them; it does not need them all.</summary>
    const int Max = 20;

    /// <summary>Paths in the order in which they are named: in full, or by an ending that only one path has.</summary>
    public static ImmutableArray<string> In(string text, IReadOnlyList<string> paths)
    {
        var known = paths.ToHashSet(StringComparer.Ordinal);
        var byName = paths.ToLookup(path => path[(path.LastIndexOf('/') + 1)..], StringComparer.Ordinal);
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (var word in FileWord().Matches(text).Select(match => match.Value.Replace('\\', '/').TrimEnd('.')))
        {
            var name = word.StartsWith("./", StringComparison.Ordinal) ? word[2..] : word.TrimStart('/');
            var path = known.Contains(name) ? name : Only(byName[name[(name.LastIndexOf('/') + 1)..]].Where(path => path.EndsWith($"/{name}", StringComparison.Ordinal)));
            if (path is not null && !found.Contains(path)) found.Add(path);
            if (found.Count == Max) break;
        }

        return found.ToImmutable();
    }

    static string? Only(IEnumerable<string> paths) => paths.Take(2).ToList() is [var one] ? one : null;

    [GeneratedRegex(@"[\w.@+~/\\-]*[\w@+~-]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileWord();
}
