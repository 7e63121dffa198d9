namespace TaskBot.Graphs.Layers;

/// <summary>
/// Layers in files below one folder. The identifier is the path from there, with forward slashes. Nothing outside the folder is ever read:
/// neither by <c>..</c>, nor by an absolute path, nor through a symbolic link.
/// </summary>
public sealed class FileLayerResolver : ILayerResolver
{
    /// <summary>A layer beyond this is refused unread.</summary>
    const long MaxBytes = 4L * Yaml.YamlReader.MaxCharacters;

    readonly string root;
    readonly Func<string, bool> isTrusted;

    /// <param name="root">The folder, usually the checkout's root.</param>
    /// <param name="isTrusted">By identifier; all files where null.</param>
    public FileLayerResolver(string root, Func<string, bool>? isTrusted = null)
    {
        this.root = RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)));
        this.isTrusted = isTrusted ?? (_ => true);
    }

    public LayerResolution Resolve(string assetPath, string? anchor)
    {
        var relative = AssetPath.IsRelative(assetPath) ? AssetPath.Anchor(assetPath, anchor) : AssetPath.Anchor("./" + assetPath, anchor: null);
        if (relative is null || Path.IsPathRooted(assetPath))
            return LayerResolution.Failed(assetPath, "outside-root", "It leads outside the folder that layers are read from.", "Use a path below it.");
        var path = Path.Combine(root, relative.Replace('/', Path.DirectorySeparatorChar));
        if (!File.Exists(path)) return LayerResolution.Failed(relative, "missing-layer", $"There is no file {relative}.", Nearby(path));
        if (!IsInside(RealPath(path)))
            return LayerResolution.Failed(relative, "outside-root", "A symbolic link leads outside the folder that layers are read from.", "Copy the file.");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (stream.Length > MaxBytes) return LayerResolution.Failed(relative, "too-large", $"The file has more than {MaxBytes} bytes.", "Split it into layers.");
            using var reader = new StreamReader(stream);
            return new(relative, reader.ReadToEnd(), Error: null, isTrusted(relative));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return LayerResolution.Failed(relative, "unreadable-layer", $"The file cannot be read: {exception.Message}");
        }
    }

    bool IsInside(string path) => path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // Every link on the way is followed, not only the last one.
    static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; rest.TryPop(out var part);)
        {
            var next = Path.GetFullPath(Path.Combine(real, part));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > 40) return "";
            var absolute = Path.GetFullPath(Path.Combine(real, target));
            real = Path.GetPathRoot(absolute)!;
            foreach (var name in absolute[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse()) rest.Push(name);
        }

        return real;
    }

    static string? Nearby(string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (!Directory.Exists(folder)) return null;
        var names = Directory.EnumerateFiles(folder, "*.yml").Take(200).Select(file => Path.GetFileName(file)!).ToList();
        return Problems.Suggestion.Nearest(Path.GetFileName(path), names) is { } near ? $"Did you mean '{near}'?" : null;
    }
}
