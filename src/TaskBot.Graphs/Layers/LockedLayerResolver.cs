namespace TaskBot.Graphs.Layers;

/// <summary>
/// Layers of other repositories, from the lock file and an offline cache, never from the network. The cache holds each file as
/// <c>owner/repo/commit/path</c>; its content must have the locked digest.
/// </summary>
/// <param name="locks">What is pinned.</param>
/// <param name="cacheFolder">The cache's folder; need not exist.</param>
/// <param name="isTrusted">By asset; all where null, because somebody with write access put the lock there.</param>
public sealed class LockedLayerResolver(LockFile locks, string cacheFolder, Func<RemoteAsset, bool>? isTrusted = null) : ILayerResolver
{
    const string Lock = "Run 'taskbot task lock'.";

    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        if (RemoteAsset.Resolve(assetPath, anchor) is not { } asset)
            return LayerResolution.Failed(assetPath, "outside-root", "It leads outside the repository that it is used from.", "Write 'owner/repo/path@ref'.");
        var identifier = asset.ToString();
        if (locks.Find(asset) is not { } entry) return LayerResolution.Failed(identifier, "not-locked", $"It is not in {LockFile.Path}.", Lock);
        // A relative path keeps the anchor's ref, and one ref is one commit: a file locked to another was locked at another time.
        if (anchor is not null && RemoteAsset.Parse(anchor) is { } from && from.Repository == asset.Repository && from.Ref == asset.Ref
            && locks.Find(from) is { } origin && origin.Commit != entry.Commit)
            return LayerResolution.Failed(identifier, "moved-ref", $"It is locked to another commit than {from}, from which it is used.", "Run 'taskbot task lock --update'.");
        var path = CachePath(cacheFolder, asset, entry.Commit);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return LayerResolution.Failed(identifier, "not-cached", "It is locked, but its file is not in the cache of this machine.", Lock);
        }

        if (LockFile.DigestOf(content) != entry.Digest)
            return LayerResolution.Failed(identifier, "wrong-digest", "The cached file is not what was locked.", Lock);
        return new(identifier, System.Text.Encoding.UTF8.GetString(content), Error: null, isTrusted?.Invoke(asset) ?? true);
    }

    /// <summary>Where the cache has an asset at a commit. Every part of an asset is a plain name, so that it stays inside the folder.</summary>
    public static string CachePath(string cacheFolder, RemoteAsset asset, string commit) => Path.Combine(cacheFolder, asset.Repository, commit, asset.Path);
}
