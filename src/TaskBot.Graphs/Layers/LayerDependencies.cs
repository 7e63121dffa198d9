using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Layers;

/// <summary>Which other layers a layer names, whatever is selected: what has to be locked and fetched before it can compose.</summary>
public static class LayerDependencies
{
    /// <summary>Every asset path as written, with its place, in the order of the layer; sublayers first.</summary>
    public static IEnumerable<(string Asset, SourceLocation Location)> Of(TaskLayer layer)
    {
        foreach (var sub in layer.SubLayers) yield return (sub.Asset, layer.Locate(sub.At));
        var open = new Stack<PrimSpec>([layer.Root]);
        while (open.TryPop(out var spec))
        {
            var arcs = spec.Arcs;
            foreach (var arc in (arcs.References?.Items ?? []).Concat(arcs.Payloads?.Items ?? []))
                if (arc.Asset is { } asset) yield return (asset, layer.Locate(arc.At));
            for (var i = arcs.VariantSets.Length - 1; i >= 0; i--)
                foreach (var variant in arcs.VariantSets[i].Variants) open.Push(variant);
            for (var i = spec.Children.Length - 1; i >= 0; i--) open.Push(spec.Children[i]);
        }
    }

    /// <summary>Those of other repositories. A relative path in such a layer stays in its repository and ref.</summary>
    public static IEnumerable<(RemoteAsset Asset, SourceLocation Location)> RemoteOf(TaskLayer layer)
    {
        foreach (var (asset, location) in Of(layer))
            if (RemoteAsset.Resolve(asset, layer.Identifier) is { } remote && RemoteAsset.Handles(asset, layer.Identifier)) yield return (remote, location);
    }
}
