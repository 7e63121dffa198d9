using System.Collections.Immutable;
using System.Text.Json;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Conformance.Composition;

/// <summary>The layers of a case, built from their JSON: the second front end of the composer, beside YAML.</summary>
sealed class CaseLayers : ILayerResolver
{
    readonly Dictionary<string, TaskLayer> layers = new(StringComparer.Ordinal);

    public CaseLayers(JsonElement json)
    {
        foreach (var layer in json.EnumerateObject()) layers[layer.Name] = Layer(layer.Name, layer.Value);
    }

    public TaskLayer this[string name] => layers[name];

    // Relative paths anchor to their layer; bare ones are searched from the layer's folder, then from the top (rule R4).
    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        var folder = anchor is null || !anchor.Contains('/', StringComparison.Ordinal) ? "" : anchor[..(anchor.LastIndexOf('/') + 1)];
        var candidates = assetPath.StartsWith('.') ? new[] { folder + assetPath } : [folder + assetPath, assetPath];
        foreach (var candidate in candidates)
            if (layers.TryGetValue(Normal(candidate), out var layer)) return new(layer.Identifier, Text: null) { Layer = layer };
        return LayerResolution.Failed(Normal(candidates[0]), "missing-layer", "There is no such layer in the case.");
    }

    static string Normal(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }

        return string.Join('/', parts);
    }

    static TaskLayer Layer(string name, JsonElement json)
    {
        var root = new PrimSpec(SpecPath.Root, Specifier.Over)
        {
            Children = [.. Items(json, "prims").Select(prim => Prim(prim, SpecPath.Root))],
            ChildOrder = [.. Texts(json, "primOrder")],
        };
        return new(name, root)
        {
            DefaultPrim = json.TryGetProperty("defaultPrim", out var prim) ? prim.GetString() : null,
            SubLayers = [.. Items(json, "subLayers").Select(sub => new SubLayer(sub.GetProperty("asset").GetString()!)
            {
                Scale = sub.TryGetProperty("scale", out var scale) ? scale.GetDouble() : 1,
            })],
        };
    }

    static PrimSpec Prim(JsonElement json, SpecPath parent)
    {
        var specifier = json.GetProperty("specifier").GetString() switch { "def" => Specifier.Def, "class" => Specifier.Class, _ => Specifier.Over };
        return Body(json, parent.Child(json.GetProperty("name").GetString()!), specifier);
    }

    static PrimSpec Body(JsonElement json, SpecPath path, Specifier specifier) => new(path, specifier)
    {
        TypeName = json.TryGetProperty("typeName", out var type) ? type.GetString() : null,
        Active = json.TryGetProperty("active", out var active) ? active.GetBoolean() : null,
        Arcs = Arcs(json, path),
        Properties = [.. Items(json, "attributes").Select(Attribute), .. Items(json, "relationships").Select(Relationship)],
        Children = [.. Items(json, "children").Select(child => Prim(child, path))],
        ChildOrder = [.. Texts(json, "primOrder")],
        PropertyOrder = [.. Texts(json, "propertyOrder")],
        Metadata = json.TryGetProperty("metadata", out var metadata) ? (TaskValue.Map)TaskValue.From(metadata) : TaskValue.Map.Empty,
    };

    static ArcSpecs Arcs(JsonElement json, SpecPath path)
    {
        var arcs = new ArcSpecs
        {
            References = List(json, "references", Reference),
            Payloads = List(json, "payload", Reference),
            Inherits = List(json, "inherits", Class),
            Specializes = List(json, "specializes", Class),
            VariantSetNames = List(json, "variantSetNames", item => item.GetString()!),
            Selections = json.TryGetProperty("variantSelection", out var selection)
                ? [.. selection.EnumerateObject().Select(entry => new VariantSelection(entry.Name, entry.Value.GetString() ?? ""))] : [],
            VariantSets = json.TryGetProperty("variantSets", out var sets) ? [.. sets.EnumerateObject().Select(set => VariantSet(set, path))] : [],
        };
        return arcs == ArcSpecs.None ? ArcSpecs.None : arcs;
    }

    static VariantSetSpec VariantSet(JsonProperty set, SpecPath path) => new(set.Name,
        [.. set.Value.EnumerateObject().Select(variant => Body(variant.Value, path.Variant(set.Name, variant.Name), Specifier.Over))]);

    static PropertySpec Attribute(JsonElement json) => new(json.GetProperty("name").GetString()!, PropertyKind.Attribute)
    {
        Value = json.TryGetProperty("default", out var value) ? TaskValue.From(value) : null,
        Targets = List(json, "connections", Target),
    };

    static PropertySpec Relationship(JsonElement json) => new(json.GetProperty("name").GetString()!, PropertyKind.Relationship)
    {
        Targets = List(json, "targets", Target),
    };

    static ReferenceArc Reference(JsonElement json)
    {
        var asset = json.GetProperty("asset").GetString();
        var text = json.TryGetProperty("path", out var path) ? path.GetString() : null;
        var target = string.IsNullOrEmpty(text) ? null : ArcTarget(text);
        return new(string.IsNullOrEmpty(asset) ? null : asset, target, PathText: string.IsNullOrEmpty(text) || target is not null ? null : text)
        {
            Scale = json.TryGetProperty("scale", out var scale) ? scale.GetDouble() : 1,
        };
    }

    static ClassArc Class(JsonElement json) => new(ArcTarget(json.GetString()!), json.GetString()!);

    static SpecPath? ArcTarget(string text) => SpecPath.TryParse(text, out var path) && path is { IsRoot: false, HasVariants: false } ? path : null;

    static AuthoredTarget Target(JsonElement json)
    {
        var text = json.GetString()!;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var property = dot < 0 ? null : text[(dot + 1)..];
        return SpecPath.TryParse(dot < 0 ? text : text[..dot], out var prim)
            ? new(new(prim, property), default) : throw new InvalidDataException($"'{text}' is no target path.");
    }

    static ListOp<T>? List<T>(JsonElement json, string name, Func<JsonElement, T> read)
        where T : notnull
    {
        if (!json.TryGetProperty(name, out var op)) return null;
        return Op(op, read);
    }

    public static ListOp<T> Op<T>(JsonElement op, Func<JsonElement, T> read)
        where T : notnull
    {
        ImmutableArray<T> Part(string key) => [.. Items(op, key).Select(read)];
        return new()
        {
            Explicit = op.TryGetProperty("explicit", out _) ? Part("explicit") : null,
            Prepend = Part("prepend"),
            Append = Part("append"),
            Delete = Part("delete"),
            Add = Part("add"),
            Reorder = Part("reorder"),
        };
    }

    static IEnumerable<JsonElement> Items(JsonElement json, string name) => json.TryGetProperty(name, out var items) ? items.EnumerateArray() : [];

    static IEnumerable<string> Texts(JsonElement json, string name) => Items(json, name).Select(item => item.GetString()!);
}
