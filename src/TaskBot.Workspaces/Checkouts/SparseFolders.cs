namespace TaskBot.Workspaces.Checkouts;

/// <summary>The folders that a sparse checkout has, all the way down; of the folders above them it has the files, as git's cone mode does.</summary>
sealed class SparseFolders
{
    public static readonly string[] Settings = ["-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=true"];

    readonly string[] folders;
    readonly HashSet<string> above = new(StringComparer.Ordinal) { "" };

    public SparseFolders(IEnumerable<string> folders)
    {
        this.folders = [.. folders.Select(folder => folder.Trim('/')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var folder in this.folders)
        {
            if (!IsFolder(folder)) throw new ArgumentException($"'{folder}' is not a folder of a sparse checkout: a path from the root, without wildcards.", nameof(folders));
            for (var slash = folder.IndexOf('/'); slash >= 0; slash = folder.IndexOf('/', slash + 1))
                above.Add(folder[..slash]);
        }
    }

    /// <summary>Whether a sparse checkout can have such a folder: a path from the root, of plain names, without wildcards.</summary>
    public static bool IsFolder(string path) =>
        path.Trim('/') is { Length: > 0 } folder
        && !folder.Split('/').Any(name => name is "" or "." or "..")
        && !folder.Any(character => char.IsControl(character) || "*?[\\".Contains(character, StringComparison.Ordinal));

    /// <summary>The pattern of a checkout that has everything.</summary>
    public const string Everything = "/*\n";

    /// <summary>The patterns of git's cone mode: the files at the top, then of each folder above only files, then the folders whole.</summary>
    public string Patterns =>
        "/*\n!/*/\n" + string.Concat(above.Where(folder => folder.Length > 0).Order(StringComparer.Ordinal).Select(folder => $"/{folder}/\n!/{folder}/*/\n"))
        + string.Concat(folders.Select(folder => $"/{folder}/\n"));

    public bool Has(string path) =>
        above.Contains(path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "")
        || folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal) && path.Length > folder.Length && path[folder.Length] == '/');
}
