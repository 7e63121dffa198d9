using System.Text.RegularExpressions;

namespace TaskBot.ArchitectureTests;

public partial class ReadmeTests
{
    public static TheoryData<string> Pages() => [.. Repository.Files("src", "README.md").Append("README.md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_names_only_types_and_files_that_exist(string page)
    {
        var sources = Repository.Files("src", "*.cs").Concat(Repository.Files("src", "*.razor")).ToList();
        var words = sources.SelectMany(path => Identifier().Matches(Repository.Read(path)).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);
        words.UnionWith(sources.Select(path => Path.GetFileNameWithoutExtension(path)));
        var missing = new List<string>();
        foreach (var name in Code().Matches(Repository.Read(page)).Select(match => match.Groups[1].Value))
        {
            if (name.Contains('/', StringComparison.Ordinal) && LooksLikePath().IsMatch(name))
            {
                if (!Exists(Path.GetDirectoryName(page)!, name)) missing.Add(name);
            }
            else if (TypeName().IsMatch(name) && !words.Contains(name.Split('.', '(', '<')[0]))
            {
                missing.Add(name);
            }
        }

        missing.ShouldBeEmpty(page);
    }

    static bool Exists(string folder, string path) =>
        new[] { Repository.Root, Path.Combine(Repository.Root, folder) }.Select(root => Path.Combine(root, path)).Any(full => File.Exists(full) || Directory.Exists(full));

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^(src|tests|action|workflows|\.ci)/[\w./-]+$")]
    private static partial Regex LooksLikePath();

    [GeneratedRegex(@"^[A-Z][a-z0-9]+([A-Z][A-Za-z0-9]*)+([.(<].*)?$")]
    private static partial Regex TypeName();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Identifier();
}
