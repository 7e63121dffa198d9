namespace TaskBot.Graphs.Composition;

/// <summary>
/// Which of two sites is stronger (rules R5, R6, R13). The tree of an index is walked parent first; specializes are taken out of every
/// subtree and come after everything else, group by group.
/// </summary>
static class StrengthOrder
{
    /// <summary>Every node, strongest first.</summary>
    public static List<IndexNode> Walk(IndexNode root)
    {
        var order = new List<IndexNode>();
        if (root.Children.Count == 0)
        {
            order.Add(root);
            return order;
        }

        List<IndexNode>? hoisted = null;
        Visit(root);
        if (hoisted is null) return order;

        // Groups are inserted one by one: a place before the first group that is weaker.
        var groups = new List<IndexNode>(hoisted.Count);
        while (hoisted.Count > 0)
        {
            var batch = hoisted;
            hoisted = [];
            foreach (var group in batch)
            {
                var at = 0;
                while (at < groups.Count && CompareSpecialized(groups[at], group) <= 0) at++;
                groups.Insert(at, group);
                foreach (var child in group.Children) FindNested(child, hoisted);
            }
        }

        foreach (var group in groups)
        {
            hoisted = null;
            Visit(group);
        }

        return order;

        void Visit(IndexNode node)
        {
            order.Add(node);
            foreach (var child in node.Children)
                if (child.Arc == ArcType.Specialize) (hoisted ??= []).Add(child);
                else Visit(child);
        }

        static void FindNested(IndexNode node, List<IndexNode> nested)
        {
            if (node.Arc == ArcType.Specialize)
            {
                nested.Add(node);
                return;
            }

            foreach (var child in node.Children) FindNested(child, nested);
        }
    }

    /// <summary>Negative where <paramref name="a"/> is stronger. Both stand under one parent.</summary>
    public static int CompareSiblings(IndexNode a, IndexNode b)
    {
        if (a.Arc != b.Arc) return a.Arc.CompareTo(b.Arc);
        if (a.Arc == ArcType.Specialize) return CompareSpecialized(a, b);
        if (a.NamespaceDepth != b.NamespaceDepth) return b.NamespaceDepth.CompareTo(a.NamespaceDepth);
        if (a.Origin != b.Origin && InTreeOrder(a.Root, a.Origin!, b.Origin!) is var order and not 0) return order;
        return a.SiblingIndex.CompareTo(b.SiblingIndex);
    }

    /// <summary>Negative where <paramref name="a"/> is stronger. Both stand in one index.</summary>
    public static int Compare(IndexNode a, IndexNode b)
    {
        if (a == b) return 0;
        var aGroup = GroupOf(a);
        var bGroup = GroupOf(b);
        if (aGroup == bGroup) return CompareInTree(a, b);
        if (aGroup is null) return -1;
        if (bGroup is null) return 1;
        return CompareSpecialized(aGroup, bGroup);
    }

    /// <summary>The nearest specialize at or above the node.</summary>
    static IndexNode? GroupOf(IndexNode node)
    {
        for (var at = node; at is not null; at = at.Parent)
            if (at.Arc == ArcType.Specialize) return at;
        return null;
    }

    static int CompareInTree(IndexNode a, IndexNode b)
    {
        var aPath = PathFromRoot(a);
        var bPath = PathFromRoot(b);
        for (var i = 0; i < aPath.Count && i < bPath.Count; i++)
            if (aPath[i] != bPath[i]) return CompareSiblings(aPath[i], bPath[i]);
        return aPath.Count.CompareTo(bPath.Count);
    }

    static List<IndexNode> PathFromRoot(IndexNode node)
    {
        var path = new List<IndexNode>();
        for (var at = node; at is not null; at = at.Parent) path.Add(at);
        path.Reverse();
        return path;
    }

    // Two specializes, wherever they stand (rule R13).
    static int CompareSpecialized(IndexNode a, IndexNode b)
    {
        if (a == b) return 0;
        var (aAuthored, aSteps) = AuthoredOrigin(a);
        var (bAuthored, bSteps) = AuthoredOrigin(b);
        if (aAuthored == bAuthored)
        {
            // One authored arc: the copy further out is more local.
            var depth = ClassHierarchyDepth(a).CompareTo(ClassHierarchyDepth(b));
            if (depth != 0) return depth;
            if (aSteps != bSteps) return bSteps.CompareTo(aSteps);
            return InTreeOrder(a.Root, a.Origin!, b.Origin!);
        }

        // What a base specializes is weaker than the base, at whatever depth it stands.
        if (IsBelow(b, a) || IsBelow(bAuthored, aAuthored)) return -1;
        if (IsBelow(a, b) || IsBelow(aAuthored, bAuthored)) return 1;
        if (a.IntroducedAtDepth != b.IntroducedAtDepth) return b.IntroducedAtDepth.CompareTo(a.IntroducedAtDepth);
        if (aAuthored.Parent == bAuthored.Parent) return CompareAuthoredSiblings(aAuthored, bAuthored);
        return InTreeOrder(a.Root, aAuthored, bAuthored);
    }

    static int CompareAuthoredSiblings(IndexNode a, IndexNode b) =>
        a.NamespaceDepth != b.NamespaceDepth ? b.NamespaceDepth.CompareTo(a.NamespaceDepth) : a.SiblingIndex.CompareTo(b.SiblingIndex);

    static (IndexNode Node, int Steps) AuthoredOrigin(IndexNode node)
    {
        var steps = 0;
        for (; node.IsImplied; steps++) node = node.Origin!;
        return (node, steps);
    }

    // How deep the instance stood whose class hierarchy the node belongs to; nothing for what the prim itself authored.
    static int ClassHierarchyDepth(IndexNode node)
    {
        if (node.Parent!.Parent is null)
        {
            if (!node.IsImplied) return 0;
            node = node.Origin!;
        }

        return ClassHierarchy.InstanceOf(node).Instance.NamespaceDepth;
    }

    static bool IsBelow(IndexNode node, IndexNode ancestor)
    {
        for (var at = node.Parent; at is not null; at = at.Parent)
            if (at == ancestor) return true;
        return false;
    }

    /// <summary>Which of two nodes a walk meets first, parent before children; 0 for neither.</summary>
    static int InTreeOrder(IndexNode root, IndexNode a, IndexNode b)
    {
        if (a == b) return 0;
        if (IsBelow(b, a)) return -1;
        if (IsBelow(a, b)) return 1;
        var aPath = PathFromRoot(a);
        var bPath = PathFromRoot(b);
        for (var i = 0; i < aPath.Count && i < bPath.Count; i++)
        {
            if (aPath[i] == bPath[i]) continue;
            if (i == 0) return 0;
            foreach (var child in aPath[i - 1].Children)
            {
                if (child == aPath[i]) return -1;
                if (child == bPath[i]) return 1;
            }

            return 0;
        }

        return 0;
    }
}

/// <summary>A chain of classes that inherit each other at one depth of namespace, and the node that it begins at.</summary>
static class ClassHierarchy
{
    /// <summary>The node that inherits the first class of the chain that the node is part of, and that first class.</summary>
    public static (IndexNode Instance, IndexNode Class) InstanceOf(IndexNode node)
    {
        var depth = node.DepthBelowIntroduction;
        var first = node;
        var instance = node;
        while (instance.Arc.IsClassBased() && instance.DepthBelowIntroduction == depth)
        {
            first = instance;
            instance = instance.Parent!;
        }

        return (instance, first);
    }

    /// <summary>
    /// The node whose classes must be passed on as one unit when this class was added. Where the instance is itself an ancestral class and the
    /// class is no child of that one in namespace, the unit begins further out.
    /// </summary>
    public static IndexNode StartOfUnit(IndexNode node)
    {
        var start = node;
        while (start.Arc.IsClassBased())
        {
            var (instance, first) = InstanceOf(start);
            start = instance;
            if (instance.Arc.IsClassBased() && first.Path.IsAtOrBelow(instance.PathAtIntroduction)) break;
        }

        return start;
    }
}
