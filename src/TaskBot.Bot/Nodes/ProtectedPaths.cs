using TaskBot.Bot.Projects;

namespace TaskBot.Bot.Nodes;

/// <summary>Keeps what a project protects from being published without a person's word.</summary>
static class ProtectedPaths
{
    /// <summary>Those of these paths that are protected, each with the pattern that says so.</summary>
    public static IReadOnlyList<(string Path, string Pattern)> Among(Project project, IEnumerable<string> paths)
    {
        var patterns = new PathPatterns(project.Protected, ignoreCase: true);
        return [.. paths.Select(path => (path, pattern: patterns.Which(path))).Where(item => item.pattern is not null).Select(item => (item.path, item.pattern!))];
    }

    /// <summary>What a person has to be asked before these paths are published; null where none of them is protected.</summary>
    public static string? Question(Project project, IEnumerable<string> paths) => Among(project, paths) is { Count: > 0 } touched
        ? $"The change touches what is protected here: {string.Join(", ", touched.Select(item => $"{item.Path} (by '{item.Pattern}')"))}. Nothing is published yet. May it be? "
            + $"Whether these paths are protected is said by 'protected' in {Project.FilePath} of the base branch."
        : null;
}
