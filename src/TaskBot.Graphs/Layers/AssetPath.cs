namespace TaskBot.Graphs.Layers;

/// <summary>What an asset path looks like (rule R4).</summary>
static class AssetPath
{
    /// <summary>Only paths that start with a dot are relative to the layer that wrote them.</summary>
    public static bool IsRelative(string assetPath) =>
        assetPath.StartsWith("./", StringComparison.Ordinal) || assetPath.StartsWith("../", StringComparison.Ordinal);

    /// <summary>A relative path from the folder of a layer, with forward slashes; null where it leads above the top.</summary>
    public static string? Anchor(string relative, string? anchor)
    {
        var parts = new List<string>();
        var start = anchor is not null && anchor.StartsWith('/') ? "/" : "";
        if (anchor is not null && anchor.LastIndexOf('/') is > -1 and var slash) parts.AddRange(anchor[..slash].Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in relative.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }

        return start + string.Join('/', parts);
    }
}
