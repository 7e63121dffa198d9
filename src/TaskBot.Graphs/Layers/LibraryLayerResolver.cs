namespace TaskBot.Graphs.Layers;

/// <summary>The built-in library: <c>taskbot:core/fix-bug</c>. Where the texts come from is handed in.</summary>
/// <param name="read">The text of a library layer by its path after <c>taskbot:</c>, such as <c>core/fix-bug</c>; null where there is none.</param>
/// <param name="names">Every path that <paramref name="read"/> knows, for suggestions.</param>
public sealed class LibraryLayerResolver(Func<string, string?> read, IReadOnlyCollection<string>? names = null) : ILayerResolver
{
    public const string Scheme = "taskbot:";

    public LibraryLayerResolver(IReadOnlyDictionary<string, string> texts)
        : this(name => texts.GetValueOrDefault(name), [.. texts.Keys])
    {
    }

    public static bool Handles(string assetPath, string? anchor) =>
        assetPath.StartsWith(Scheme, StringComparison.Ordinal) || (AssetPath.IsRelative(assetPath) && anchor?.StartsWith(Scheme, StringComparison.Ordinal) == true);

    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        var name = assetPath.StartsWith(Scheme, StringComparison.Ordinal) ? assetPath[Scheme.Length..]
            : AssetPath.Anchor(assetPath, anchor?[Scheme.Length..]) ?? assetPath;
        // A relative path between library layers may be written as between files.
        if (name.EndsWith(".task.yml", StringComparison.Ordinal)) name = name[..^".task.yml".Length];
        if (read(name) is { } text) return new(Scheme + name, text);
        return LayerResolution.Failed(Scheme + name, "missing-layer", $"The built-in library has no '{name}'.", Problems.Suggestion.Sentence(name, names ?? []));
    }
}
