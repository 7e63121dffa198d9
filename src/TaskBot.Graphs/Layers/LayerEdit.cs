using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers;

/// <summary>Edits of immutable specs: the way from the root to the edited spec is copied, the rest is shared.</summary>
static class LayerEdit
{
    public static PrimSpec SetAttribute(PrimSpec root, SpecPath prim, string name, TaskValue? value) => At(root, prim, spec =>
    {
        var old = spec.FindProperty(name);
        if (value is null) return Copy(spec, properties: old is null ? spec.Properties : spec.Properties.Remove(old));
        var updated = (old ?? new PropertySpec(name, PropertyKind.Attribute)) with { Value = value };
        return Copy(spec, properties: old is null ? spec.Properties.Add(updated) : spec.Properties.Replace(old, updated));
    });

    static PrimSpec At(PrimSpec spec, SpecPath path, Func<PrimSpec, PrimSpec> edit)
    {
        if (path.Equals(spec.Path)) return edit(spec);
        var step = path;
        while (!step.Parent!.Equals(spec.Path)) step = step.Parent;
        if (step.VariantSet is { } setName)
        {
            var set = spec.Arcs.FindVariantSet(setName) ?? throw new ArgumentException($"{spec.Path} has no variant set '{setName}'.", nameof(path));
            var body = set.Find(step.Name) ?? throw new ArgumentException($"{spec.Path} has no variant {setName}={step.Name}.", nameof(path));
            var sets = spec.Arcs.VariantSets.Replace(set, set with { Variants = set.Variants.Replace(body, At(body, path, edit)) });
            return Copy(spec, arcs: spec.Arcs with { VariantSets = sets });
        }

        var child = spec.FindChild(step.Name);
        var edited = At(child ?? new PrimSpec(step, Specifier.Over), path, edit);
        if (child is null) return Copy(spec, children: spec.Children.Add(edited));
        var index = spec.Children.IndexOf(child);
        return Copy(spec, children: spec.Children.SetItem(index, edited));
    }

    static PrimSpec Copy(
        PrimSpec spec, ImmutableArray<PropertySpec>? properties = null, ImmutableArray<PrimSpec>? children = null, ArcSpecs? arcs = null) =>
        new(spec.Path, spec.Specifier)
        {
            TypeName = spec.TypeName,
            Active = spec.Active,
            Arcs = arcs ?? spec.Arcs,
            Properties = properties ?? spec.Properties,
            Children = children ?? spec.Children,
            ChildOrder = spec.ChildOrder,
            PropertyOrder = spec.PropertyOrder,
            Metadata = spec.Metadata,
            At = spec.At,
            TypeAt = spec.TypeAt,
            ActiveAt = spec.ActiveAt,
        };
}
