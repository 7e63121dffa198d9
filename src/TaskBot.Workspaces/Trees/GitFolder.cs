namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A git folder of our own, with a configuration of our own, in front of a repository's object store. Commands that read or write
/// objects run here, so that nothing in the repository's config file (filters, drivers, helpers, remotes) can reach them.
/// </summary>
sealed class GitFolder : IDisposable
{
    /// <summary>In info/attributes, which outranks every .gitattributes: files in a checkout are the blobs' exact bytes.</summary>
    const string ExactBytes = "* -text !eol -ident -filter !working-tree-encoding !merge !diff\n";

    GitFolder(string folder) => Path = folder;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public static GitFolder Create(string folder, bool sha256)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "objects"));
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "refs"));
        Directory.CreateDirectory(System.IO.Path.Combine(folder, "info"));
        var made = new GitFolder(folder);
        System.IO.File.WriteAllText(made.File("HEAD"), "ref: refs/heads/none\n");
        System.IO.File.WriteAllText(made.File("info/attributes"), ExactBytes);
        System.IO.File.WriteAllText(made.File("config"), sha256
            ? "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
            : "[core]\n\trepositoryformatversion = 0\n");
        return made;
    }

    /// <summary>A fresh folder that only this user can enter.</summary>
    public static GitFolder CreateTemporary(bool sha256) => Create(Directory.CreateTempSubdirectory("taskbot-git-").FullName, sha256);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
