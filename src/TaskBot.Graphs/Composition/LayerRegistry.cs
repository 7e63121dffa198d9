using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Linting;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>What an asset path led to.</summary>
sealed record LoadedLayer(string Identifier, TaskLayer? Layer, ResolutionError? Error);

/// <summary>Every layer that composition has met, read once by identity (rule R4).</summary>
sealed class LayerRegistry(ILayerResolver resolver)
{
    readonly Dictionary<(string Asset, string Anchor), LoadedLayer> byAsset = [];
    readonly Dictionary<string, TaskLayer> byIdentifier = new(StringComparer.Ordinal);
    readonly List<Problem> problems = [];

    public IReadOnlyList<Problem> Problems => problems;

    /// <summary>Makes a layer known that was handed in; one that was there under its identifier is forgotten.</summary>
    public void Add(TaskLayer layer) => byIdentifier[layer.Identifier] = layer;

    public LoadedLayer Load(string asset, string anchor)
    {
        if (byAsset.TryGetValue((asset, anchor), out var known))
        {
            // An edited layer takes the place of the one that was read.
            if (known.Layer is null || ReferenceEquals(known.Layer, byIdentifier[known.Identifier])) return known;
            return byAsset[(asset, anchor)] = known with { Layer = byIdentifier[known.Identifier] };
        }

        var resolution = resolver.Resolve(asset, anchor);
        var loaded = resolution.Error is { } error
            ? new LoadedLayer(resolution.Identifier, Layer: null, error)
            : new(resolution.Identifier, Read(resolution), Error: null);
        byAsset[(asset, anchor)] = loaded;
        return loaded;
    }

    TaskLayer Read(LayerResolution resolution)
    {
        if (byIdentifier.TryGetValue(resolution.Identifier, out var known)) return known;
        var layer = resolution.Layer;
        if (layer is null)
        {
            var parse = TaskLayer.Parse(resolution.Identifier, resolution.Text ?? "", resolution.IsTrusted);
            problems.AddRange(parse.Problems);
            layer = parse.Layer;
        }

        problems.AddRange(DeadOpinions.Find(layer));

        return byIdentifier[resolution.Identifier] = layer;
    }
}
