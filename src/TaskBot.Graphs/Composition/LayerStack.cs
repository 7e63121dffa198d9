using System.Collections.Immutable;
using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Composition;

/// <summary>One layer's spec at a site.</summary>
public readonly record struct SiteSpec(TaskLayer Layer, PrimSpec Spec);

/// <summary>
/// The layers whose opinions count as local together (rule R1): a layer and, depth first, its sublayers, strongest first; before them the
/// session's, where there is one (rule R3).
/// </summary>
public sealed class LayerStack(TaskLayer rootLayer, ImmutableArray<TaskLayer> layers)
{
    static readonly SiteSpec[] NoSpecs = [];

    /// <summary>The layer that the stack is named after: internal arcs and <c>default</c> mean it.</summary>
    public TaskLayer RootLayer { get; private set; } = rootLayer;

    /// <summary>All layers, strongest first. A layer may stand twice.</summary>
    public ImmutableArray<TaskLayer> Layers { get; private set; } = layers;

    /// <summary>Puts an edited layer in the place of its former state, wherever that stands; false where it is no part of the stack.</summary>
    internal bool Exchange(TaskLayer edited)
    {
        var found = false;
        for (var i = 0; i < Layers.Length; i++)
        {
            if (Layers[i].Identifier != edited.Identifier) continue;
            Layers = Layers.SetItem(i, edited);
            found = true;
        }

        if (RootLayer.Identifier == edited.Identifier) RootLayer = edited;
        return found;
    }

    /// <summary>Every layer's spec at a path, strongest first.</summary>
    internal SiteSpec[] SpecsAt(SpecPath path)
    {
        List<SiteSpec>? found = null;
        foreach (var layer in Layers)
            if (layer.Find(path) is { } spec) (found ??= []).Add(new(layer, spec));
        return found is null ? NoSpecs : [.. found];
    }

    internal bool HasSpecsAt(SpecPath path)
    {
        foreach (var layer in Layers)
            if (layer.Find(path) is not null) return true;
        return false;
    }

    /// <summary>Every layer's spec of one child of specs that were found at the parent.</summary>
    internal static SiteSpec[] ChildSpecs(SiteSpec[] parents, string name)
    {
        if (parents.Length == 1) return parents[0].Spec.FindChild(name) is { } only ? [new(parents[0].Layer, only)] : NoSpecs;
        var count = 0;
        foreach (var parent in parents)
            if (parent.Spec.FindChild(name) is not null) count++;
        if (count == 0) return NoSpecs;
        var specs = new SiteSpec[count];
        count = 0;
        foreach (var parent in parents)
            if (parent.Spec.FindChild(name) is { } spec) specs[count++] = new(parent.Layer, spec);
        return specs;
    }
}
