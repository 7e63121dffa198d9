using System.Collections.Immutable;
using TaskBot.Bot.Library;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;

namespace TaskBot.Commands;

/// <summary>A repository's task layers as they lie in a folder: which there are, and how their references are resolved, all offline.</summary>
sealed class TaskRepository
{
    const string TasksFolder = ".github/taskbot/tasks";

    TaskRepository(string root)
    {
        Root = root;
        Files = new FileLayerResolver(root);
        (Lock, LockProblems) = File.Exists(LockPath) ? LockFile.Parse(LockFile.Path, File.ReadAllText(LockPath)) : (LockFile.Empty, []);
        Resolver = new LayerResolver(Files, TaskLibrary.Resolver, LayerCache.Default.Resolver(Lock));
    }

    /// <summary>The built-in tasks by themselves, which no repository is needed for.</summary>
    public static ILayerResolver Library { get; } = new LayerResolver(new MemoryLayerResolver(), TaskLibrary.Resolver);

    /// <summary>The folder that references may reach, and nothing outside of it.</summary>
    public string Root { get; }

    public string LockPath => Path.Combine(Root, LockFile.Path);

    public LockFile Lock { get; }

    public ImmutableArray<Problem> LockProblems { get; }

    /// <summary>Finds the repository's own files alone.</summary>
    public ILayerResolver Files { get; }

    public ILayerResolver Resolver { get; }

    /// <summary>The repository's own tasks: paths from its root, with forward slashes, in ordinal order.</summary>
    public IEnumerable<string> TaskFiles
    {
        get
        {
            var folder = Path.Combine(Root, TasksFolder);
            return Directory.Exists(folder)
                ? Directory.GetFiles(folder, "*.task.yml").Select(path => $"{TasksFolder}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal)
                : [];
        }
    }

    /// <summary>The repository that a folder belongs to; the folder itself where it belongs to none.</summary>
    public static TaskRepository Of(string folder) => new(RootOf(folder));

    /// <summary>The root of the repository that a folder belongs to; the folder itself where it belongs to none.</summary>
    public static string RootOf(string folder)
    {
        var full = Path.GetFullPath(folder);
        for (var at = full; at is not null; at = Path.GetDirectoryName(at))
            if (Path.Exists(Path.Combine(at, ".git")) || Directory.Exists(Path.Combine(at, ".github", "taskbot"))) return at;
        return full;
    }

    /// <summary>Reads a layer by its path from the root.</summary>
    /// <returns>The layer as far as it can be read; a file that cannot be read at all is its one problem.</returns>
    public LayerParse Read(string path) => Read(Resolver, path);

    /// <summary>Reads a layer by the path that a resolver knows it by.</summary>
    /// <returns>The layer as far as it can be read; one that cannot be read at all is its one problem.</returns>
    public static LayerParse Read(ILayerResolver resolver, string path)
    {
        var found = resolver.Resolve(path, anchor: null);
        if (found.Error is not { } error) return TaskLayer.Parse(found.Identifier, found.Text!);
        return TaskLayer.Parse(found.Identifier, "taskbot: 1") with { Problems = [new(error.Kind, new(found.Identifier, 0, 0), error.Message, error.Fix)] };
    }
}
