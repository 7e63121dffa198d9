using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// One site of a prim index: a layer stack and a path in it, and the arc that led here. Its specs are the opinions that it brings.
/// </summary>
public sealed class IndexNode
{
    static readonly List<IndexNode> NoChildren = [];

    List<IndexNode>? children;
    NamespaceMapping? toRoot;

    internal IndexNode(ArcType arc, LayerStack stack, SpecPath path, SiteSpec[] specs)
    {
        Arc = arc;
        Stack = stack;
        Path = path;
        Specs = specs;
    }

    public ArcType Arc { get; internal set; }

    public LayerStack Stack { get; }

    /// <summary>The site's path, with the variants that lead to it.</summary>
    public SpecPath Path { get; }

    /// <summary>What each layer of the stack says here, strongest first.</summary>
    public ReadOnlySpan<SiteSpec> Opinions => IsInert ? [] : Specs;

    /// <summary>The node that has the arc; null for the prim itself.</summary>
    public IndexNode? Parent { get; internal set; }

    /// <summary>The node that the arc was authored at, or, for an implied class, the node that it is implied by.</summary>
    public IndexNode? Origin { get; internal set; }

    /// <summary>True for a class that a stack further out looks up because an inner one inherits it (rule R11).</summary>
    public bool IsImplied => Origin != Parent;

    /// <summary>Paths of this node's namespace to that of its parent.</summary>
    public NamespaceMapping ToParent { get; internal set; } = NamespaceMapping.Identity;

    /// <summary>Paths of this node's namespace to the composed one.</summary>
    public NamespaceMapping ToRoot => toRoot ??= Parent is null ? NamespaceMapping.Identity : Parent.ToRoot.After(ToParent);

    /// <summary>Arcs below this one, strongest first, specializes where they stand.</summary>
    internal List<IndexNode> Children => children ?? NoChildren;

    /// <summary>Place in the composed arc list of the origin.</summary>
    internal int SiblingIndex { get; set; }

    /// <summary>How deep in its namespace the prim stood that introduced the arc (rule R6).</summary>
    internal int NamespaceDepth { get; set; }

    /// <summary>How deep in the composed namespace the prim stood whose index first had this node (rule R13).</summary>
    internal int IntroducedAtDepth { get; set; }

    /// <summary>Creation order inside one index; parents before children.</summary>
    internal int Sequence { get; set; }

    /// <summary>The node's copy in the child tree that was made last; only good while that is being made.</summary>
    internal IndexNode? Image { get; set; }

    /// <summary>A placeholder: it passes classes on and brings no opinions.</summary>
    internal bool IsInert { get; set; }

    /// <summary>Nothing at or below it has an opinion any more at this depth of namespace.</summary>
    internal bool IsCulled { get; set; }

    /// <summary>True where the arc stands on an ancestor of the prim.</summary>
    public bool IsAncestral => DepthBelowIntroduction > 0;

    internal SiteSpec[] Specs { get; private set; }

    /// <summary>Reads the specs of the site again after a layer of the stack was edited.</summary>
    internal void Refresh() => Specs = Stack.SpecsAt(Path);

    internal bool HasSpecs => Specs.Length > 0;

    internal bool CanContribute => HasSpecs && !IsInert;

    /// <summary>True for a prim's own site where no layer has an arc or a variant to follow.</summary>
    internal bool IsPlain => Children.Count == 0 && Array.TrueForAll(Specs, site => site.Spec.IsPlain);

    /// <summary>True where also nothing is below.</summary>
    internal bool IsPlainLeaf => Children.Count == 0 && Array.TrueForAll(Specs, site => site.Spec.IsPlainLeaf);

    internal IndexNode Root
    {
        get
        {
            var node = this;
            while (node.Parent is { } parent) node = parent;
            return node;
        }
    }

    /// <summary>How many names further down than its arc the node stands.</summary>
    internal int DepthBelowIntroduction => Parent is null ? 0 : Parent.Path.NameDepth - NamespaceDepth;

    /// <summary>The path that the arc was made to, before names were appended.</summary>
    internal SpecPath PathAtIntroduction => Path.Up(DepthBelowIntroduction);

    internal bool IsSite(LayerStack stack, SpecPath path) => ReferenceEquals(Stack, stack) && Path.Equals(path);

    internal void Insert(IndexNode child)
    {
        children ??= [];
        var at = 0;
        while (at < children.Count && StrengthOrder.CompareSiblings(children[at], child) <= 0) at++;
        children.Insert(at, child);
    }

    internal void Append(IndexNode child) => (children ??= []).Add(child);

    internal void RemoveChildren(Predicate<IndexNode> match) => children?.RemoveAll(match);

    internal void ForgetMapping() => toRoot = null;

    internal void TakeMappingFrom(IndexNode other) => toRoot = other.toRoot;

    public override string ToString() => $"{Arc} {Stack.RootLayer.Identifier}<{Path}>";
}
