using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// Builds the tree of sites that have opinions about one prim. It starts from the parent's tree with the child's name appended (rule R7) and then
/// follows the arcs that are authored at the sites, in the order of <see cref="TaskKind"/>, until none is left: what is found later may
/// bring arcs of a kind that was already looked at. The target of an arc that is no root prim has ancestral opinions of its own; they are found
/// by an indexer one <see cref="Frame"/> further in, whose tree is then hung in here.
/// </summary>
sealed class PrimIndexer
{
    /// <summary>Arcs on the way from a prim to one opinion. A task with more is a mistake.</summary>
    public const int MaxArcDepth = 200;

    /// <summary>Sites that one prim may have opinions from.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Names in a path of the composed namespace: references inside references go down without end otherwise.</summary>
    public const int MaxNameDepth = 256;

    /// <summary>Sites of all prims that one stage remembers.</summary>
    public const int MaxStageNodes = 500_000;

    /// <summary>Evaluation order: a task of an earlier kind always goes first.</summary>
    enum TaskKind
    {
        References,
        Payloads,
        Inherits,
        ImpliedClasses,
        Specializes,
        VariantSets,
        VariantAuthored,
        VariantFallback,
        VariantNoneFound,
        UnresolvedPrim,
    }

    readonly record struct IndexTask(TaskKind Kind, IndexNode Node, string? VariantSet = null, int VariantSetIndex = 0);

    /// <summary>A build that waits for the tree of an arc's target.</summary>
    /// <param name="TargetStack">Layer stack of the site that is asked for.</param>
    /// <param name="TargetPath">Path of the site that is asked for; the inner build may stand at an ancestor of it.</param>
    /// <param name="Arc">The arc.</param>
    /// <param name="Parent">The node that the tree will hang under.</param>
    /// <param name="ToParent">The arc's mapping.</param>
    /// <param name="SkipDuplicates">Whether sites that are already there are left out of the tree.</param>
    /// <param name="Outer">The build that waits for this one.</param>
    sealed record Frame(
        LayerStack TargetStack, SpecPath TargetPath, ArcType Arc, IndexNode Parent, NamespaceMapping ToParent, bool SkipDuplicates, Frame? Outer);

    sealed class Totals
    {
        public int Nodes { get; set; }

        public bool IsFull { get; set; }
    }

    readonly Stage stage;
    readonly SpecPath composedPath;
    readonly SpecPath payloadPath;
    readonly int ancestorDepth;
    readonly bool evaluateVariants;
    readonly Frame? frame;
    readonly List<CompositionError> errors;
    readonly Totals totals;
    readonly List<IndexTask> tasks = [];
    readonly IndexNode root;
    int sequence;

    PrimIndexer(
        Stage stage, IndexNode root, SpecPath composedPath, SpecPath payloadPath, int ancestorDepth, bool evaluateVariants, Frame? frame,
        List<CompositionError> errors, Totals totals)
    {
        this.stage = stage;
        this.root = root;
        this.composedPath = composedPath;
        this.payloadPath = payloadPath;
        this.ancestorDepth = ancestorDepth;
        this.evaluateVariants = evaluateVariants;
        this.frame = frame;
        this.errors = errors;
        this.totals = totals;
    }

    /// <summary>The tree of the pseudo-root.</summary>
    public static IndexNode BuildRoot(LayerStack stack) => new(ArcType.Root, stack, SpecPath.Root, stack.SpecsAt(SpecPath.Root));

    /// <summary>The tree of a child of a prim that is already indexed.</summary>
    /// <param name="path">The child's path in the composed namespace.</param>
    /// <param name="errors">What is wrong with its arcs; null where nothing is.</param>
    public static IndexNode BuildChild(Stage stage, IndexNode parent, SpecPath path, out List<CompositionError>? errors)
    {
        errors = null;
        if (path.NameDepth > MaxNameDepth || stage.NodeCount > MaxStageNodes)
        {
            // Said once; what follows is left out.
            if (!stage.IsFull)
            {
                errors = [new(CompositionErrorKind.CapacityExceeded, path, parent.Stack.RootLayer.Locate(default),
                    path.NameDepth > MaxNameDepth ? $"Nodes stand more than {MaxNameDepth} levels deep." : $"There are more than {MaxStageNodes} sources of opinions in all.",
                    "Use fewer references to references.")];
            }

            stage.IsFull = true;
            return new(ArcType.Root, parent.Stack, path, []);
        }

        var tree = TreeOfChild(parent, path.Name);
        if (tree.IsPlain)
        {
            if (!tree.IsPlainLeaf) stage.NodeCount++;
            return tree;
        }

        var indexer = new PrimIndexer(
            stage, tree, path, path, ancestorDepth: 0, evaluateVariants: true, frame: null, [], new());
        indexer.Run();
        stage.NodeCount += indexer.totals.Nodes;
        Prune(indexer.root);
        if (indexer.errors.Count > 0) errors = indexer.errors;
        return indexer.root;
    }

    // A site's tree inside the build of another prim. The parents' trees are built with the same frame; their variants are always evaluated.
    static IndexNode BuildSite(
        Stage stage, LayerStack stack, SpecPath path, SpecPath composedPath, SpecPath payloadPath, int ancestorDepth, bool evaluateVariants, Frame frame,
        List<CompositionError> errors, Totals totals)
    {
        IndexNode tree;
        if (path.IsRoot) return BuildRoot(stack);
        if (path.IsVariant)
        {
            tree = new(ArcType.Root, stack, path, stack.SpecsAt(path));
        }
        else
        {
            var parent = BuildSite(stage, stack, path.Parent!, composedPath, path.Parent!, ancestorDepth + 1, evaluateVariants: true, frame, errors, totals);
            tree = TreeOfChild(parent, path.Name);
        }

        var indexer = new PrimIndexer(stage, tree, composedPath, payloadPath, ancestorDepth, evaluateVariants, frame, errors, totals);
        indexer.Run();
        return indexer.root;
    }

    static IndexNode TreeOfChild(IndexNode parent, string name)
    {
        if (parent.Children.Count == 0) return ChildOf(parent, name);
        var tree = Copy(parent);
        Reconnect(parent);
        Forget(parent);
        Cull(tree);
        return tree;

        static void Forget(IndexNode node)
        {
            node.Image = null;
            foreach (var child in node.Children) Forget(child);
        }

        static void Reconnect(IndexNode node)
        {
            if (node.Origin is { } origin) node.Image!.Origin = origin.Image;
            foreach (var child in node.Children) Reconnect(child);
        }

        IndexNode Copy(IndexNode node)
        {
            var copy = node.Image = ChildOf(node, name);
            copy.TakeMappingFrom(node);
            foreach (var child in node.Children)
            {
                var below = Copy(child);
                below.Parent = copy;
                copy.Append(below);
            }

            return copy;
        }
    }

    static IndexNode ChildOf(IndexNode node, string name)
    {
        var specs = node.HasSpecs ? LayerStack.ChildSpecs(node.Specs, name) : [];
        // A spec knows its path already.
        var path = specs.Length > 0 ? specs[0].Spec.Path : node.Path.Child(name);
        return new(node.Arc, node.Stack, path, specs)
        {
            Origin = node.Origin,
            ToParent = node.ToParent,
            SiblingIndex = node.SiblingIndex,
            NamespaceDepth = node.NamespaceDepth,
            IntroducedAtDepth = node.IntroducedAtDepth,
            IsInert = node.IsInert,
        };
    }

    // Marks what has no opinion left. It stays until the index is done, because classes may still be implied through it.
    static bool Cull(IndexNode node)
    {
        var keep = node.CanContribute || node.Parent is null || node.DepthBelowIntroduction == 0;
        foreach (var child in node.Children) keep |= !Cull(child);
        node.IsCulled = !keep;
        return node.IsCulled;
    }

    static void Prune(IndexNode tree)
    {
        if (tree.Children.Count == 0 || !HasCulled(tree)) return;
        var nodes = new List<IndexNode>();
        Collect(tree);
        var kept = new HashSet<IndexNode>(nodes.Where(node => !node.IsCulled));
        if (kept.Count == nodes.Count) return;
        // What a kept class is implied by must stay, or the order of the two would be forgotten.
        for (var i = 0; i < nodes.Count; i++)
        {
            if (!kept.Contains(nodes[i])) continue;
            for (var origin = nodes[i].Origin; origin is not null && kept.Add(origin); origin = origin.Parent)
                i = Math.Min(i, nodes.IndexOf(origin) - 1);
        }

        foreach (var node in nodes) node.RemoveChildren(child => !kept.Contains(child));

        static bool HasCulled(IndexNode node)
        {
            if (node.IsCulled) return true;
            foreach (var child in node.Children)
                if (HasCulled(child)) return true;
            return false;
        }

        void Collect(IndexNode node)
        {
            nodes.Add(node);
            foreach (var child in node.Children) Collect(child);
        }
    }

    void Run()
    {
        Number(root);
        AddTasksOfTree(root, skipArcs: false, checkUnresolved: false);
        while (NextTask() is { } task)
        {
            var node = task.Node;
            switch (task.Kind)
            {
                case TaskKind.References: EvaluateReferences(node, ArcType.Reference); break;
                case TaskKind.Payloads:
                    if (LoadsPayloads()) EvaluateReferences(node, ArcType.Payload);
                    break;
                case TaskKind.Inherits: EvaluateClasses(node, ArcType.Inherit); break;
                case TaskKind.ImpliedClasses: EvaluateImpliedClasses(node); break;
                case TaskKind.Specializes: EvaluateClasses(node, ArcType.Specialize); break;
                case TaskKind.VariantSets: EvaluateVariantSets(node); break;
                case TaskKind.VariantAuthored: EvaluateAuthoredVariant(task); break;
                case TaskKind.VariantFallback: EvaluateFallbackVariant(task); break;
                case TaskKind.UnresolvedPrim: ReportUnresolved(node); break;
            }
        }
    }

    void Number(IndexNode node)
    {
        node.Sequence = sequence++;
        totals.Nodes++;
        foreach (var child in node.Children) Number(child);
    }

    // ---- tasks

    IndexTask? NextTask()
    {
        var best = -1;
        for (var i = 0; i < tasks.Count; i++)
            if (tasks[i].Kind != TaskKind.VariantNoneFound && (best < 0 || Precedes(tasks[i], tasks[best]))) best = i;
        if (best < 0) return null;
        var task = tasks[best];
        tasks.RemoveAt(best);
        return task;
    }

    static bool Precedes(IndexTask a, IndexTask b)
    {
        if (a.Kind != b.Kind) return a.Kind < b.Kind;
        if (a.Node == b.Node) return a.VariantSetIndex < b.VariantSetIndex;
        return a.Kind switch
        {
            // A selection may depend on what a stronger variant says.
            TaskKind.VariantAuthored or TaskKind.VariantFallback => StrengthOrder.Compare(a.Node, b.Node) < 0,
            // Descendants before ancestors, so that a chain is whole before it is passed on.
            TaskKind.ImpliedClasses => a.Node.Sequence > b.Node.Sequence,
            _ => a.Node.Sequence < b.Node.Sequence,
        };
    }

    void AddTasksOfNewNode(IndexNode node, bool skipArcs)
    {
        if (node.Arc.IsClassBased()) AddImpliedClassesTask(ClassHierarchy.StartOfUnit(node));
        else if (HasClass(node)) AddImpliedClassesTask(node);
        AddTasksOfTree(node, skipArcs, checkUnresolved: frame is null);
    }

    void AddImpliedClassesTask(IndexNode node)
    {
        if (node.Parent is null) return;
        var task = new IndexTask(TaskKind.ImpliedClasses, node);
        if (!tasks.Contains(task)) tasks.Add(task);
    }

    void AddTasksOfTree(IndexNode node, bool skipArcs, bool checkUnresolved)
    {
        foreach (var child in node.Children) AddTasksOfTree(child, skipArcs, checkUnresolved);
        if (checkUnresolved && node.Arc is ArcType.Reference or ArcType.Payload) tasks.Add(new(TaskKind.UnresolvedPrim, node));
        if (!node.CanContribute) return;
        var hasVariants = false;
        var hasReferences = false;
        var hasPayloads = false;
        var hasInherits = false;
        var hasSpecializes = false;
        foreach (var (_, spec) in node.Specs)
        {
            var arcs = spec.Arcs;
            if (ReferenceEquals(arcs, ArcSpecs.None)) continue;
            hasVariants |= arcs.VariantSetNames is not null;
            hasReferences |= arcs.References is not null;
            hasPayloads |= arcs.Payloads is not null;
            hasInherits |= arcs.Inherits is not null;
            hasSpecializes |= arcs.Specializes is not null;
        }

        if (evaluateVariants && hasVariants) tasks.Add(new(TaskKind.VariantSets, node));
        if (skipArcs) return;
        if (hasReferences) tasks.Add(new(TaskKind.References, node));
        if (hasPayloads) tasks.Add(new(TaskKind.Payloads, node));
        if (hasInherits) tasks.Add(new(TaskKind.Inherits, node));
        if (hasSpecializes) tasks.Add(new(TaskKind.Specializes, node));
    }

    static bool HasClass(IndexNode node)
    {
        foreach (var child in node.Children)
            if (child.Arc.IsClassBased()) return true;
        return false;
    }

    // ---- arcs

    IndexNode? AddArc(
        ArcType arc, IndexNode parent, IndexNode origin, LayerStack stack, SpecPath path, NamespaceMapping toParent, int siblingIndex,
        Authored authored, bool contributes = true, bool includeAncestors = false, bool skipDuplicates = false)
    {
        if (arc != ArcType.Variant && IsCycle(parent, stack, path))
        {
            Report(CompositionErrorKind.ArcCycle, authored,
                $"The {Word(arc)} from {parent.Path} to {path} leads back to its own start.",
                $"Point it at something that is neither {path} nor above or below it, or remove it.");
            return null;
        }

        if (arc != ArcType.Variant) stage.Visit(composedPath, stack, path);
        skipDuplicates |= frame is { SkipDuplicates: true };
        if (skipDuplicates && IsAlreadyThere(stack, path)) return null;
        if (totals.IsFull || totals.Nodes >= MaxNodes || ArcDepth(parent) >= MaxArcDepth)
        {
            if (!totals.IsFull)
                Report(CompositionErrorKind.CapacityExceeded, authored,
                    $"{composedPath} has more than {MaxNodes} sources of opinions, or a chain of more than {MaxArcDepth} arcs.", "Use fewer references to references.");
            totals.IsFull = true;
            return null;
        }

        IndexNode node;
        if (includeAncestors)
        {
            var inner = new Frame(stack, path, arc, parent, toParent, skipDuplicates, frame);
            node = BuildSite(stage, stack, path, composedPath, payloadPath, ancestorDepth, evaluateVariants: false, inner, errors, totals);
        }
        else
        {
            node = new(ArcType.Root, stack, path, stack.SpecsAt(path));
        }

        node.Arc = arc;
        node.Parent = parent;
        node.Origin = origin;
        node.ToParent = toParent;
        node.SiblingIndex = siblingIndex;
        node.NamespaceDepth = parent.Path.NameDepth;
        node.IsInert |= !contributes;
        Adopt(node);
        parent.Insert(node);
        for (var above = parent; above is { IsCulled: true }; above = above.Parent) above.IsCulled = false;
        AddTasksOfNewNode(node, skipArcs: includeAncestors);
        return node;
    }

    void Adopt(IndexNode node)
    {
        node.Sequence = sequence++;
        node.IntroducedAtDepth = root.Path.NameDepth;
        node.ForgetMapping();
        totals.Nodes++;
        foreach (var child in node.Children) Adopt(child);
    }

    int ArcDepth(IndexNode node)
    {
        var depth = 0;
        for (var at = node; at is not null; at = at.Parent) depth++;
        for (var outer = frame; outer is not null; outer = outer.Outer)
            for (var at = outer.Parent; at is not null; at = at.Parent) depth++;
        return depth;
    }

    // Rule R15: compares the target with every site on the way, through the builds that wait for this one. Out there the target will have the
    // names appended that this build has still to go down.
    bool IsCycle(IndexNode parent, LayerStack stack, SpecPath path)
    {
        var inner = root;
        var node = parent;
        var target = path;
        for (var outer = frame; ; outer = outer.Outer)
        {
            for (var at = node; at is not null; at = at.Parent)
                if (ReferenceEquals(at.Stack, stack) && (at.Path.IsAtOrBelow(target) || target.IsAtOrBelow(at.Path))) return true;
            if (outer is null) return false;
            target = AsAskedFor(target, inner.Path, outer.TargetPath);
            node = outer.Parent;
            inner = node.Root;
        }
    }

    bool IsAlreadyThere(LayerStack stack, SpecPath path)
    {
        var tree = root;
        var target = path;
        for (var outer = frame; ; outer = outer.Outer)
        {
            if (Contains(tree, stack, target)) return true;
            if (outer is null) return false;
            target = Descend(target, tree.Path, outer.TargetPath);
            tree = outer.Parent.Root;
        }

        static bool Contains(IndexNode node, LayerStack stack, SpecPath path)
        {
            if (!node.IsInert && !node.IsCulled && node.IsSite(stack, path)) return true;
            foreach (var child in node.Children)
                if (Contains(child, stack, path)) return true;
            return false;
        }
    }

    static SpecPath AsAskedFor(SpecPath target, SpecPath current, SpecPath asked) => current.Equals(target) ? asked : Descend(target, current, asked);

    // The target with the names appended that lead from the build's current path to the one it was asked for.
    static SpecPath Descend(SpecPath target, SpecPath current, SpecPath asked) => asked.IsAtOrBelow(current) ? asked.Rebase(current, target) : target;

    // ---- references and payloads

    /// <summary>Where an arc is authored.</summary>
    readonly record struct Authored(TaskLayer Layer, TextPosition At);

    bool LoadsPayloads()
    {
        // Ancestors of a target are built only for it, and nobody can ask for their payloads; so they are always loaded.
        var isAncestorOfTarget = frame is { Arc: ArcType.Reference or ArcType.Payload } && !root.IsSite(frame.TargetStack, frame.TargetPath);
        return isAncestorOfTarget || stage.LoadsPayload(payloadPath);
    }

    void EvaluateReferences(IndexNode node, ArcType arc)
    {
        if (!node.CanContribute) return;
        var index = 0;
        foreach (var (item, layer) in ComposeReferences(node, arc))
        {
            AddReference(node, arc, item, new(layer, item.At), index++);
        }
    }

    // Rule R8: the list is composed inside the site's layer stack. Equal means equal after the asset was resolved, because one text can mean
    // different layers to different authors.
    List<(ReferenceArc Item, TaskLayer Layer)> ComposeReferences(IndexNode node, ArcType arc)
    {
        var authors = new Dictionary<(string? Asset, SpecPath? Path, string? Text, double Scale), (ReferenceArc Item, TaskLayer Layer)>();
        var list = new List<(string? Asset, SpecPath? Path, string? Text, double Scale)>();
        for (var i = node.Specs.Length - 1; i >= 0; i--)
        {
            var (layer, spec) = node.Specs[i];
            if ((arc == ArcType.Reference ? spec.Arcs.References : spec.Arcs.Payloads) is not { } op) continue;
            op.Select<(string? Asset, SpecPath? Path, string? Text, double Scale)>((item, deletes) =>
            {
                var key = (item.Asset is null ? null : stage.Load(item.Asset, layer).Identifier, item.Path, item.PathText, item.Scale);
                if (!deletes) authors[key] = (item, layer);
                return key;
            }).ApplyTo(list);
        }

        return [.. list.Select(key => authors[key])];
    }

    void AddReference(IndexNode node, ArcType arc, ReferenceArc item, Authored authored, int index)
    {
        if (item.PathText is { } text)
        {
            Report(CompositionErrorKind.InvalidPrimPath, authored, $"The {Word(arc)} to '{text}' names no node.", "Write an absolute path without variants, such as '#/node'.");
            return;
        }

        if (item.Scale == 0 || !double.IsFinite(item.Scale))
            Report(CompositionErrorKind.InvalidReferenceOffset, authored, $"The scale {item.Scale} of the {Word(arc)} has no inverse; none is used.");

        var stack = node.Stack;
        if (item.Asset is { } asset)
        {
            var loaded = stage.Load(asset, authored.Layer);
            if (loaded.Layer is null)
            {
                Report(CompositionErrorKind.InvalidAssetPath, authored, $"The {Word(arc)} to '{asset}' leads to no layer. {loaded.Error!.Message}", loaded.Error.Fix);
                return;
            }

            stack = stage.StackOf(loaded.Layer);
        }

        var path = item.Path;
        if (path is null)
        {
            if (stack.RootLayer.DefaultPrim is not { } name)
            {
                Report(CompositionErrorKind.UnresolvedPrimPath, authored, $"'{stack.RootLayer}' names no default, and the {Word(arc)} names no node.",
                    "Write '#/node' after the layer, or 'default: node' in it.");
                return;
            }

            path = SpecPath.Root.Child(name);
        }

        // An internal arc sees the whole namespace; one to another layer only what is below its target (rule R22).
        var toParent = NamespaceMapping.OfArc(path, node.Path.WithoutVariants(), hasRootIdentity: item.Asset is null);
        AddArc(arc, node, node, stack, path, toParent, index, authored, includeAncestors: path.NameDepth > 1);
    }

    void ReportUnresolved(IndexNode node)
    {
        if (node.Parent is not { } parent || ExistsAtIntroduction(node)) return;
        var path = node.PathAtIntroduction;
        var authored = AuthorOf(node, parent);
        Report(CompositionErrorKind.UnresolvedPrimPath, authored, $"There is no '{path}' in '{node.Stack.RootLayer}'.",
            Suggestion(node.Stack, path));
    }

    static string? Suggestion(LayerStack stack, SpecPath path)
    {
        var options = stack.Layers.SelectMany(layer => layer.Find(path.Parent!)?.Children ?? []).Select(child => child.Path.Name).Distinct().ToList();
        return options.Count == 0 ? null : Problems.Suggestion.Sentence(path.Name, options);
    }

    static Authored AuthorOf(IndexNode node, IndexNode parent)
    {
        var above = parent.Path.Up(node.DepthBelowIntroduction);
        foreach (var layer in parent.Stack.Layers)
        {
            var arcs = layer.Find(above)?.Arcs;
            foreach (var item in (node.Arc == ArcType.Reference ? arcs?.References : arcs?.Payloads)?.Items ?? [])
                if (item.Path is null || item.Path.Equals(node.PathAtIntroduction)) return new(layer, item.At);
        }

        return new(parent.Stack.RootLayer, default);
    }

    static bool ExistsAtIntroduction(IndexNode node)
    {
        return node.DepthBelowIntroduction == 0 ? Any(node, below => below.HasSpecs) : Any(node, below => below.Stack.HasSpecsAt(below.PathAtIntroduction));

        static bool Any(IndexNode node, Predicate<IndexNode> test)
        {
            if (test(node)) return true;
            foreach (var child in node.Children)
                if (Any(child, test)) return true;
            return false;
        }
    }

    // ---- inherits and specializes

    void EvaluateClasses(IndexNode node, ArcType arc)
    {
        if (!node.CanContribute) return;
        var list = new List<ClassArc>();
        var authors = new Dictionary<ClassArc, Authored>();
        for (var i = node.Specs.Length - 1; i >= 0; i--)
        {
            var (layer, spec) = node.Specs[i];
            if ((arc == ArcType.Inherit ? spec.Arcs.Inherits : spec.Arcs.Specializes) is not { } op) continue;
            foreach (var item in op.Items) authors[item] = new(layer, item.At);
            op.ApplyTo(list);
        }

        for (var i = 0; i < list.Count; i++)
        {
            var authored = authors[list[i]];
            if (list[i].Path is not { } path)
            {
                Report(CompositionErrorKind.InvalidPrimPath, authored, $"The {Word(arc)} of '{list[i].Text}' names no class.", "Write an absolute path without variants.");
                continue;
            }

            var toParent = NamespaceMapping.OfArc(path, node.Path.WithoutVariants(), hasRootIdentity: true);
            AddClassArc(arc, node, node, toParent, i, ignored: null, authored);
        }
    }

    IndexNode? AddClassArc(ArcType arc, IndexNode parent, IndexNode origin, NamespaceMapping toParent, int index, IndexNode? ignored, Authored authored)
    {
        // A class outside the mapped scope simply is not implied.
        if (ClassPath(parent.Path, toParent) is not { } path) return null;
        foreach (var child in parent.Children)
            if (child.IsSite(parent.Stack, path)) return child;

        // The same site seen from further out brings nothing new, but passes on what it inherits.
        var contributes = !path.Equals(parent.Path) && !(ignored is not null && ignored.IsSite(parent.Stack, path));
        return AddArc(arc, parent, origin, parent.Stack, path, toParent, index, authored, contributes,
            includeAncestors: contributes && !(path.NameDepth == 1 && !path.HasVariants), skipDuplicates: contributes);
    }

    // Variants are storage, not namespace: they are taken off before the path is mapped and put back on after.
    static SpecPath? ClassPath(SpecPath instance, NamespaceMapping toParent)
    {
        if (!instance.HasVariants) return toParent.ToSource(instance);
        var variant = instance;
        while (!variant.IsVariant) variant = variant.Parent!;
        if (toParent.ToSource(instance.WithoutVariants()) is not { } mapped) return null;
        var plain = variant.WithoutVariants();
        return mapped.IsAtOrBelow(plain) ? mapped.Rebase(plain, variant) : mapped;
    }

    void EvaluateImpliedClasses(IndexNode node)
    {
        if (node.Parent is null || !HasClass(node)) return;
        // Root classes cross a reference by their own name: classes deliberately reach through its encapsulation.
        ImplyClasses(node.Parent, node, node.ToParent.WithRootIdentity(), isStart: true);
    }

    // Rule R11: adds to the outer node what the inner one inherits, chain by chain.
    void ImplyClasses(IndexNode outer, IndexNode inner, NamespaceMapping transfer, bool isStart)
    {
        foreach (var child in inner.Children.ToArray())
        {
            if (!child.Arc.IsClassBased()) continue;
            // The class that continues the chain through this very node is not the outer node's: its own class is.
            if (isStart && inner.Arc.IsClassBased() && inner.DepthBelowIntroduction == child.DepthBelowIntroduction) continue;
            var implied = ImpliedMapping(transfer, child.ToParent);
            IndexNode? image = null;
            foreach (var existing in outer.Children)
                if (existing.Origin == child && existing.ToParent.Equals(implied)) image = existing;
            image ??= AddClassArc(child.Arc, outer, child, implied, child.SiblingIndex, ignored: child, new(child.Stack.RootLayer, default));
            if (image is not null && HasClass(child))
                ImplyClasses(image, child, implied.Inverse().After(transfer.After(child.ToParent)), isStart: false);
        }
    }

    static NamespaceMapping ImpliedMapping(NamespaceMapping transfer, NamespaceMapping classArc) =>
        transfer.IsIdentity ? classArc : transfer.After(classArc.After(transfer.Inverse())).WithRootIdentity();

    // ---- variants

    void EvaluateVariantSets(IndexNode node)
    {
        if (!node.CanContribute) return;
        var names = new List<string>();
        for (var i = node.Specs.Length - 1; i >= 0; i--) node.Specs[i].Spec.Arcs.VariantSetNames?.ApplyTo(names);
        for (var i = 0; i < names.Count; i++) tasks.Add(new(TaskKind.VariantAuthored, node, names[i], i));
    }

    void EvaluateAuthoredVariant(IndexTask task)
    {
        var set = task.VariantSet!;
        var selected = FindSelection(task.Node, set);
        if (!string.IsNullOrEmpty(selected)) AddVariant(task, selected);
        else tasks.Add(task with { Kind = selected is null && Fallback(task.Node, set) is not null ? TaskKind.VariantFallback : TaskKind.VariantNoneFound });
    }

    void EvaluateFallbackVariant(IndexTask task)
    {
        if (Fallback(task.Node, task.VariantSet!) is { } variant) AddVariant(task, variant);
        else tasks.Add(task with { Kind = TaskKind.VariantNoneFound });
    }

    string? Fallback(IndexNode node, string set)
    {
        foreach (var option in stage.FallbacksOf(set))
            foreach (var (_, spec) in node.Specs)
                if (spec.Arcs.FindVariantSet(set)?.Find(option) is not null) return option;
        return null;
    }

    void AddVariant(IndexTask task, string variant)
    {
        var (node, set) = (task.Node, task.VariantSet!);
        var added = AddArc(
            ArcType.Variant, node, node, node.Stack, node.Path.Variant(set, variant), NamespaceMapping.Identity, task.VariantSetIndex, new(node.Stack.RootLayer, default));
        if (added is null) return;
        // The variant may select for sets that found nothing so far.
        for (var i = 0; i < tasks.Count; i++)
            if (tasks[i].Kind is TaskKind.VariantFallback or TaskKind.VariantNoneFound) tasks[i] = tasks[i] with { Kind = TaskKind.VariantAuthored };
    }

    // Rule R12: a selection that was already followed for this prim and set, else the strongest authored one over all sites found so far,
    // including those of the builds that wait for this one.
    string? FindSelection(IndexNode node, string set)
    {
        if (node.ToRoot.ToTarget(node.Path.WithoutVariants()) is not { } path) return null;
        var tree = root;
        if (FollowedSelection(tree, path, set) is { } followed) return followed;
        var passages = new Stack<(Frame Frame, IndexNode Tree)>();
        for (var outer = frame; outer is not null; outer = outer.Outer)
        {
            if (outer.ToParent.ToTarget(path) is not { } crossed || outer.Parent.ToRoot.ToTarget(crossed) is not { } outside) break;
            var outerTree = outer.Parent.Root;
            if (FollowedSelection(outerTree, outside, set) is { } there) return there;
            passages.Push((outer, tree));
            (tree, path) = (outerTree, outside);
        }

        return AuthoredSelection(tree, path, set, passages);
    }

    string? FollowedSelection(IndexNode node, SpecPath path, string set)
    {
        if (node.Arc == ArcType.Variant && node.DepthBelowIntroduction == ancestorDepth)
        {
            var introduced = node.PathAtIntroduction;
            if (introduced.VariantSet == set)
            {
                if (node.ToRoot.ToSource(path) is not { } here) return null;
                if (introduced.WithoutVariants().Equals(here)) return introduced.Name;
            }
        }

        foreach (var child in node.Children)
            if (FollowedSelection(child, path, set) is { } selected) return selected;
        return null;
    }

    static string? AuthoredSelection(IndexNode tree, SpecPath path, string set, Stack<(Frame Frame, IndexNode Tree)> passages)
    {
        List<(IndexNode Node, SpecPath Path)>? specialized = null;
        if (Visit(tree, path) is { } found) return found;
        // Specializes come last, in their own order; those inside them after that.
        while (specialized is { Count: > 0 } groups)
        {
            groups.Sort((left, right) => StrengthOrder.Compare(left.Node, right.Node));
            specialized = null;
            foreach (var (node, there) in groups)
                if (Visit(node, there) is { } later) return later;
        }

        return null;

        string? Visit(IndexNode node, SpecPath here)
        {
            if (SelectionAt(node, here, set) is { } selected) return selected;
            if (passages.TryPeek(out var passage) && passage.Frame.Parent == node)
            {
                passages.Pop();
                return passage.Frame.ToParent.ToSource(here) is { } inside ? Visit(passage.Tree, inside) : null;
            }

            foreach (var child in node.Children)
            {
                if (child.ToParent.ToSource(here) is not { } there) continue;
                if (child.Arc == ArcType.Specialize && passages.Count == 0) (specialized ??= []).Add((child, there));
                else if (Visit(child, there) is { } below) return below;
            }

            return null;
        }
    }

    static string? SelectionAt(IndexNode node, SpecPath path, string set)
    {
        if (!node.CanContribute) return null;
        var plain = node.Path.WithoutVariants();
        if (path.Equals(plain) && (node.Arc == ArcType.Variant || !node.Path.HasVariants)) return Find(node.Specs);
        var site = node.Arc == ArcType.Variant && path.IsAtOrBelow(plain) ? path.Rebase(plain, node.Path) : path;
        return Find(node.Stack.SpecsAt(site));

        string? Find(SiteSpec[] specs)
        {
            foreach (var (_, spec) in specs)
                if (spec.Arcs.FindSelection(set) is { } selection) return selection.Variant;
            return null;
        }
    }

    // ---- errors

    void Report(CompositionErrorKind kind, Authored authored, string message, string? fix = null)
    {
        var location = authored.Layer.Locate(authored.At);
        errors.Add(new(kind, composedPath, location, message, fix));
    }

    static string Word(ArcType arc) => arc switch
    {
        ArcType.Inherit => "'inherits'",
        ArcType.Specialize => "'extends'",
        ArcType.Payload => "'payload'",
        ArcType.Variant => "variant",
        _ => "'uses'",
    };
}
