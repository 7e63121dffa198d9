using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers;

/// <summary>What a spec says of its prim (rule R21): an <c>over</c> has opinions about something defined elsewhere.</summary>
public enum Specifier
{
    Over,
    Def,
    Class,
}

/// <summary>One reference or payload as authored (rule R9).</summary>
/// <param name="Asset">The asset path as written; null for the layer stack that the arc stands in.</param>
/// <param name="Path">The prim that is meant; null for the target layer's default.</param>
/// <param name="At">Where it is written. Two arcs to one target are equal wherever they are written.</param>
/// <param name="PathText">What was written for the path where it is no prim path; then <paramref name="Path"/> is null.</param>
public sealed record ReferenceArc(string? Asset, SpecPath? Path, TextPosition At = default, string? PathText = null)
{
    /// <summary>Time scale, which tasks do not have: OpenUSD's layers may carry one, and one without an inverse is an error (rule R17).</summary>
    public double Scale { get; init; } = 1;

    public bool Equals(ReferenceArc? other) =>
        other is not null && Asset == other.Asset && PathText == other.PathText && Scale.Equals(other.Scale) && Equals(Path, other.Path);

    public override int GetHashCode() => HashCode.Combine(Asset, Path, PathText);
}

/// <summary>One inherit or specialize as authored (rules R11, R13).</summary>
/// <param name="Path">The class; null where what was written is no prim path.</param>
/// <param name="Text">What was written.</param>
/// <param name="At">Where it is written. Two arcs to one class are equal wherever they are written.</param>
public sealed record ClassArc(SpecPath? Path, string Text, TextPosition At = default)
{
    public bool Equals(ClassArc? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}

/// <summary>One target of a relationship or a connection as authored, in the namespace of its layer.</summary>
/// <param name="Path">Where it points.</param>
/// <param name="At">Where it is written. Two targets are equal wherever they are written.</param>
public readonly record struct AuthoredTarget(TargetPath Path, TextPosition At)
{
    public bool Equals(AuthoredTarget other) => Path.Equals(other.Path);

    public override int GetHashCode() => Path.GetHashCode();
}

/// <summary>A set's selection as authored; an empty name explicitly selects none (rule R12).</summary>
public sealed record VariantSelection(string Set, string Variant, TextPosition At = default)
{
    /// <summary>In place of a variant's name: whoever runs the task chooses.</summary>
    public const string Auto = "auto";

    /// <summary>The sets that no task has and that can be left to whoever runs it all the same: prompts and models.</summary>
    public static bool IsRunners(string set) => set is "prompt" or "model";
}

/// <summary>One variant set of a body with its variants in authored order.</summary>
public sealed record VariantSetSpec(string Name, ImmutableArray<PrimSpec> Variants, TextPosition At = default)
{
    public PrimSpec? Find(string variant)
    {
        foreach (var body in Variants)
            if (body.Path.Name == variant) return body;
        return null;
    }
}

/// <summary>Whether a property holds a value (and may be connected) or points at prims.</summary>
public enum PropertyKind
{
    Attribute,
    Relationship,
}

/// <summary>One layer's opinions about one property.</summary>
public sealed record PropertySpec(string Name, PropertyKind Kind)
{
    /// <summary>The value; null for no opinion, <see cref="TaskValue.Null"/> for a block (rule R20).</summary>
    public TaskValue? Value { get; init; }

    /// <summary>Targets of a relationship, connections of an attribute (rule R23).</summary>
    public ListOp<AuthoredTarget>? Targets { get; init; }

    /// <summary>Where its name is written.</summary>
    public TextPosition At { get; init; }

    /// <summary>Where its value is written.</summary>
    public TextPosition ValueAt { get; init; }
}

/// <summary>The arcs and variants of a body: what most specs have none of.</summary>
public sealed record ArcSpecs
{
    public static readonly ArcSpecs None = new();

    public ListOp<ReferenceArc>? References { get; init; }

    public ListOp<ReferenceArc>? Payloads { get; init; }

    public ListOp<ClassArc>? Inherits { get; init; }

    public ListOp<ClassArc>? Specializes { get; init; }

    public ListOp<string>? VariantSetNames { get; init; }

    public ImmutableArray<VariantSetSpec> VariantSets { get; init; } = [];

    public ImmutableArray<VariantSelection> Selections { get; init; } = [];

    public VariantSetSpec? FindVariantSet(string name)
    {
        foreach (var set in VariantSets)
            if (set.Name == name) return set;
        return null;
    }

    public VariantSelection? FindSelection(string set)
    {
        foreach (var selection in Selections)
            if (selection.Set == set) return selection;
        return null;
    }
}

/// <summary>One layer's opinions about one prim, or about one variant of it: the body that YAML writes under a name.</summary>
public sealed class PrimSpec(SpecPath path, Specifier specifier)
{
    /// <summary>Up to this many children are found by looking at each.</summary>
    const int SmallChildCount = 8;

    Dictionary<string, PrimSpec>? childrenByName;

    public SpecPath Path { get; } = path;

    public Specifier Specifier { get; } = specifier;

    public string? TypeName { get; init; }

    public bool? Active { get; init; }

    public ArcSpecs Arcs { get; init; } = ArcSpecs.None;

    public ImmutableArray<PropertySpec> Properties { get; init; } = [];

    /// <summary>Children in authored order.</summary>
    public ImmutableArray<PrimSpec> Children { get; init; } = [];

    /// <summary>The order that this spec asks for its children (rule R24); empty for none.</summary>
    public ImmutableArray<string> ChildOrder { get; init; } = [];

    /// <summary>The order that this spec asks for its properties; empty for none.</summary>
    public ImmutableArray<string> PropertyOrder { get; init; } = [];

    /// <summary>Fields other than attributes, such as documentation; the strongest wins, maps merge.</summary>
    public TaskValue.Map Metadata { get; init; } = TaskValue.Map.Empty;

    /// <summary>Where its name is written.</summary>
    public TextPosition At { get; init; }

    /// <summary>Where its type is written.</summary>
    public TextPosition TypeAt { get; init; }

    /// <summary>Where <c>active</c> is written.</summary>
    public TextPosition ActiveAt { get; init; }

    /// <summary>True where it has no arc and no variant.</summary>
    internal bool IsPlain => ReferenceEquals(Arcs, ArcSpecs.None);

    /// <summary>True where it has no arc, no variant and no children.</summary>
    internal bool IsPlainLeaf => IsPlain && Children.IsEmpty;

    public PrimSpec? FindChild(string name)
    {
        var children = Children;
        if (children.Length <= SmallChildCount)
        {
            foreach (var child in children)
                if (child.Path.Name == name) return child;
            return null;
        }

        if (childrenByName is null)
        {
            var byName = new Dictionary<string, PrimSpec>(children.Length, StringComparer.Ordinal);
            foreach (var child in children) byName[child.Path.Name] = child;
            childrenByName = byName;
        }

        return childrenByName.GetValueOrDefault(name);
    }

    public PropertySpec? FindProperty(string name)
    {
        foreach (var property in Properties)
            if (property.Name == name) return property;
        return null;
    }

    /// <summary>The spec at a path at or below this one, through variants; null where there is none.</summary>
    public PrimSpec? Find(SpecPath path)
    {
        if (path.NameDepth == Path.NameDepth && path.Equals(Path)) return this;
        if (path.Parent is null || Find(path.Parent) is not { } parent) return null;
        return path.VariantSet is { } set ? parent.Arcs.FindVariantSet(set)?.Find(path.Name) : parent.FindChild(path.Name);
    }
}
