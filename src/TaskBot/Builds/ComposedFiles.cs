using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Commands;
using TaskBot.Graphs.Layers;

namespace TaskBot.Builds;

/// <summary>Notes which files a composition reads, and what was in them when it did.</summary>
/// <param name="root">The folder that layers are read from.</param>
sealed class ComposedFiles(string root)
{
    readonly string root = root;
    readonly Dictionary<string, string> digests = new(StringComparer.Ordinal);
    bool isAllFiles = true;

    public ILayerResolver Watch(ILayerResolver resolver) => new Watcher(this, resolver);

    /// <summary>
    /// The files, in the order in which they were read. Null where something else went in too, such as a layer of another repository, or where one
    /// was written to meanwhile: then nobody can tell what the graph was composed from.
    /// </summary>
    public ImmutableArray<ComposedFile>? Read()
    {
        var locks = Path.Combine(root, LockFile.Path);
        digests.TryAdd(locks, BuildFolder.DigestOf(locks));
        return isAllFiles && digests.All(file => BuildFolder.DigestOf(file.Key) == file.Value)
            ? [.. digests.Select(file => new ComposedFile(file.Key, file.Value))] : null;
    }

    sealed class Watcher(ComposedFiles files, ILayerResolver resolver) : ILayerResolver
    {
        public LayerResolution Resolve(string assetPath, string? anchor)
        {
            var found = resolver.Resolve(assetPath, anchor);
            if (found.Text is null || TaskFiles.IsBuiltIn(found.Identifier) || RemoteAsset.Parse(found.Identifier) is not null) files.isAllFiles = false;
            else files.digests.TryAdd(Path.Combine(files.root, found.Identifier), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(found.Text))));
            return found;
        }
    }
}
