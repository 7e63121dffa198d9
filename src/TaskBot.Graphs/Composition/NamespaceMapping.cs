using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// How paths cross an arc (rule R22): pairs of a source (the namespace that the arc leads to) and a target (the namespace that it leads from),
/// and the identity of everything else for all arcs but references and payloads of other layers. The longest prefix wins; a result that
/// another pair would claim on the way back does not map.
/// </summary>
public sealed class NamespaceMapping : IEquatable<NamespaceMapping>
{
    public static readonly NamespaceMapping Identity = new([], hasRootIdentity: true);

    readonly (SpecPath Source, SpecPath Target)[] pairs;
    readonly bool hasRootIdentity;

    NamespaceMapping((SpecPath Source, SpecPath Target)[] pairs, bool hasRootIdentity)
    {
        this.pairs = pairs;
        this.hasRootIdentity = hasRootIdentity;
    }

    /// <summary>The mapping of one arc.</summary>
    /// <param name="source">The prim that the arc leads to.</param>
    /// <param name="target">The prim that has the arc, without variants.</param>
    /// <param name="hasRootIdentity">Whether every other path maps to itself.</param>
    public static NamespaceMapping OfArc(SpecPath source, SpecPath target, bool hasRootIdentity) => Canonical([(source, target)], hasRootIdentity);

    public bool IsIdentity => hasRootIdentity && pairs.Length == 0;

    /// <summary>From the namespace that the arc leads to, into the one that it leads from; null where the path is outside its reach.</summary>
    public SpecPath? ToTarget(SpecPath path) => Map(path, forward: true);

    /// <summary>From the namespace that has the arc, into the one that it leads to; null where the path is outside its reach.</summary>
    public SpecPath? ToSource(SpecPath path) => Map(path, forward: false);

    public NamespaceMapping WithRootIdentity() => hasRootIdentity ? this : Canonical(pairs, hasRootIdentity: true);

    public NamespaceMapping Inverse() => IsIdentity ? this : new([.. pairs.Select(pair => (pair.Target, pair.Source))], hasRootIdentity);

    /// <summary>First <paramref name="inner"/>, then this.</summary>
    public NamespaceMapping After(NamespaceMapping inner)
    {
        if (inner.IsIdentity) return this;
        if (IsIdentity) return inner;
        var composed = new List<(SpecPath Source, SpecPath Target)>();
        foreach (var (source, target) in inner.pairs)
            if (ToTarget(target) is { } mapped) Add(source, mapped);
        foreach (var (source, target) in pairs)
            if (inner.ToSource(source) is { } mapped) Add(mapped, target);
        return Canonical([.. composed], hasRootIdentity && inner.hasRootIdentity);

        void Add(SpecPath source, SpecPath target)
        {
            if (!composed.Contains((source, target))) composed.Add((source, target));
        }
    }

    SpecPath? Map(SpecPath path, bool forward)
    {
        if (IsIdentity) return path;
        var best = Longest(path, forward);
        if (best < 0 && !hasRootIdentity) return null;
        var result = best < 0 ? path : forward ? path.Rebase(pairs[best].Source, pairs[best].Target) : path.Rebase(pairs[best].Target, pairs[best].Source);
        return Longest(result, !forward) == best ? result : null;
    }

    // The pair with the longest prefix of the path on its near side; -1 where only the identity applies.
    int Longest(SpecPath path, bool forward)
    {
        var best = -1;
        var depth = -1;
        for (var i = 0; i < pairs.Length; i++)
        {
            var near = forward ? pairs[i].Source : pairs[i].Target;
            if (near.NameDepth <= depth || !path.IsAtOrBelow(near)) continue;
            (best, depth) = (i, near.NameDepth);
        }

        return best;
    }

    // Without pairs that the others imply, in a fixed order, so that equal mappings are equal.
    static NamespaceMapping Canonical((SpecPath Source, SpecPath Target)[] all, bool hasRootIdentity)
    {
        var kept = all.ToList();
        for (var i = kept.Count - 1; i >= 0; i--)
        {
            var (source, target) = kept[i];
            if (source.IsRoot && target.IsRoot)
            {
                hasRootIdentity = true;
                kept.RemoveAt(i);
                continue;
            }

            var others = new NamespaceMapping([.. kept.Where((_, index) => index != i)], hasRootIdentity);
            var above = others.Longest(source, forward: true);
            var implied = above >= 0 ? source.Rebase(others.pairs[above].Source, others.pairs[above].Target) : hasRootIdentity ? source : null;
            if (implied is not null && implied.Equals(target) && others.Longest(target, forward: false) == above) kept.RemoveAt(i);
        }

        if (kept.Count == 0) return hasRootIdentity ? Identity : new([], hasRootIdentity: false);
        if (kept.Count > 1) kept.Sort((left, right) => string.CompareOrdinal(left.Source.ToString(), right.Source.ToString()));
        return new([.. kept], hasRootIdentity);
    }

    public bool Equals(NamespaceMapping? other) =>
        ReferenceEquals(this, other) || (other is not null && hasRootIdentity == other.hasRootIdentity && pairs.AsSpan().SequenceEqual(other.pairs));

    public override bool Equals(object? obj) => Equals(obj as NamespaceMapping);

    public override int GetHashCode() => pairs.Length == 0 ? 0 : pairs[0].GetHashCode();

    public override string ToString() =>
        string.Join(", ", pairs.Select(pair => $"{pair.Source} -> {pair.Target}").Concat(hasRootIdentity ? ["/ -> /"] : Array.Empty<string>()));
}
