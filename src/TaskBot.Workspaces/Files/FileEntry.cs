namespace TaskBot.Workspaces.Files;

/// <summary>What git's index can say of one path: a file, an executable file or a symbolic link (whose content is its target).</summary>
public enum FileKind
{
    Regular,
    Executable,
    SymbolicLink,
}

/// <summary>One file of a tree: its kind and its exact bytes.</summary>
public sealed record FileEntry(FileKind Kind, ReadOnlyMemory<byte> Content);

/// <summary>What a path becomes: a file, or nothing (<see cref="After"/> null: deleted). A rename is a deletion and a new file.</summary>
/// <param name="Path">Relative to the root, with forward slashes, never escaping it.</param>
public sealed record FileChange(string Path, FileEntry? After);
