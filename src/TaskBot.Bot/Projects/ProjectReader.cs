using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using TaskBot.Graphs.Problems;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Projects;

/// <summary>Reads a repository's project from the tree of its base branch, never from a branch that someone proposes.</summary>
public static class ProjectReader
{
    static readonly FrozenDictionary<string, string> LanguagesByExtension = new (string Language, string Extensions)[]
    {
        ("csharp", ".cs"),
        ("fsharp", ".fs"),
        ("visualbasic", ".vb"),
        ("python", ".py"),
        ("javascript", ".js .mjs .cjs .jsx"),
        ("typescript", ".ts .tsx"),
        ("java", ".java"),
        ("kotlin", ".kt"),
        ("scala", ".scala"),
        ("rust", ".rs"),
        ("go", ".go"),
        ("c", ".c .h"),
        ("cpp", ".cc .cpp .cxx .hpp"),
        ("ruby", ".rb"),
        ("php", ".php"),
        ("swift", ".swift"),
        ("shell", ".sh .bash"),
        ("lua", ".lua"),
        ("dart", ".dart"),
        ("elixir", ".ex .exs"),
        ("haskell", ".hs"),
    }
    .SelectMany(item => item.Extensions.Split(' ').Select(extension => (extension, item.Language)))
    .ToFrozenDictionary(item => item.extension, item => item.Language, StringComparer.OrdinalIgnoreCase);

    /// <summary>The languages that files are known to be written in.</summary>
    public static IEnumerable<string> KnownLanguages => LanguagesByExtension.Values.Distinct(StringComparer.Ordinal);

    /// <summary>
    /// The project that this tree describes, over the organisation's file where there is one. A project that names no languages gets those
    /// of its files, the most frequent first.
    /// </summary>
    /// <returns>What could be read, and every problem; a project with problems is not to be worked with.</returns>
    public static async Task<(Project Project, ImmutableArray<Problem> Problems)> ReadAsync(
        GitTree baseTree, ProjectLayer? organisation, CancellationToken cancellationToken)
    {
        var layers = new List<ProjectLayer>();
        if (await baseTree.ReadAsync(Project.FilePath, cancellationToken) is { } file)
            layers.Add(new ProjectLayer(Project.FilePath, Encoding.UTF8.GetString(file.Content.Span).TrimStart('\uFEFF')));
        if (organisation is not null) layers.Add(organisation);
        var (project, problems) = Project.Parse(layers);
        if (project.Languages.IsEmpty)
            project = project with { Languages = Languages(await baseTree.ListAsync(cancellationToken)) };
        return (project, problems);
    }

    static ImmutableArray<string> Languages(IEnumerable<string> paths) =>
    [
        .. paths.Select(path => LanguagesByExtension.GetValueOrDefault(Path.GetExtension(path)))
            .OfType<string>()
            .CountBy(language => language)
            .OrderByDescending(count => count.Value)
            .ThenBy(count => count.Key, StringComparer.Ordinal)
            .Take(4)
            .Select(count => count.Key),
    ];
}
