using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Commands;

/// <summary>A task of a file as composed.</summary>
/// <param name="Composition">What composing gave.</param>
/// <param name="Problems">Every mistake: those of composing, of the file's own text, and of the lock file where something went wrong.</param>
sealed record ComposedTask(Composition Composition, ImmutableArray<Problem> Problems)
{
    /// <summary>The graph; null where there is an error.</summary>
    public TaskGraph? Graph => Problems.Any(problem => problem.Severity == ProblemSeverity.Error) ? null : Composition.Graph;

    /// <summary>The task that was composed; null where none was named and the file has no default.</summary>
    public NodePath? Task => Composition.Task;
}

/// <summary>Task files as the command line names them.</summary>
static class TaskFiles
{
    /// <summary>Composes a task of a file, or of the built-in library when it is named <c>taskbot:core/...</c>.</summary>
    /// <param name="task">The task's path; null for the file's default.</param>
    /// <param name="selections">Each <c>SET=NAME</c>.</param>
    /// <param name="session">Layers that are stronger than the file, strongest first.</param>
    /// <exception cref="UsageException">There is no such file, or an argument is not of its form.</exception>
    public static ComposedTask Compose(string file, string? task, IEnumerable<string> selections, ImmutableArray<TaskLayer> session = default) =>
        Compose(file, task, selections, _ => session, resolver => resolver);

    /// <summary>Composes a task whose session layers are about the task itself.</summary>
    /// <param name="session">Is given the task; a task that no layer names has no session.</param>
    /// <param name="watch">Is given how layers are resolved, to look on.</param>
    /// <exception cref="UsageException">There is no such file, or an argument is not of its form.</exception>
    public static ComposedTask Compose(
        string file, string? task, IEnumerable<string> selections, Func<NodePath, ImmutableArray<TaskLayer>> session, Func<ILayerResolver, ILayerResolver> watch)
    {
        var (path, chosen) = (ParsePath(task), ParseSelections(selections));
        if (IsBuiltIn(file)) return Compose(watch(TaskRepository.Library), file, path, chosen, session, []);
        var (repository, asset) = Locate(file);
        return Compose(watch(repository.Resolver), asset, path, chosen, session, repository.LockProblems);
    }

    /// <summary>True for the name of a built-in task, which is no file.</summary>
    public static bool IsBuiltIn(string file) => file.StartsWith(LibraryLayerResolver.Scheme, StringComparison.Ordinal);

    static ComposedTask Compose(
        ILayerResolver resolver, string asset, NodePath? task, Dictionary<string, string> selections, Func<NodePath, ImmutableArray<TaskLayer>> session,
        ImmutableArray<Problem> lockProblems)
    {
        var parse = TaskRepository.Read(resolver, asset);
        var layers = (task ?? TaskComposer.DefaultTask(parse.Layer)) is { } meant ? session(meant) : [];
        var composition = new TaskComposer(resolver, NodeTypes.Schemas).Compose(parse.Layer, task, layers, selections);
        // A lock that cannot be read matters where a layer that it should pin is missed.
        var locks = composition.Graph is null ? lockProblems : [];
        return new(composition, InOrder(parse.Problems.Concat(locks).Concat(composition.Problems)));
    }

    /// <summary>Problems once each, by file and line.</summary>
    public static ImmutableArray<Problem> InOrder(IEnumerable<Problem> problems) =>
    [
        .. problems.Distinct().OrderBy(problem => problem.Location.Layer, StringComparer.Ordinal).ThenBy(problem => problem.Location.Line)
            .ThenBy(problem => problem.Location.Column).ThenBy(problem => problem.Message, StringComparer.Ordinal),
    ];

    /// <summary>The repository's own tasks, then the built-in ones.</summary>
    public static IEnumerable<LibraryTask> List(DirectoryInfo folder)
    {
        if (!folder.Exists) throw new UsageException($"There is no folder '{folder.FullName}'.");
        var repository = TaskRepository.Of(folder.FullName);
        return repository.TaskFiles.Select(path => TaskLibrary.Describe(path, repository.Read(path).Layer.Text ?? "")).Concat(TaskLibrary.Tasks);
    }

    /// <summary>The repository that a file belongs to, and the file's path in it.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    public static (TaskRepository Repository, string Path) Locate(string file)
    {
        var full = Path.GetFullPath(file);
        if (!File.Exists(full)) throw new UsageException($"There is no file '{file}'. Name a task file, or a built-in task such as taskbot:core/fix-bug.");
        var repository = TaskRepository.Of(Path.GetDirectoryName(full)!);
        return (repository, Path.GetRelativePath(repository.Root, full).Replace('\\', '/'));
    }

    static NodePath? ParsePath(string? text) =>
        text is null ? null : NodePath.TryParse(text, out var path) && !path.IsRoot ? path : throw new UsageException($"'{text}' is no task. Write a path such as /fix-bug.");

    static Dictionary<string, string> ParseSelections(IEnumerable<string> texts)
    {
        var selections = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            if (text.Split('=', 2) is not [{ Length: > 0 } set, var name]) throw new UsageException($"'{text}' is no selection. Write SET=NAME.");
            if (!selections.TryAdd(set, name)) throw new UsageException($"'{set}' is selected twice. Choose one variant of each set.");
        }

        return selections;
    }
}
