namespace TaskBot.Workspaces.Files;

/// <summary>
/// A plain folder as a tree of files, and the one way to write changes into it: all of them or none. Never looks or writes through a
/// symbolic link below the root, nor into git's own folder or a nested repository.
/// </summary>
public sealed class FolderTree : IFileTree
{
    private readonly string _root;

    /// <param name="root">An existing folder. The root itself may be reached through links.</param>
    public FolderTree(string root)
    {
        _root = Path.GetFullPath(root);
        if (!Directory.Exists(_root)) throw new DirectoryNotFoundException($"The folder '{_root}' does not exist.");
        FolderJournal.Recover(_root);
    }

    /// <inheritdoc/>
    public async ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (FullPath(path) is not { } full || !IsReachable(path)) return null;
        var file = new FileInfo(full);
        if (file.LinkTarget is { } target) return new FileEntry(FileKind.SymbolicLink, System.Text.Encoding.UTF8.GetBytes(target));
        if (!file.Exists) return null;
        return new FileEntry(IsExecutable(file) ? FileKind.Executable : FileKind.Regular, await File.ReadAllBytesAsync(full, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        var folders = new Stack<DirectoryInfo>([new DirectoryInfo(_root)]);
        while (folders.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry.Name.Equals(".git", StringComparison.OrdinalIgnoreCase) || entry.Name.StartsWith(FolderJournal.Name, StringComparison.Ordinal)) continue;
                if (entry is DirectoryInfo { LinkTarget: null } child)
                {
                    if (!IsRepository(child.FullName)) folders.Push(child);
                }
                else
                {
                    paths.Add(Path.GetRelativePath(_root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/'));
                }
            }
        }
        paths.Sort(StringComparer.Ordinal);
        return ValueTask.FromResult<IReadOnlyList<string>>(paths);
    }

    /// <inheritdoc/>
    public ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken) =>
        ValueTask.FromResult(FullPath(path) is { } full && IsReachable(path) && new DirectoryInfo(full) is { Exists: true, LinkTarget: null });

    /// <summary>
    /// Writes all changes or none, also when this process is killed on the way: whoever opens the folder next finishes what was decided and
    /// drops what was not. A file that was changed by someone else between the two stays as they left it. Not promised for a loss of power.
    /// </summary>
    /// <exception cref="IOException">
    /// A change could not be written (its path is in the message), or another process is writing here; the folder is as it was before.
    /// </exception>
    public async Task WriteAsync(IReadOnlyList<FileChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            if (FullPath(change.Path) is not { } full || !IsReachable(change.Path))
                throw new IOException($"'{change.Path}' is outside of '{_root}', or behind a link or another repository.");
            if (change.After is not null && Directory.Exists(full)) throw new IOException($"'{change.Path}' is a folder.");
            if (change.After is { Kind: FileKind.SymbolicLink })
                throw new IOException($"'{change.Path}' would become a symbolic link, which is not written into a folder.");
        }
        await FolderJournal.WriteAsync(_root, changes, cancellationToken);
    }

    private string? FullPath(string path)
    {
        if (path.Length == 0 || Path.IsPathRooted(path) || path.Contains('\0')) return null;
        var full = Path.GetFullPath(path, _root);
        return full.StartsWith(_root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : null;
    }

    /// <summary>Whether every folder on the way is a real folder of this tree: no link, not git's own, not another repository.</summary>
    private bool IsReachable(string path)
    {
        var parts = path.Split('/');
        if (parts[0].StartsWith(FolderJournal.Name, StringComparison.Ordinal) || parts.Any(part => part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))) return false;
        var folder = _root;
        foreach (var part in parts.SkipLast(1))
        {
            folder = Path.Combine(folder, part);
            var info = new DirectoryInfo(folder);
            if (info.LinkTarget is not null || new FileInfo(folder).LinkTarget is not null) return false;
            if (info.Exists && IsRepository(folder)) return false;
        }
        return true;
    }

    private static bool IsRepository(string folder) => Path.Exists(Path.Combine(folder, ".git"));

    private static bool IsExecutable(FileInfo file) => !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
}
