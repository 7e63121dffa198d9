namespace TaskBot.Graphs.Layers;

/// <summary>Layers held in memory by identifier. A path that starts with <c>./</c> or <c>../</c> is taken from the anchor's folder.</summary>
public sealed class MemoryLayerResolver : ILayerResolver
{
    readonly Dictionary<string, LayerResolution> byIdentifier = new(StringComparer.Ordinal);

    /// <summary>Adds or replaces a layer by its text.</summary>
    public MemoryLayerResolver Add(string identifier, string text, bool isTrusted = true)
    {
        byIdentifier[identifier] = new(identifier, text, Error: null, isTrusted);
        return this;
    }

    /// <summary>Adds or replaces a layer that is already read.</summary>
    public MemoryLayerResolver Add(TaskLayer layer)
    {
        byIdentifier[layer.Identifier] = new(layer.Identifier, layer.Text, Error: null, layer.IsTrusted) { Layer = layer };
        return this;
    }

    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        var identifier = AssetPath.IsRelative(assetPath) ? AssetPath.Anchor(assetPath, anchor) : assetPath;
        if (identifier is not null && byIdentifier.TryGetValue(identifier, out var found)) return found;
        return LayerResolution.Failed(identifier ?? assetPath, "missing-layer", "There is no such layer.");
    }
}
