using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A plain folder, which is no git repository, without what its <c>.gitignore</c> files name. Git itself reads them, from an empty
/// repository that exists for the time of the listing, so they mean what they will mean once the folder is one.
/// </summary>
public sealed class UnignoredFolder(FolderTree folder, string root) : IFileTree
{
    public ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken) => folder.ReadAsync(path, cancellationToken);

    public ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken) => folder.IsFolderAsync(path, cancellationToken);

    /// <summary>Every path of a file that is not ignored, ordinal order, forward slashes.</summary>
    /// <exception cref="GitException">Git cannot be run, or cannot read the folder.</exception>
    public async ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var ignored = await IgnoredAsync(cancellationToken);
        return [.. (await folder.ListAsync(cancellationToken)).Where(path => !IsIgnored(path))];

        bool IsIgnored(string path)
        {
            // An ignored folder is listed instead of what it has, with a slash at its end.
            for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
                if (ignored.Contains(path[..(end + 1)]))
                    return true;
            return ignored.Contains(path);
        }
    }

    async Task<HashSet<string>> IgnoredAsync(CancellationToken cancellationToken)
    {
        var place = Directory.CreateTempSubdirectory("taskbot-ignored-");
        try
        {
            (await GitProgram.RunAsync(new GitCall(place.FullName, "init", "--quiet", "--bare", "--template=", "."), cancellationToken)).OrThrow();
            var listed = await GitProgram.RunAsync(
                new GitCall(
                    Path.GetFullPath(root), "--git-dir", place.FullName, "--work-tree", ".", "ls-files", "-z", "--others", "--ignored", "--directory",
                    "--exclude-per-directory=.gitignore"),
                cancellationToken);
            return [.. listed.OrThrow().Fields().Select(field => GitPath.Decode(field.Span))];
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }
}
