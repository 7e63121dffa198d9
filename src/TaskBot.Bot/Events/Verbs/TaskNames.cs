using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Finds the task and the variants that people name: <c>write-tests strictness=thorough</c>.</summary>
static class TaskNames
{
    /// <summary>What was wished for; null, with what is wrong, where a word is neither a task nor a variant.</summary>
    public static (TaskWish? Wish, string? Problem) Parse(string arguments, ProjectAt project)
    {
        string? task = null;
        var select = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var word in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && NodePath.IsName(word.AsSpan(0, equals)) && NodePath.IsName(word.AsSpan(equals + 1))) select[word[..equals]] = word[(equals + 1)..];
            else if (equals >= 0) return (null, $"{ForeignText.Code(word)} selects no variant. Write the set and its variant: `strictness=thorough`.");
            else if (task is not null) return (null, $"{ForeignText.Code(word)} would be a second task. Name one task, and variants as `set=variant`.");
            else if (Find(word, project) is { } found) task = found;
            else return (null, $"There is no task {ForeignText.Code(word)}. {Suggestion.Sentence(word, [.. Known(project).Select(known => known.Name)])}");
        }

        return (new(task, select.ToImmutable()), null);
    }

    static string? Find(string word, ProjectAt project) =>
        Known(project).FirstOrDefault(known => known.Name.Equals(word, StringComparison.OrdinalIgnoreCase) || known.AssetPath == word).AssetPath;

    /// <summary>The repository's own tasks before the library's of the same name.</summary>
    static IEnumerable<(string Name, string AssetPath)> Known(ProjectAt project) =>
        project.Tasks.Select(path => (path[ProjectSource.TaskFolder.Length..^ProjectSource.TaskExtension.Length], path))
            .Concat(TaskLibrary.Tasks.Where(task => !task.Tags.IsEmpty).Select(task => (task.AssetPath[(task.AssetPath.LastIndexOf('/') + 1)..], task.AssetPath)));
}
