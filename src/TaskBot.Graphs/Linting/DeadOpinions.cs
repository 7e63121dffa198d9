using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Linting;

/// <summary>
/// What a file says and then beats itself, whatever is selected: a variant's opinion is weaker than what stands beside the variant set, and than
/// what is inherited there (strength order: local, inherits, variants). Such a variant does nothing, and nobody is told. Overriding what a node
/// extends or uses is no such thing: that is what those are for.
/// </summary>
static class DeadOpinions
{
    /// <summary>Reads one layer alone; classes of other layers are not looked up.</summary>
    public static IEnumerable<Problem> Find(TaskLayer layer)
    {
        var found = new List<Problem>();
        var open = new Stack<PrimSpec>([layer.Root]);
        while (open.TryPop(out var spec))
        {
            foreach (var child in spec.Children) open.Push(child);
            foreach (var set in spec.Arcs.VariantSets)
            {
                foreach (var variant in set.Variants)
                {
                    open.Push(variant);
                    Compare(layer, spec, variant, $"{set.Name}={variant.Path.Name}", found);
                }
            }
        }

        return found;
    }

    // Everything in the variant's body against its counterpart beside the set.
    static void Compare(TaskLayer layer, PrimSpec local, PrimSpec variant, string name, List<Problem> found)
    {
        var open = new Stack<(PrimSpec Local, PrimSpec InVariant)>([(local, variant)]);
        while (open.TryPop(out var pair))
        {
            foreach (var stronger in StrongerThanVariants(layer, pair.Local)) CompareSpecs(layer, stronger, pair.InVariant, name, found);
            foreach (var child in pair.InVariant.Children)
                if (pair.Local.FindChild(child.Path.Name) is { } counterpart) open.Push((counterpart, child));
        }
    }

    // The local spec and, in the same file, the classes that it inherits.
    static IEnumerable<PrimSpec> StrongerThanVariants(TaskLayer layer, PrimSpec local)
    {
        var seen = new HashSet<PrimSpec>();
        var open = new Queue<PrimSpec>([local]);
        while (open.TryDequeue(out var spec))
        {
            if (!seen.Add(spec)) continue;
            yield return spec;
            if (spec.Arcs.Inherits is not { } inherits) continue;
            foreach (var item in inherits.Items.Except(inherits.Delete))
                if (item.Path is { } path && layer.Find(path) is { } inherited) open.Enqueue(inherited);
        }
    }

    static void CompareSpecs(TaskLayer layer, PrimSpec stronger, PrimSpec weaker, string variant, List<Problem> found)
    {
        if (stronger.TypeName is { } type && weaker.TypeName is { } other && type != other) Add(weaker.TypeAt, "type", stronger.TypeAt);
        if (stronger.Active is { } active && weaker.Active is { } otherActive && active != otherActive) Add(weaker.ActiveAt, "active", stronger.ActiveAt);
        foreach (var selection in weaker.Arcs.Selections)
            if (stronger.Arcs.FindSelection(selection.Set) is { } chosen && chosen.Variant != selection.Variant) Add(selection.At, $"select: {selection.Set}", chosen.At);
        foreach (var property in weaker.Properties)
        {
            if (stronger.FindProperty(property.Name) is not { } winner) continue;
            var name = InputProperty.InputOf(property.Name) is { } input ? $"inputs: {input}"
                : OutputProperty.OutputOf(property.Name) is { } output ? $"outputs: {output}" : property.Name;
            if (winner.Value is { } value && property.Value is { } beaten && IsDead(value, beaten)) Add(property.At, name, winner.At);
            else if (winner.Targets is { Explicit: not null } && property.Targets is not null) Add(property.At, name, winner.At);
        }

        void Add(TextPosition at, string what, TextPosition by) => found.Add(new("dead-opinion", layer.Locate(at),
            $"'{what}' of {weaker.Path} in the variant {variant} has no effect: {Where(stronger, weaker)} on line {by.Line} is stronger than any variant.",
            what == "needs" || what.StartsWith("inputs", StringComparison.Ordinal)
                ? $"On line {by.Line} write a list that adds instead of one that replaces, or move it into each variant."
                : $"Move the default on line {by.Line} into what the node extends, or into each variant."));
    }

    static string Where(PrimSpec stronger, PrimSpec weaker) =>
        stronger.Path.WithoutVariants().Equals(weaker.Path.WithoutVariants()) ? "the value beside the variants" : $"the inherited {stronger.Path}";

    // Maps merge, so that only a variant whose every key is beaten is dead.
    static bool IsDead(TaskValue winner, TaskValue beaten)
    {
        if (winner is not TaskValue.Map map || beaten is not TaskValue.Map other) return true;
        return other.Entries.Count > 0 && other.Entries.All(entry => map.Entries.TryGetValue(entry.Key, out var value) && IsDead(value, entry.Value));
    }
}
