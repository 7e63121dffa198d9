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
    readonly SortedDictionary<string, List<Problem>> problems = new(StringComparer.Ordinal);

    /// <summary>Mistakes in layers that were read here, not in those handed in.</summary>
    public IEnumerable<Problem> Problems => problems.Values.SelectMany(list => list);

    /// <summary>Makes a layer known that was handed in; one that was there under its identifier is forgotten.</summary>
    public void Add(TaskLayer layer)
    {
        byIdentifier[layer.Identifier] = layer;
        if (problems.ContainsKey(layer.Identifier)) problems[layer.Identifier] = [.. DeadOpinions.Find(layer)];
    }

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
        var found = new List<Problem>();
        var layer = resolution.Layer;
        if (layer is null)
        {
            var parse = TaskLayer.Parse(resolution.Identifier, resolution.Text ?? "", resolution.IsTrusted);
            found.AddRange(parse.Problems);
            layer = parse.Layer;
        }

        found.AddRange(DeadOpinions.Find(layer));
        problems[resolution.Identifier] = found;

        return byIdentifier[resolution.Identifier] = layer;
    }
}
