namespace TaskBot.Graphs.Layers;

/// <summary>
/// The resolvers together, each for its kind of asset path: <c>taskbot:</c> is the library's, <c>owner/repo/path@ref</c> the locked repositories',
/// everything else a file. A relative path belongs to whoever had the layer that wrote it.
/// </summary>
/// <param name="files">Paths of the checkout.</param>
/// <param name="library">The built-in library; null for none.</param>
/// <param name="remote">Layers of other repositories; null for none.</param>
public sealed class LayerResolver(ILayerResolver files, ILayerResolver? library = null, ILayerResolver? remote = null) : ILayerResolver
{
    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        if (LibraryLayerResolver.Handles(assetPath, anchor))
            return library?.Resolve(assetPath, anchor) ?? LayerResolution.Failed(assetPath, "missing-layer", "There is no built-in library here.");
        if (RemoteAsset.Handles(assetPath, anchor))
            return remote?.Resolve(assetPath, anchor) ?? LayerResolution.Failed(assetPath, "missing-layer", "Layers of other repositories cannot be had here.");
        return files.Resolve(assetPath, anchor);
    }
}
