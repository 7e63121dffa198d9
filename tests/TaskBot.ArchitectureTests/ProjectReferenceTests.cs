using System.Xml.Linq;

namespace TaskBot.ArchitectureTests;

public class ProjectReferenceTests
{
    /// <summary>The house: each project's level, and the projects that it may name. Levels point down only.</summary>
    static readonly Dictionary<string, (int Level, string[] References)> Table = new(StringComparer.Ordinal)
    {
        ["TaskBot.Graphs"] = (0, []),
        ["TaskBot.Engine"] = (1, ["TaskBot.Graphs"]),
        ["TaskBot.Workspaces"] = (1, []),
        ["TaskBot.Models"] = (1, []),
        ["TaskBot.GitHub"] = (1, []),
        ["TaskBot.Bot"] = (2, ["TaskBot.Engine", "TaskBot.GitHub", "TaskBot.Graphs", "TaskBot.Models", "TaskBot.Workspaces"]),
        ["TaskBot.Storage"] = (3, ["TaskBot.Bot", "TaskBot.Engine", "TaskBot.Graphs", "TaskBot.Models", "TaskBot.Workspaces"]),
        ["TaskBot"] = (4, ["TaskBot.Bot", "TaskBot.Engine", "TaskBot.GitHub", "TaskBot.Graphs", "TaskBot.Models", "TaskBot.Storage", "TaskBot.Workspaces"]),
    };

    [Fact]
    public void Every_source_project_stands_in_the_table() =>
        Repository.Files("src", "*.csproj").Select(path => Path.GetFileNameWithoutExtension(path)).ShouldBe(Table.Keys, ignoreOrder: true);

    [Fact]
    public void Every_project_references_exactly_what_the_table_says()
    {
        foreach (var path in Repository.Files("src", "*.csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            References(path).ShouldBe(Table[name].References, ignoreOrder: true, customMessage: path);
        }
    }

    [Fact]
    public void References_point_to_lower_levels_only()
    {
        foreach (var (name, (level, references)) in Table)
            foreach (var reference in references)
                Table[reference].Level.ShouldBeLessThan(level, $"{name} -> {reference}");
    }

    [Fact]
    public void Every_source_project_has_its_tests_and_its_page()
    {
        foreach (var name in Table.Keys)
        {
            File.Exists(Path.Combine(Repository.Root, "tests", $"{name}.Tests", $"{name}.Tests.csproj")).ShouldBeTrue($"tests of {name}");
            File.Exists(Path.Combine(Repository.Root, "src", name, "README.md")).ShouldBeTrue($"README.md of {name}");
        }
    }

    static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
