namespace TaskBot.Graphs.Layers;

/// <summary>A layer of another repository at a ref: <c>owner/repo/path@ref</c>.</summary>
/// <param name="Repository"><c>owner/repo</c>.</param>
/// <param name="Path">The file's path in the repository.</param>
/// <param name="Ref">A tag, a branch or a commit, as written.</param>
public sealed record RemoteAsset(string Repository, string Path, string Ref)
{
    public static RemoteAsset? Parse(string text)
    {
        var at = text.LastIndexOf('@');
        if (at <= 0 || at == text.Length - 1 || AssetPath.IsRelative(text) || text.StartsWith('/')) return null;
        var parts = text[..at].Split('/');
        if (parts.Length < 3 || Array.Exists(parts, part => part is "" or "." or "..")) return null;
        return new($"{parts[0]}/{parts[1]}", string.Join('/', parts[2..]), text[(at + 1)..]);
    }

    /// <summary>True for such an asset, and for a relative path in one.</summary>
    public static bool Handles(string assetPath, string? anchor) =>
        Parse(assetPath) is not null || (AssetPath.IsRelative(assetPath) && anchor is not null && Parse(anchor) is not null);

    /// <summary>The asset that a path means; a relative one stays in the anchor's repository and ref. Null where it leads above the repository.</summary>
    public static RemoteAsset? Resolve(string assetPath, string? anchor)
    {
        if (Parse(assetPath) is { } asset) return asset;
        if (anchor is null || Parse(anchor) is not { } origin) return null;
        return AssetPath.Anchor(assetPath, origin.Path) is { Length: > 0 } path ? origin with { Path = path } : null;
    }

    public override string ToString() => $"{Repository}/{Path}@{Ref}";
}
