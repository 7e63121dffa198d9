using TaskBot.Graphs.Layers;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// This machine's copies of other repositories' layers, each as <c>owner/repo/commit/path</c>: what composing reads instead of the network. A file is
/// only ever believed with the digest that a lock file has for it, so that the folder may be shared, cut or lost.
/// </summary>
/// <param name="folder">Need not exist.</param>
public sealed class LayerCache(string folder)
{
    /// <summary>The variable that names another folder than the user's own.</summary>
    public const string FolderVariable = "TASKBOT_LAYERS";

    /// <summary>The cache of this user, or the one that <see cref="FolderVariable"/> names.</summary>
    public static LayerCache Default => new(
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? Path.GetFullPath(named)
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "taskbot", "layers"));

    /// <summary>Finds what the lock file pins, and nothing else.</summary>
    public ILayerResolver Resolver(LockFile locks) => new LockedLayerResolver(locks, folder);

    /// <summary>The file's bytes; null where they are not here, or are not what was locked.</summary>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(RemoteAsset asset, LockEntry entry, CancellationToken cancellationToken)
    {
        var path = LockedLayerResolver.CachePath(folder, asset, entry.Commit);
        if (!File.Exists(path)) return null;
        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        // A bare null would be taken for an empty array, and that for a file.
        return LockFile.DigestOf(content) == entry.Digest ? content : default(ReadOnlyMemory<byte>?);
    }

    /// <summary>Puts a file there, whole or not at all.</summary>
    public async Task WriteAsync(RemoteAsset asset, string commit, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = LockedLayerResolver.CachePath(folder, asset, commit);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        await File.WriteAllBytesAsync(unfinished, content, cancellationToken);
        File.Move(unfinished, path, overwrite: true);
    }
}
