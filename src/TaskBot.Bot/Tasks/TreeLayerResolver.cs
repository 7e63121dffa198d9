using System.Collections.Immutable;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Library;
using TaskBot.Bot.Projects;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// Resolves <c>taskbot:core/...</c> from the built-in library, <c>owner/repo/path@ref</c> from the layer cache as the tree's lock file pins it, and
/// everything else from the <c>.github/taskbot/</c> folder of one tree, read once.
/// </summary>
static class TreeLayerResolver
{
    /// <summary>Where a repository keeps its own tasks, prompts and project file.</summary>
    public const string Folder = ".github/taskbot/";

    /// <param name="tree">The tree.</param>
    /// <param name="forge">Fetches what is locked and not in the cache; null to do without.</param>
    /// <param name="cache">The layer cache.</param>
    /// <param name="cancellationToken">Ends the reading and fetching.</param>
    /// <returns>The resolver, the tasks in the folder, and what is wrong with the lock file.</returns>
    /// <exception cref="ForgeException">The forge could not be asked.</exception>
    public static async Task<(ILayerResolver Resolver, ImmutableArray<LibraryTask> Own, ImmutableArray<Problem> Problems)> CreateAsync(
        GitTree tree, IForge? forge, LayerCache cache, CancellationToken cancellationToken)
    {
        var files = new MemoryLayerResolver();
        var own = ImmutableArray.CreateBuilder<LibraryTask>();
        var locks = LockFile.Empty;
        ImmutableArray<Problem> problems = [];
        foreach (var path in await tree.ListAsync(cancellationToken))
        {
            if (!path.StartsWith(Folder, StringComparison.Ordinal) || !(path.EndsWith(".yml", StringComparison.Ordinal) || path.EndsWith(".yaml", StringComparison.Ordinal)))
                continue;
            if (await tree.ReadAsync(path, cancellationToken) is not { } file) continue;
            var text = Encoding.UTF8.GetString(file.Content.Span);
            if (path == LockFile.Path) (locks, problems) = LockFile.Parse(path, text);
            else files.Add(path, text);
            if (path.StartsWith(ProjectSource.TaskFolder, StringComparison.Ordinal) && path.EndsWith(ProjectSource.TaskExtension, StringComparison.Ordinal)) own.Add(TaskLibrary.Describe(path, text));
        }

        if (forge is not null) await FetchAsync(locks, forge, cache, cancellationToken);
        return (new LayerResolver(files, TaskLibrary.Resolver, cache.Resolver(locks)), own.DrainToImmutable(), problems);
    }

    // What the forge does not have stays away, and is a problem only of a task that uses it.
    static async Task FetchAsync(LockFile locks, IForge forge, LayerCache cache, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in locks.Entries)
        {
            if (RemoteAsset.Parse(name) is not { } asset || !RepositoryName.TryParse(asset.Repository, out var repository)) continue;
            if (await cache.FindAsync(asset, entry, cancellationToken) is not null) continue;
            if (await forge.FindFileAsync(repository, asset.Path, entry.Commit, cancellationToken) is { } content)
                await cache.WriteAsync(asset, entry.Commit, content, cancellationToken);
        }
    }
}
