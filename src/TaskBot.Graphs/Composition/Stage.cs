using System.Collections.Immutable;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>Choices that are no layer's.</summary>
/// <param name="LoadsPayload">Which prims' payloads are followed (rule R10), by path of the composed namespace.</param>
/// <param name="VariantFallbacks">Selections where no layer has one (rule R12): the first that exists.</param>
public sealed record StageOptions(Func<SpecPath, bool>? LoadsPayload = null, ImmutableDictionary<string, ImmutableArray<string>>? VariantFallbacks = null)
{
    public static readonly StageOptions Default = new();
}

/// <summary>
/// The composed namespace of one layer stack. Prims are indexed when they are asked for, each from its parent's index, and remembered, but for plain
/// leaves: most prims are such, and making their index again is as fast as finding it.
/// </summary>
public sealed class Stage
{
    readonly LayerRegistry layers;
    readonly StageOptions options;
    readonly Dictionary<string, LayerStack> stacks = new(StringComparer.Ordinal);
    readonly Dictionary<SpecPath, PrimIndex> indexes = [];
    readonly List<CompositionError> stackErrors = [];

    // What each root prim's indexes looked at beside its own site: layer stacks, and the root prims in them. Nothing else can change them.
    readonly Dictionary<string, HashSet<(LayerStack Stack, string RootPrim)>> visited = new(StringComparer.Ordinal);

    /// <param name="session">Layers stronger than the root layer's whole stack (rule R3), strongest first, each with its sublayers.</param>
    public Stage(TaskLayer root, ILayerResolver resolver, ImmutableArray<TaskLayer> session = default, StageOptions? options = null)
        : this(root, new LayerRegistry(resolver), session, options)
    {
    }

    internal Stage(TaskLayer root, LayerRegistry layers, ImmutableArray<TaskLayer> session, StageOptions? options)
    {
        this.layers = layers;
        this.options = options ?? StageOptions.Default;
        layers.Add(root);
        var stack = StackOf(root);
        if (!session.IsDefaultOrEmpty)
        {
            var all = ImmutableArray.CreateBuilder<TaskLayer>();
            foreach (var layer in session) AddWithSubLayers(layer, all, []);
            stack = new(root, all.ToImmutable().AddRange(stack.Layers));
        }

        RootStack = stack;
        indexes[SpecPath.Root] = new(this, SpecPath.Root, PrimIndexer.BuildRoot(stack), []);
    }

    public LayerStack RootStack { get; }

    /// <summary>The pseudo-root: its children are the tasks and classes.</summary>
    public PrimIndex PseudoRoot => indexes[SpecPath.Root];

    /// <summary>Errors of layer stacks, as far as they were needed.</summary>
    public IReadOnlyList<CompositionError> StackErrors => stackErrors;

    /// <summary>Mistakes in layers that were read on the way.</summary>
    public IEnumerable<Problem> LayerProblems => layers.Problems;

    /// <summary>The index of a prim, built if need be with those of its ancestors. A prim that is nowhere has an index without opinions.</summary>
    public PrimIndex IndexOf(SpecPath path)
    {
        if (indexes.TryGetValue(path, out var known)) return known;
        if (indexes.TryGetValue(path.Parent!, out var parent)) return Index(parent, path);
        var missing = new Stack<SpecPath>();
        for (var above = path; !indexes.TryGetValue(above, out known); above = above.Parent!) missing.Push(above);
        while (missing.TryPop(out var next)) known = Index(known, next);
        return known;
    }

    PrimIndex Index(PrimIndex parent, SpecPath path)
    {
        var tree = PrimIndexer.BuildChild(this, parent.RootNode, path, out var errors);
        // The layer has the path already.
        if (tree.Path.Equals(path)) path = tree.Path;
        var prim = new PrimIndex(this, path, tree, errors ?? []);
        if (errors is not null || !tree.IsPlainLeaf) indexes.Add(path, prim);
        return prim;
    }

    /// <summary>
    /// Takes over an edited layer: prims that its changes can reach are forgotten, to be indexed again when they are asked for; where only values
    /// changed, the indexes stay and see the new values. False where nothing could be kept and a new stage is needed.
    /// </summary>
    /// <param name="values">Receives the prims of which nothing but values changed, whether anyone has asked for them or not; null where more did.</param>
    internal bool Take(TaskLayer edited, out IReadOnlyCollection<SpecPath>? values)
    {
        values = null;
        var former = RootStack.Layers.Concat(stacks.Values.SelectMany(stack => stack.Layers)).FirstOrDefault(layer => layer.Identifier == edited.Identifier);
        layers.Add(edited);
        if (former is null) return false;
        var change = LayerChange.Between(former, edited);
        if (change.IsWhole || change.Structure.Exists(path => path.IsRoot)) return false;
        var touched = new HashSet<LayerStack>();
        foreach (var stack in stacks.Values.Append(RootStack))
            if (stack.Exchange(edited)) touched.Add(stack);
        var affected = new HashSet<SpecPath>();
        foreach (var path in change.Values) Refresh(path, touched, affected);
        foreach (var path in change.Structure)
        {
            Refresh(path, touched, affected);
            Forget(path, touched);
        }

        if (change.Structure.Count == 0) values = affected;
        return true;
    }

    // Specs on the way to the edited one are new objects too, because they lead to it.
    void Refresh(SpecPath site, HashSet<LayerStack> touched, HashSet<SpecPath> affected)
    {
        if (touched.Contains(RootStack))
        {
            for (var path = site; path is not null; path = path.Parent)
                if (indexes.TryGetValue(path.WithoutVariants(), out var own)) own.Refresh(RootStack, path);
            affected.Add(site.WithoutVariants());
        }

        foreach (var prim in Reached(site, touched))
            if (prim.Refresh(touched, site)) affected.Add(prim.Path);
    }

    // Indexed prims that may have the site from an arc.
    IEnumerable<PrimIndex> Reached(SpecPath site, HashSet<LayerStack> touched)
    {
        var rootPrim = RootName(site);
        var names = visited.Where(entry => entry.Value.Any(place => place.RootPrim == rootPrim && touched.Contains(place.Stack))).Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        return names.Count == 0 ? [] : indexes.Values.Where(prim => !prim.Path.IsRoot && names.Contains(RootName(prim.Path))).ToList();
    }

    void Forget(SpecPath site, HashSet<LayerStack> touched)
    {
        var own = touched.Contains(RootStack) ? site.WithoutVariants() : null;
        foreach (var prim in Reached(site, touched)) indexes.Remove(prim.Path);
        if (own is null) return;
        foreach (var path in indexes.Keys.Where(path => path.IsAtOrBelow(own)).ToList()) indexes.Remove(path);
    }

    internal void Visit(SpecPath composed, LayerStack stack, SpecPath site)
    {
        var name = RootName(composed);
        if (!visited.TryGetValue(name, out var places)) visited[name] = places = [];
        places.Add((stack, RootName(site)));
    }

    static string RootName(SpecPath path)
    {
        while (path.Parent is { IsRoot: false } parent) path = parent;
        return path.Name;
    }

    /// <summary>Sites of every index that is remembered.</summary>
    internal int NodeCount { get; set; }

    /// <summary>A limit was met, and prims are left out.</summary>
    internal bool IsFull { get; set; }

    internal bool LoadsPayload(SpecPath path) => options.LoadsPayload is not { } loads || loads(path);

    internal ImmutableArray<string> FallbacksOf(string set) =>
        options.VariantFallbacks is { } fallbacks && fallbacks.TryGetValue(set, out var names) ? names : [];

    internal LoadedLayer Load(string asset, TaskLayer anchor) => layers.Load(asset, anchor.Identifier);

    /// <summary>The stack of a layer, by its identity; the stage's own where that has no session.</summary>
    internal LayerStack StackOf(TaskLayer layer)
    {
        if (stacks.TryGetValue(layer.Identifier, out var stack)) return stack;
        var all = ImmutableArray.CreateBuilder<TaskLayer>();
        AddWithSubLayers(layer, all, []);
        return stacks[layer.Identifier] = new(layer, all.ToImmutable());
    }

    // Rules R1, R2: depth first; a layer that is already on the way down is a cycle.
    void AddWithSubLayers(TaskLayer layer, ImmutableArray<TaskLayer>.Builder all, List<string> way)
    {
        all.Add(layer);
        way.Add(layer.Identifier);
        foreach (var sub in layer.SubLayers)
        {
            if (sub.Scale == 0 || !double.IsFinite(sub.Scale))
            {
                stackErrors.Add(new(CompositionErrorKind.InvalidSublayerOffset, SpecPath.Root, layer.Locate(sub.At),
                    $"The scale {sub.Scale} of the layer '{sub.Asset}' has no inverse; none is used."));
            }

            var loaded = Load(sub.Asset, layer);
            if (loaded.Layer is not { } below)
            {
                stackErrors.Add(new(CompositionErrorKind.InvalidSublayerPath, SpecPath.Root, layer.Locate(sub.At),
                    $"The layer '{sub.Asset}' cannot be had. {loaded.Error!.Message}", loaded.Error.Fix));
            }
            else if (way.Contains(below.Identifier))
            {
                stackErrors.Add(new(CompositionErrorKind.SublayerCycle, SpecPath.Root, layer.Locate(sub.At),
                    $"The layer '{sub.Asset}' is already on the way here: {string.Join(" -> ", way.Append(below.Identifier))}.", "Remove one of the two."));
            }
            else
            {
                AddWithSubLayers(below, all, way);
            }
        }

        way.RemoveAt(way.Count - 1);
    }
}
