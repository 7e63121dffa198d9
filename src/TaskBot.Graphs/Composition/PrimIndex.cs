using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Composition;

/// <summary>One opinion about a prim: a layer's spec, and the node of the index that brought it.</summary>
public readonly record struct PrimOpinion(IndexNode Node, TaskLayer Layer, PrimSpec Spec);

/// <summary>One opinion about a property.</summary>
public readonly record struct PropertyOpinion(IndexNode Node, TaskLayer Layer, PrimSpec Spec, PropertySpec Property);

/// <summary>Every site that has opinions about one prim, in strength order, and what they compose to.</summary>
public sealed class PrimIndex
{
    readonly Stage stage;
    readonly IndexNode root;
    ImmutableArray<string> childNames;
    IndexNode[]? order;

    internal PrimIndex(Stage stage, SpecPath path, IndexNode root, IReadOnlyList<CompositionError> errors)
    {
        this.stage = stage;
        this.root = root;
        Path = path;
        Errors = errors;
    }

    /// <summary>Reads the specs of one site again; true where the prim has it.</summary>
    internal bool Refresh(HashSet<LayerStack> stacks, SpecPath site)
    {
        var found = false;
        foreach (var node in Sites)
        {
            if (!stacks.Contains(node.Stack) || !site.IsAtOrBelow(node.Path)) continue;
            node.Refresh();
            found |= node.Path.Equals(site);
        }

        return found;
    }

    internal void Refresh(LayerStack stack, SpecPath site)
    {
        foreach (var node in Sites)
            if (node.IsSite(stack, site)) node.Refresh();
    }

    /// <summary>The path in the composed namespace.</summary>
    public SpecPath Path { get; }

    internal IndexNode RootNode => root;

    /// <summary>Errors of this prim's arcs.</summary>
    public IReadOnlyList<CompositionError> Errors { get; }

    /// <summary>The sites, strongest first.</summary>
    public IReadOnlyList<IndexNode> Nodes => Order;

    /// <summary>The sites, strongest first; most prims have one, and need no list of it.</summary>
    internal ReadOnlySpan<IndexNode> Sites => root.Children.Count == 0 ? new ReadOnlySpan<IndexNode>(in root) : Order;

    IndexNode[] Order => order ??= root.Children.Count == 0 ? [root] : [.. StrengthOrder.Walk(root)];

    /// <summary>The prim stack: every opinion, strongest first.</summary>
    public PrimOpinions Opinions => new(this);

    public bool HasOpinions
    {
        get
        {
            foreach (var node in Sites)
                if (node.CanContribute) return true;
            return false;
        }
    }

    /// <summary>Names of the children, in the order of rule R24.</summary>
    public ImmutableArray<string> ChildNames
    {
        get
        {
            if (childNames.IsDefault) childNames = ComposeChildNames();
            return childNames;
        }
    }

    /// <summary>True where the child's index would be that of a plain leaf.</summary>
    internal bool HasPlainLeaf(string name)
    {
        if (root.Children.Count > 0) return false;
        foreach (var (_, spec) in root.Specs)
            if (spec.FindChild(name) is { IsPlainLeaf: false }) return false;
        return true;
    }

    public PrimIndex Child(string name) => stage.IndexOf(Path.Child(name));

    /// <summary>Names of the properties, weaker layers' first, then reordered as rule R24 says.</summary>
    public ImmutableArray<string> PropertyNames()
    {
        if (Sites is [{ IsInert: false, Specs: [{ Spec: { PropertyOrder.IsEmpty: true } only }] }] && AllDiffer(only.Properties.AsSpan()))
            return ImmutableArray.CreateRange(only.Properties, property => property.Name);
        var names = new OrderedNames();
        var sites = Sites;
        for (var i = sites.Length - 1; i >= 0; i--)
        {
            if (sites[i].IsInert) continue;
            var specs = sites[i].Specs;
            for (var j = specs.Length - 1; j >= 0; j--)
            {
                foreach (var property in specs[j].Spec.Properties) names.Add(property.Name);
                names.Reorder(specs[j].Spec.PropertyOrder);
            }
        }

        return names.ToImmutable();
    }

    // Of a few names; more are told apart by hashing them.
    static bool AllDiffer(ReadOnlySpan<PropertySpec> properties)
    {
        if (properties.Length > OrderedNames.Few) return false;
        for (var i = 1; i < properties.Length; i++)
            foreach (var before in properties[..i])
                if (before.Name == properties[i].Name) return false;
        return true;
    }

    /// <summary>Every opinion about a property, strongest first.</summary>
    public IEnumerable<PropertyOpinion> OpinionsOf(string property)
    {
        foreach (var (node, layer, spec) in Opinions)
            if (spec.FindProperty(property) is { } found) yield return new(node, layer, spec, found);
    }

    /// <summary>The selections that were followed for this prim's own variant sets: set to variant.</summary>
    public IEnumerable<(string Set, string Variant, IndexNode Node)> Variants
    {
        get
        {
            foreach (var node in Nodes)
                if (node.Arc == ArcType.Variant && node.DepthBelowIntroduction == 0) yield return (node.Path.VariantSet!, node.Path.Name, node);
        }
    }

    // Rule R24: weak to strong, unseen names are appended, then the spec's own order is applied.
    ImmutableArray<string> ComposeChildNames()
    {
        if (root.Children.Count == 0 && Array.TrueForAll(root.Specs, site => site.Spec.ChildOrder.IsEmpty))
        {
            var named = Array.FindAll(root.Specs, site => !site.Spec.Children.IsEmpty);
            if (named.Length == 0) return [];
            if (named is [{ Spec: var only }]) return ImmutableArray.CreateRange(only.Children, child => child.Path.Name);
        }

        var names = new OrderedNames();
        var sites = Sites;
        for (var i = sites.Length - 1; i >= 0; i--)
        {
            if (sites[i].IsInert) continue;
            var specs = sites[i].Specs;
            for (var j = specs.Length - 1; j >= 0; j--)
            {
                foreach (var child in specs[j].Spec.Children) names.Add(child.Path.Name);
                names.Reorder(specs[j].Spec.ChildOrder);
            }
        }

        return names.ToImmutable();
    }

    sealed class OrderedNames
    {
        /// <summary>Up to this many names are found by looking at each.</summary>
        public const int Few = 8;

        readonly List<string> order = [];
        HashSet<string>? seen;

        public void Add(string name)
        {
            if (order.Count < Few)
            {
                if (!order.Contains(name)) order.Add(name);
                return;
            }

            seen ??= new(order, StringComparer.Ordinal);
            if (seen.Add(name)) order.Add(name);
        }

        public void Reorder(ImmutableArray<string> names) => ListOrder.Apply(names, order);

        public ImmutableArray<string> ToImmutable() => [.. order];
    }

    // ---- values

    /// <summary>Rule R21: the strongest defining opinion; <see cref="Specifier.Over"/> where nothing defines the prim.</summary>
    public Specifier Specifier
    {
        get
        {
            var result = Specifier.Over;
            foreach (var (node, _, spec) in Opinions)
            {
                if (spec.Specifier == Specifier.Over) continue;
                // A class that the prim itself inherits does not make it abstract.
                if (spec.Specifier == Specifier.Def || !IsDirectClass(node)) return spec.Specifier;
                result = Specifier.Def;
            }

            return result;
        }
    }

    static bool IsDirectClass(IndexNode node)
    {
        for (var at = node; at is not null; at = at.Parent)
            if (at.Arc.IsClassBased() && at.DepthBelowIntroduction == 0) return true;
        return false;
    }

    /// <summary>The strongest opinion about <c>active</c> (rule R21).</summary>
    public bool IsActive
    {
        get
        {
            foreach (var node in Sites)
            {
                if (node.IsInert) continue;
                foreach (var (_, spec) in node.Specs)
                    if (spec.Active is { } active) return active;
            }

            return true;
        }
    }

    /// <summary>Rules R19, R20: the strongest opinion wins whole, except that maps merge key by key. Null without an opinion, or where it is blocked.</summary>
    public TaskValue? ValueOf(string attribute) => Compose(OpinionsOf(attribute).Select(opinion => opinion.Property.Value));

    /// <summary>Composes values that are given strongest first; null entries are no opinions.</summary>
    internal static TaskValue? Compose(IEnumerable<TaskValue?> strongToWeak)
    {
        TaskValue? result = null;
        foreach (var value in strongToWeak)
        {
            if (value is null) continue;
            if (result is null)
            {
                if (value is TaskValue.Null) return null;
                result = value;
                if (value is not TaskValue.Map) return result;
            }
            else if (value is TaskValue.Map weaker) result = Merge((TaskValue.Map)result, weaker);
            else return result;
        }

        return result;
    }

    /// <summary>Rule R19: the union of keys, recursively; the stronger value wins where not both are maps.</summary>
    public static TaskValue.Map Merge(TaskValue.Map stronger, TaskValue.Map weaker)
    {
        var entries = stronger.Entries.ToBuilder();
        foreach (var (key, value) in weaker.Entries)
        {
            if (!entries.TryGetValue(key, out var mine)) entries[key] = value;
            else if (mine is TaskValue.Map inner && value is TaskValue.Map outer) entries[key] = Merge(inner, outer);
        }

        return new(entries.ToImmutable());
    }

    // ---- targets

    /// <summary>One target of a relationship or a connection in the composed namespace, and the opinion that brought it.</summary>
    public readonly record struct ComposedTarget(TargetPath Path, PropertyOpinion Opinion, TextPosition At)
    {
        public bool Equals(ComposedTarget other) => Path.Equals(other.Path);

        public override int GetHashCode() => Path.GetHashCode();
    }

    /// <summary>
    /// Rule R23: weak to strong, every path of an opinion is mapped to the composed namespace; those that do not map are dropped with an error.
    /// </summary>
    public ImmutableArray<ComposedTarget> TargetsOf(string property, ICollection<CompositionError>? found = null)
    {
        return root.Children.Count == 0 && root.Specs is [var (layer, spec)] ? OnlyTargetsOf(layer, spec, property) : MappedTargetsOf(property, found);
    }

    ImmutableArray<ComposedTarget> MappedTargetsOf(string property, ICollection<CompositionError>? found)
    {
        var list = new List<ComposedTarget>();
        List<(TargetPath? Path, CompositionError Error)>? dropped = null;
        foreach (var opinion in OpinionsOf(property).Reverse())
        {
            if (opinion.Property.Targets is not { } op) continue;
            // What a stronger layer replaces or deletes is no longer anyone's mistake.
            if (op.Explicit is not null) dropped = null;
            op.Select<ComposedTarget>((item, deletes) =>
            {
                var mapped = opinion.Node.ToRoot.ToTarget(item.Path.Prim) is { } prim ? new TargetPath(prim, item.Path.Property) : default(TargetPath?);
                if (deletes)
                {
                    if (mapped is { } gone) dropped?.RemoveAll(entry => entry.Path is { } path && path.Equals(gone));
                    return mapped is { } path ? new(path, opinion, item.At) : null;
                }

                if (mapped is not { } target)
                {
                    (dropped ??= []).Add((null, OutsideScope(opinion, property, item)));
                    return null;
                }

                if (PointsAtInstance(opinion.Node, item.Path.Prim, target.Prim))
                {
                    (dropped ??= []).Add((target, new(CompositionErrorKind.InvalidInstanceTargetPath, Path, opinion.Layer.Locate(item.At),
                        $"'{property}' of the class {opinion.Spec.Path} points at {target}, which has that class.", "Let the node itself point there, or point inside the class.")));
                    return null;
                }

                return new(target, opinion, item.At);
            }).ApplyTo(list);
        }

        if (found is not null && dropped is not null)
            foreach (var (_, error) in dropped) found.Add(error);
        return [.. list];
    }

    // One spec of the prim's own: nothing has to be mapped, and there is nothing weaker to edit.
    ImmutableArray<ComposedTarget> OnlyTargetsOf(TaskLayer layer, PrimSpec spec, string property)
    {
        if (root.IsInert || spec.FindProperty(property) is not { Targets: { } op } authored) return [];
        var items = op.OfNothing();
        var targets = new ComposedTarget[items.Length];
        var opinion = new PropertyOpinion(root, layer, spec, authored);
        for (var i = 0; i < items.Length; i++) targets[i] = new(items[i].Path, opinion, items[i].At);
        return ImmutableCollectionsMarshal.AsImmutableArray(targets);
    }

    CompositionError OutsideScope(PropertyOpinion opinion, string property, AuthoredTarget item)
    {
        var node = opinion.Node;
        // The nearest arc that the path does not cross.
        while (node.Parent is { } parent && node.ToParent.ToTarget(item.Path.Prim) is not null) node = parent;
        return new(CompositionErrorKind.InvalidExternalTargetPath, Path, opinion.Layer.Locate(item.At),
            $"'{property}' of {opinion.Spec.Path} points at {item.Path}, outside the reach of the {node.Arc.ToString().ToLowerInvariant()} from {node.Parent?.Path ?? Path}.",
            $"Point below {opinion.Node.PathAtIntroduction.WithoutVariants()}, or make the edge in the layer that has the {node.Arc.ToString().ToLowerInvariant()}.");
    }

    bool PointsAtInstance(IndexNode node, SpecPath authored, SpecPath composed)
    {
        if (node.Arc != ArcType.Inherit) return false;
        var inherited = node.PathAtIntroduction;
        if (authored.IsAtOrBelow(inherited)) return false;
        foreach (var other in stage.IndexOf(composed).Sites)
            if (other.Arc == ArcType.Inherit && ReferenceEquals(other.Stack, node.Stack) && other.Path.IsAtOrBelow(inherited)) return true;
        return false;
    }
}
