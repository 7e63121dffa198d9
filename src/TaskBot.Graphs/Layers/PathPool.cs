namespace TaskBot.Graphs.Layers;

/// <summary>One object for each path and each name of a layer that is being read, however often it is written.</summary>
sealed class PathPool
{
    readonly Dictionary<SpecPath, Dictionary<string, SpecPath>> children = [];
    readonly HashSet<string> names = new(StringComparer.Ordinal);
    (SpecPath Path, Dictionary<string, SpecPath>.AlternateLookup<ReadOnlySpan<char>> Children)? last;

    public string Name(ReadOnlySpan<char> name)
    {
        var known = names.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(name, out var text)) return text;
        names.Add(text = name.ToString());
        return text;
    }

    public SpecPath Child(SpecPath path, string name) => Child(path, name, name);

    public SpecPath Child(SpecPath path, ReadOnlySpan<char> name) => Child(path, name, text: null);

    SpecPath Child(SpecPath path, ReadOnlySpan<char> name, string? text)
    {
        if (last is not { } entry || !ReferenceEquals(entry.Path, path))
        {
            if (!children.TryGetValue(path, out var below)) children[path] = below = new(StringComparer.Ordinal);
            last = entry = (path, below.GetAlternateLookup<ReadOnlySpan<char>>());
        }

        if (entry.Children.TryGetValue(name, out var child)) return child;
        child = path.Child(text ?? name.ToString());
        entry.Children.Dictionary.Add(child.Name, child);
        return child;
    }
}
