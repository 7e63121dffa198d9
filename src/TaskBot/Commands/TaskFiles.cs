using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Commands;

/// <summary>Task files as the command line names them.</summary>
static class TaskFiles
{
    const string TasksFolder = ".github/taskbot/tasks";

    /// <summary>Composes a task of a file, or of the built-in library when it is named <c>taskbot:core/...</c>.</summary>
    /// <param name="task">The task's path; null for the file's default.</param>
    /// <param name="selections">Each <c>SET=NAME</c>.</param>
    /// <param name="session">Layers that are stronger than the file, strongest first.</param>
    /// <exception cref="UsageException">There is no such file, or an argument is not of its form.</exception>
    public static Composition Compose(string file, string? task, IEnumerable<string> selections, ImmutableArray<TaskLayer> session = default)
    {
        var (resolver, asset) = Locate(file);
        var found = resolver.Resolve(asset, anchor: null);
        if (found.Error is { } error) throw new UsageException($"{found.Identifier}: {error.Message} {error.Fix}".TrimEnd());
        var layer = found.Layer ?? TaskLayer.Parse(found.Identifier, found.Text!).Layer;
        return new TaskComposer(resolver, NodeTypes.Schemas).Compose(layer, ParsePath(task), session, selections.Select(ParseSelection).ToDictionary(StringComparer.Ordinal));
    }

    /// <summary>The repository's own tasks, then the built-in ones.</summary>
    public static IEnumerable<LibraryTask> List(DirectoryInfo repository)
    {
        var folder = Path.Combine(repository.FullName, TasksFolder);
        var own = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.task.yml").Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        return own.Select(path => TaskLibrary.Describe($"{TasksFolder}/{Path.GetFileName(path)}", File.ReadAllText(path))).Concat(TaskLibrary.Tasks);
    }

    static (ILayerResolver Resolver, string Asset) Locate(string file)
    {
        if (file.StartsWith(LibraryLayerResolver.Scheme, StringComparison.Ordinal)) return (new LayerResolver(new MemoryLayerResolver(), TaskLibrary.Resolver), file);
        var full = Path.GetFullPath(file);
        if (!File.Exists(full)) throw new UsageException($"There is no file '{file}'. Name a task file, or a built-in task such as taskbot:core/fix-bug.");
        var root = RepositoryOf(full) ?? Path.GetDirectoryName(full)!;
        return (new LayerResolver(new FileLayerResolver(root), TaskLibrary.Resolver), Path.GetRelativePath(root, full).Replace('\\', '/'));
    }

    /// <summary>References may reach all of the repository that a file belongs to, and nothing outside of it.</summary>
    static string? RepositoryOf(string file)
    {
        for (var folder = Path.GetDirectoryName(file); folder is not null; folder = Path.GetDirectoryName(folder))
            if (Path.Exists(Path.Combine(folder, ".git"))) return folder;
        return null;
    }

    static NodePath? ParsePath(string? text) =>
        text is null ? null : NodePath.TryParse(text, out var path) && !path.IsRoot ? path : throw new UsageException($"'{text}' is no task. Write a path such as /fix-bug.");

    static KeyValuePair<string, string> ParseSelection(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } set, var name] ? KeyValuePair.Create(set, name) : throw new UsageException($"'{text}' is no selection. Write SET=NAME.");
}
