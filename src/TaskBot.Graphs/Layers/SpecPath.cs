using System.Diagnostics.CodeAnalysis;
using System.Text;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Layers;

/// <summary>
/// The absolute path of a spec inside one layer: names, and between them the variants through which a body is reached, as in
/// <c>/fix-bug{language=python}test</c>. Without variants it is a path of the composed namespace. Immutable; shares its ancestors.
/// </summary>
public sealed class SpecPath : IEquatable<SpecPath>
{
    public static readonly SpecPath Root = new(parent: null, name: "", variantSet: null);

    readonly int hash;
    NodePath node;

    SpecPath(SpecPath? parent, string name, string? variantSet)
    {
        Parent = parent;
        Name = name;
        VariantSet = variantSet;
        Depth = parent is null ? 0 : parent.Depth + 1;
        NameDepth = parent is null ? 0 : parent.NameDepth + (variantSet is null ? 1 : 0);
        // Stays inside the process, so that .NET's randomised string hash is good enough and resists crafted names.
        hash = parent is null ? 17 : unchecked((parent.hash * 31) + name.GetHashCode(StringComparison.Ordinal) + (variantSet is null ? 0 : 7));
    }

    /// <summary>The path above; null for the root.</summary>
    public SpecPath? Parent { get; }

    /// <summary>The last name, or the variant's name where the path ends in a variant.</summary>
    public string Name { get; }

    /// <summary>The set whose variant the last element selects; null where the last element is a name.</summary>
    public string? VariantSet { get; }

    /// <summary>How many names the path has, variants not counted: its depth in the composed namespace.</summary>
    public int NameDepth { get; }

    int Depth { get; }

    public bool IsRoot => Parent is null;

    public bool IsVariant => VariantSet is not null;

    public bool HasVariants => Depth != NameDepth;

    public SpecPath Child(string name) => new(this, name, variantSet: null);

    public SpecPath Variant(string set, string variant) => new(this, variant, set);

    /// <summary>The same path in the composed namespace: without variants.</summary>
    public SpecPath WithoutVariants()
    {
        if (!HasVariants) return this;
        var above = Parent!.WithoutVariants();
        return IsVariant ? above : above.Child(Name);
    }

    /// <summary>The path of the body that this path's last name is a child of, without the variants at its end.</summary>
    public SpecPath OwnerPath
    {
        get
        {
            var path = this;
            while (path.IsVariant) path = path.Parent!;
            return path;
        }
    }

    /// <summary>The path this many names up; variants at its end are kept only with the name that follows them.</summary>
    public SpecPath Up(int names)
    {
        var path = this;
        for (; names > 0; names--) path = path.OwnerPath.Parent ?? Root;
        return path;
    }

    /// <summary>True for the path itself and everything below the prefix.</summary>
    public bool IsAtOrBelow(SpecPath prefix)
    {
        if (Depth < prefix.Depth) return false;
        var path = this;
        while (path.Depth > prefix.Depth) path = path.Parent!;
        return path.Equals(prefix);
    }

    /// <summary>The path with <paramref name="prefix"/>, at or above it, exchanged for <paramref name="replacement"/>.</summary>
    public SpecPath Rebase(SpecPath prefix, SpecPath replacement)
    {
        if (Depth == prefix.Depth) return replacement;
        var above = Parent!.Rebase(prefix, replacement);
        return VariantSet is { } set ? above.Variant(set, Name) : above.Child(Name);
    }

    /// <summary>The same path as a node of the composed graph. Only for names that <see cref="NodePath"/> allows.</summary>
    public NodePath ToNodePath()
    {
        // The root's stays what it is; of another path it says that nobody has asked yet.
        if (node.IsRoot && !IsRoot) node = IsVariant ? Parent!.ToNodePath() : Parent!.ToNodePath().Child(Name);
        return node;
    }

    public static SpecPath From(NodePath path)
    {
        var result = Root;
        if (path.IsRoot) return result;
        foreach (var name in path.ToString()[1..].Split('/')) result = result.Child(name);
        return result;
    }

    /// <summary>Reads <c>/a/b</c> and <c>/a{set=variant}b</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpecPath? path)
    {
        path = null;
        if (text.Length == 0 || text[0] != '/') return false;
        var result = Root;
        var at = 1;
        if (text.Length == 1)
        {
            path = result;
            return true;
        }

        while (at < text.Length)
        {
            if (text[at] == '{')
            {
                var end = text.IndexOf('}', at);
                var equals = end < 0 ? -1 : text.IndexOf('=', at, end - at);
                if (equals < 0 || result.IsRoot) return false;
                result = result.Variant(text[(at + 1)..equals], text[(equals + 1)..end]);
                at = end + 1;
                if (at < text.Length && text[at] == '/') return false;
                continue;
            }

            var stop = text.AsSpan(at).IndexOfAny('/', '{', '}');
            var name = stop < 0 ? text[at..] : text.Substring(at, stop);
            if (!IsSpecName(name)) return false;
            result = result.Child(name);
            at += name.Length;
            if (at < text.Length && text[at] == '/' && ++at == text.Length) return false;
        }

        path = result;
        return true;
    }

    static bool IsSpecName(string name) => NodePath.IsName(name);

    public bool Equals([NotNullWhen(true)] SpecPath? other)
    {
        var left = this;
        while (!ReferenceEquals(left, other))
        {
            if (other is null || left is null || left.hash != other.hash || left.Depth != other.Depth) return false;
            if (left.Name != other.Name || left.VariantSet != other.VariantSet) return false;
            left = left.Parent;
            other = other.Parent;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as SpecPath);

    public override int GetHashCode() => hash;

    public override string ToString()
    {
        if (IsRoot) return "/";
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    void Append(StringBuilder text)
    {
        if (Parent is null) return;
        Parent.Append(text);
        if (IsVariant) text.Append('{').Append(VariantSet).Append('=').Append(Name).Append('}');
        else if (Parent.IsVariant) text.Append(Name);
        else text.Append('/').Append(Name);
    }
}

/// <summary>What a relationship or a connection points at: a prim, or a property of it.</summary>
public readonly record struct TargetPath(SpecPath Prim, string? Property)
{
    public override string ToString() => Property is null ? Prim.ToString() : $"{Prim}.{Property}";
}
