using TaskBot.Bot.Projects;
using TaskBot.Engine.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Keeps nodes from writing what a project protects.</summary>
static class ProtectedPaths
{
    /// <summary>Why these paths must not be written, or null.</summary>
    public static NodeResult.Denied? Refuse(Project project, IEnumerable<string> paths)
    {
        var patterns = new PathPatterns(project.Protected, ignoreCase: true);
        var refused = paths.Select(path => (path, pattern: patterns.Which(path))).Where(item => item.pattern is not null).ToList();
        return refused.Count == 0
            ? null
            : new NodeResult.Denied(
                $"The change touches what is protected here: {string.Join(", ", refused.Select(item => $"{item.path} (by '{item.pattern}')"))}. Nothing was changed. "
                + $"A person has to make that change, or 'protected' in {Project.FilePath} of the base branch has to allow it.");
    }
}
