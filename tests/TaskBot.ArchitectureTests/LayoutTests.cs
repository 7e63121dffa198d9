using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TaskBot.ArchitectureTests;

public partial class LayoutTests
{
    /// <summary>More loose files than this at a project's root: a folder is missing.</summary>
    const int MostLooseFiles = 8;

    static readonly string[] NoNouns = ["Services", "Helpers", "Utils", "Utilities", "Managers", "Common", "Misc"];

    [Fact]
    public void A_folder_is_a_noun_of_the_product() =>
        Repository.Files("src", "*.cs").SelectMany(path => path.Split('/')).Intersect(NoNouns, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();

    [Fact]
    public void At_a_projects_root_stand_few_files() =>
        Repository.Files("src", "*.cs").GroupBy(path => string.Join('/', path.Split('/')[..^1]))
            .Where(folder => folder.Key.Count(character => character == '/') == 1 && folder.Count() > MostLooseFiles)
            .Select(folder => folder.Key).ShouldBeEmpty();

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var silent = new List<string>();
        foreach (var project in Repository.Files("src", "*.csproj").Select(path => Path.GetFileNameWithoutExtension(path)))
        {
            foreach (var path in Repository.Files($"src/{project}", "*.cs"))
            {
                var lines = Repository.Read(path).Split('\n');
                for (var i = 0; i < lines.Length; i++)
                {
                    if (!PublicType().IsMatch(lines[i])) continue;
                    var above = i - 1;
                    while (above >= 0 && (lines[above].TrimStart().StartsWith('[') || lines[above].TrimStart().StartsWith('#'))) above--;
                    if (above < 0 || !lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal)) silent.Add($"{path}:{i + 1}");
                }
            }
        }

        silent.ShouldBeEmpty();
    }

    [Fact]
    public void Every_banned_symbol_names_its_replacement() =>
        Repository.Read("BannedSymbols.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Split(';') is not [_, { Length: > 10 }]).ShouldBeEmpty();

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("TaskBot.sln").Replace('\\', '/');
        Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")).Where(path => !solution.Contains(path, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void No_project_sets_its_own_package_versions() =>
        Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj"))
            .Where(path => XDocument.Load(Path.Combine(Repository.Root, path)).Descendants("PackageReference").Any(reference => reference.Attribute("Version") is not null))
            .ShouldBeEmpty();

    [GeneratedRegex(@"^public (sealed |static |abstract |readonly |partial )*(class|record|struct|interface|enum|delegate) ")]
    private static partial Regex PublicType();
}
