using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>What git records of a name in a tree.</summary>
public enum EntryMode
{
    Regular,
    Executable,
    SymbolicLink,
    Folder,

    /// <summary>A submodule: the id is a commit of another repository, whose files are not part of the tree.</summary>
    Submodule,
}

/// <summary>A file, link or submodule of a tree.</summary>
/// <param name="Path">From the root, forward slashes; bytes that are not UTF-8 stand as lone surrogates U+DC80 to U+DCFF.</param>
/// <param name="ObjectId">A blob's id, or of a submodule the commit's.</param>
public sealed record TreeEntry(string Path, EntryMode Mode, string ObjectId);

/// <summary>How a path differs between two trees.</summary>
public enum TreeChangeKind
{
    Added,
    Deleted,
    Modified,
}

/// <summary>One path that differs between two trees. A rename is a deletion and an addition.</summary>
/// <param name="Before">The entry in the first tree; null when added.</param>
/// <param name="After">The entry in the second tree; null when deleted.</param>
public sealed record TreeChange(string Path, TreeEntry? Before, TreeEntry? After)
{
    public TreeChangeKind Kind => Before is null ? TreeChangeKind.Added : After is null ? TreeChangeKind.Deleted : TreeChangeKind.Modified;
}

/// <summary>One name of one folder, as in the tree object.</summary>
readonly record struct TreeItem(string Name, EntryMode Mode, string ObjectId);

/// <summary>Modes as git writes them, and what they mean.</summary>
public static class EntryModes
{
    public static EntryMode Parse(ReadOnlySpan<byte> octal) => octal switch
    {
        _ when octal.SequenceEqual("40000"u8) || octal.SequenceEqual("040000"u8) => EntryMode.Folder,
        _ when octal.SequenceEqual("120000"u8) => EntryMode.SymbolicLink,
        _ when octal.SequenceEqual("160000"u8) => EntryMode.Submodule,
        // Old repositories have files of mode 100664; git reads the owner's execute bit and nothing else.
        _ => (octal[^3] - '0' & 1) != 0 ? EntryMode.Executable : EntryMode.Regular,
    };

    public static string Octal(this EntryMode mode) => mode switch
    {
        EntryMode.Folder => "040000",
        EntryMode.SymbolicLink => "120000",
        EntryMode.Submodule => "160000",
        EntryMode.Executable => "100755",
        _ => "100644",
    };

    public static string ObjectType(this EntryMode mode) => mode switch
    {
        EntryMode.Folder => "tree",
        EntryMode.Submodule => "commit",
        _ => "blob",
    };

    public static FileKind? FileKind(this EntryMode mode) => mode switch
    {
        EntryMode.Regular => Files.FileKind.Regular,
        EntryMode.Executable => Files.FileKind.Executable,
        EntryMode.SymbolicLink => Files.FileKind.SymbolicLink,
        _ => null,
    };

    public static EntryMode Mode(this FileKind kind) => kind switch
    {
        Files.FileKind.Executable => EntryMode.Executable,
        Files.FileKind.SymbolicLink => EntryMode.SymbolicLink,
        _ => EntryMode.Regular,
    };
}
