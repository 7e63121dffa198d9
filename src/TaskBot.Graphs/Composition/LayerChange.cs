using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Composition;

/// <summary>What differs between two states of one layer, found by looking only at what is not shared between them.</summary>
/// <param name="Values">Specs where nothing but values of attributes changed.</param>
/// <param name="Structure">Specs where anything else changed: arcs, variants, edges, type, activity, children.</param>
/// <param name="IsWhole">Sublayers or the default changed, so that nothing can be kept.</param>
sealed record LayerChange(List<SpecPath> Values, List<SpecPath> Structure, bool IsWhole)
{
    public static LayerChange Between(TaskLayer before, TaskLayer after)
    {
        var change = new LayerChange([], [],
            before.DefaultPrim != after.DefaultPrim || before.IsTrusted != after.IsTrusted || !before.SubLayers.AsSpan().SequenceEqual(after.SubLayers.AsSpan()));
        if (change.IsWhole) return change;
        var open = new Stack<(PrimSpec Before, PrimSpec After)>([(before.Root, after.Root)]);
        while (open.TryPop(out var pair))
        {
            var (old, now) = pair;
            if (ReferenceEquals(old, now)) continue;
            if (!SameStructure(old, now))
            {
                change.Structure.Add(old.Path);
                continue;
            }

            if (!old.Properties.Equals(now.Properties) && !old.Properties.AsSpan().SequenceEqual(now.Properties.AsSpan())) change.Values.Add(old.Path);
            for (var i = 0; i < old.Children.Length; i++)
                if (!ReferenceEquals(old.Children[i], now.Children[i])) open.Push((old.Children[i], now.Children[i]));
        }

        return change;
    }

    static bool SameStructure(PrimSpec old, PrimSpec now)
    {
        if (old.Specifier != now.Specifier || old.TypeName != now.TypeName || old.Active != now.Active || !old.Arcs.Equals(now.Arcs)
            || !old.ChildOrder.AsSpan().SequenceEqual(now.ChildOrder.AsSpan()) || old.Children.Length != now.Children.Length) return false;
        if (!old.Children.Equals(now.Children))
        {
            for (var i = 0; i < old.Children.Length; i++)
                if (!ReferenceEquals(old.Children[i], now.Children[i]) && old.Children[i].Path.Name != now.Children[i].Path.Name) return false;
        }

        return SameEdges(old, now) && SameEdges(now, old);
    }

    static bool SameEdges(PrimSpec from, PrimSpec to)
    {
        foreach (var property in from.Properties)
            if (property.Targets is not null && !ReferenceEquals(property.Targets, to.FindProperty(property.Name)?.Targets)) return false;
        return true;
    }
}
