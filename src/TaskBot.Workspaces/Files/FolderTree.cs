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
                if (entry.Name.Equals(".git", StringComparison.OrdinalIgnoreCase)) continue;
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

    /// <summary>
    /// Writes all changes or none: new contents go to temporary files beside their places, then everything is moved in; when one move
    /// fails, what was moved before is put back.
    /// </summary>
    /// <exception cref="IOException">A change could not be written (its path is in the message); the folder is as it was before.</exception>
    public async Task WriteAsync(IReadOnlyList<FileChange> changes, CancellationToken cancellationToken)
    {
        var moves = new List<Move>(changes.Count);
        var folders = new List<string>();
        var isDone = false;
        try
        {
            foreach (var change in changes) moves.Add(await PrepareAsync(change, folders, cancellationToken));
            // Deletions first, so that a file may make room for a folder of its name.
            foreach (var move in moves.OrderBy(move => move.Staged is not null)) move.Carry();
            isDone = true;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The changes could not be written to '{_root}': {exception.Message}", exception);
        }
        finally
        {
            for (var i = moves.Count - 1; i >= 0; i--) moves[i].Finish(keep: isDone);
            if (!isDone) RemoveEmpty(folders);
        }
    }

    private async Task<Move> PrepareAsync(FileChange change, List<string> folders, CancellationToken cancellationToken)
    {
        var full = FullPath(change.Path);
        if (full is null || !IsReachable(change.Path)) throw new IOException($"'{change.Path}' is outside of '{_root}', or behind a link or another repository.");
        if (change.After is null) return new Move(full, null);
        var folder = Path.GetDirectoryName(full)!;
        CreateFolders(folder, folders);
        var staged = Path.Combine(folder, $".taskbot-{Guid.NewGuid():N}");
        var move = new Move(full, staged);
        try
        {
            await StageAsync(staged, full, change.After, cancellationToken);
            return move;
        }
        catch
        {
            move.Finish(keep: false);
            throw;
        }
    }

    private static async Task StageAsync(string staged, string full, FileEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Kind == FileKind.SymbolicLink) throw new IOException($"'{full}' would become a symbolic link, which is not written into a folder.");
        await File.WriteAllBytesAsync(staged, entry.Content, cancellationToken);
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var mode = File.Exists(full) ? File.GetUnixFileMode(full) : File.GetUnixFileMode(staged);
        var wasExecutable = (mode & UnixFileMode.UserExecute) != 0;
        // Whoever may read an executable may run it, as git checks files out; other bits stay as they are.
        if (entry.Kind == FileKind.Regular) mode &= ~Execute;
        else if (!wasExecutable) mode |= (UnixFileMode)((int)(mode & (UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) >> 2);
        File.SetUnixFileMode(staged, mode);
    }

    private static void CreateFolders(string folder, List<string> created)
    {
        var missing = new Stack<string>();
        for (var parent = folder; !Directory.Exists(parent); parent = Path.GetDirectoryName(parent)!) missing.Push(parent);
        while (missing.TryPop(out var next))
        {
            Directory.CreateDirectory(next);
            created.Add(next);
        }
    }

    private static void RemoveEmpty(List<string> folders)
    {
        for (var i = folders.Count - 1; i >= 0; i--)
        {
            if (Directory.Exists(folders[i]) && !Directory.EnumerateFileSystemEntries(folders[i]).Any()) Directory.Delete(folders[i]);
        }
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
        if (parts.Any(part => part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))) return false;
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

    /// <summary>One change on its way: the old file steps aside, the staged one takes its place, and both can be undone.</summary>
    private sealed class Move(string full, string? staged)
    {
        private string? _aside;
        private bool _placed;

        public string? Staged => staged;

        public void Carry()
        {
            if (File.Exists(full) || new FileInfo(full).LinkTarget is not null)
            {
                var aside = Path.Combine(Path.GetDirectoryName(full)!, $".taskbot-{Guid.NewGuid():N}");
                File.Move(full, aside);
                _aside = aside;
            }
            if (staged is null) return;
            File.Move(staged, full);
            _placed = true;
        }

        public void Finish(bool keep)
        {
            if (!keep && _placed) File.Delete(full);
            if (!keep && _aside is not null) File.Move(_aside, full);
            if (keep && _aside is not null) File.Delete(_aside);
            if (staged is not null) File.Delete(staged);
        }
    }
}
