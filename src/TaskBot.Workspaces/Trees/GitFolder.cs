namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A git folder of our own, with a configuration of our own, in front of a repository's object store. Commands that read or write
/// objects run here, so that nothing in the repository's config file (filters, drivers, helpers, remotes) can reach them.
/// </summary>
sealed class GitFolder : IDisposable
{
    /// <summary>In info/attributes, which outranks every .gitattributes: files in a checkout are the blobs' exact bytes.</summary>
    const string ExactBytes = "* -text !eol -ident -filter !working-tree-encoding !merge !diff\n";

    /// <summary>The name of the remote that has what a partial clone lacks.</summary>
    public const string Promisor = "origin";

    GitFolder(string folder) => Path = folder;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <param name="promisor">Address of the remote that has the objects which this store lacks; null: nothing may be lacking.</param>
    public static GitFolder Create(string folder, bool sha256, string? promisor = null)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "objects"));
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "refs"));
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "info"));
        var made = new GitFolder(folder);
        System.IO.File.WriteAllText(made.File("HEAD"), "ref: refs/heads/none\n");
        System.IO.File.WriteAllText(made.File("info/attributes"), ExactBytes);
        var config = $"[core]\n\trepositoryformatversion = {(sha256 || promisor is not null ? 1 : 0)}\n[extensions]\n";
        if (sha256)
            config += "\tobjectFormat = sha256\n";
        if (promisor is not null)
            config += $"\tpartialClone = {Promisor}\n[remote \"{Promisor}\"]\n\turl = {Quoted(promisor)}\n\tpromisor = true\n\tpartialCloneFilter = blob:none\n";
        System.IO.File.WriteAllText(made.File("config"), config);
        return made;
    }

    static string Quoted(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A fresh folder that only this user can enter.</summary>
    public static GitFolder CreateTemporary(bool sha256, string? promisor = null) =>
        Create(Directory.CreateTempSubdirectory("taskbot-git-").FullName, sha256, promisor);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
