namespace TaskBot.Graphs.Nodes;

/// <summary>
/// The absolute path of a node in a graph, such as <c>/fix-bug/implement</c>; <c>/</c> is the root above all tasks.
/// Names are <c>[A-Za-z_][A-Za-z0-9_-]*</c>. Ordered so that a node comes right before its descendants.
/// </summary>
public readonly record struct NodePath : IComparable<NodePath>
{
    readonly string? text;

    NodePath(string text) => this.text = text;

    public static NodePath Root => default;

    public bool IsRoot => text is null;

    /// <summary>The last name; empty for the root.</summary>
    public string Name => text is null ? "" : text[(text.LastIndexOf('/') + 1)..];

    /// <summary>The path above; the root's parent is the root.</summary>
    public NodePath Parent => text is null || text.LastIndexOf('/') is 0 ? Root : new(text[..text.LastIndexOf('/')]);

    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !(char.IsAsciiLetter(name[0]) || name[0] == '_')) return false;
        foreach (var character in name[1..])
            if (!char.IsAsciiLetterOrDigit(character) && character is not '_' and not '-') return false;
        return true;
    }

    public static bool TryParse(string? text, out NodePath path)
    {
        path = default;
        if (text == "/") return true;
        if (text is null || text.Length < 2 || text[0] != '/') return false;
        foreach (var range in text.AsSpan(1).Split('/'))
            if (!IsName(text.AsSpan(1)[range])) return false;
        path = new(text);
        return true;
    }

    /// <exception cref="FormatException">The text is no absolute node path.</exception>
    public static NodePath Parse(string text) =>
        TryParse(text, out var path) ? path : throw new FormatException($"'{text}' is not an absolute node path such as /task/step.");

    public NodePath Child(string name) => new(string.Concat(text, "/", name));

    /// <summary>True for the path itself and everything below it.</summary>
    public bool IsAtOrBelow(NodePath other) => other.text is null || text == other.text
        || (text is not null && text.StartsWith(other.text, StringComparison.Ordinal) && text[other.text.Length] == '/');

    public int CompareTo(NodePath other)
    {
        // '/' sorts below every character of a name, so that /a/b comes before /a-b.
        var left = ToString();
        var right = other.ToString();
        var same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length) return left.Length.CompareTo(right.Length);
        return left[same] == '/' ? -1 : right[same] == '/' ? 1 : left[same].CompareTo(right[same]);
    }

    public static bool operator <(NodePath left, NodePath right) => left.CompareTo(right) < 0;

    public static bool operator >(NodePath left, NodePath right) => left.CompareTo(right) > 0;

    public static bool operator <=(NodePath left, NodePath right) => left.CompareTo(right) <= 0;

    public static bool operator >=(NodePath left, NodePath right) => left.CompareTo(right) >= 0;

    public override string ToString() => text ?? "/";
}
