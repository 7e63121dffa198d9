namespace TaskBot.Workspaces.Files;

/// <summary>A read-only set of files by path: a git tree, or a plain folder.</summary>
public interface IFileTree
{
    /// <summary>The file at this path, or null where there is none (a folder and a submodule are none).</summary>
    ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Whether a folder or a submodule stands at this path.</summary>
    ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken);

    /// <summary>Every path of a file, ordinal order, forward slashes.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);
}
