using System.Text;
using TaskBot.Bot.Library;
using TaskBot.Graphs.Layers;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// Resolves <c>taskbot:core/...</c> from the built-in library and everything else from the <c>.github/taskbot/</c> folder of one tree,
/// read once.
/// </summary>
static class TreeLayerResolver
{
    /// <summary>Where a repository keeps its own tasks, prompts and project file.</summary>
    public const string Folder = ".github/taskbot/";

    public static async Task<ILayerResolver> CreateAsync(GitTree tree, CancellationToken cancellationToken)
    {
        var files = new MemoryLayerResolver();
        foreach (var path in await tree.ListAsync(cancellationToken))
        {
            if (!path.StartsWith(Folder, StringComparison.Ordinal) || !(path.EndsWith(".yml", StringComparison.Ordinal) || path.EndsWith(".yaml", StringComparison.Ordinal)))
                continue;
            if (await tree.ReadAsync(path, cancellationToken) is { } file) files.Add(path, Encoding.UTF8.GetString(file.Content.Span));
        }

        return new LayerResolver(files, TaskLibrary.Resolver);
    }
}
