using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search;

/// <summary>A stored index of a tree: which stored segments have its files, and which of their documents count.</summary>
/// <param name="Tree">The tree's id.</param>
/// <param name="Parts">Each segment's id (SHA-256 of its bytes, lower-case hexadecimal), and a bit for each of its documents.</param>
public sealed record StoredIndex(TreeId Tree, IReadOnlyList<(string Segment, ReadOnlyMemory<byte> Alive)> Parts);

/// <summary>What one commit said and touched.</summary>
/// <param name="Terms">The words of its message as the index knows them.</param>
/// <param name="Files">Their paths.</param>
public sealed record PastChange(IReadOnlyList<string> Terms, IReadOnlyList<string> Files);

/// <summary>The last changes up to a commit.</summary>
/// <param name="Format">How words were made terms; a history of another format is read again.</param>
/// <param name="Changes">Newest first.</param>
public sealed record StoredHistory(int Format, CommitId Head, IReadOnlyList<PastChange> Changes);

/// <summary>
/// Keeps indexes of trees, and histories, beyond the life of a process. Everything in it can be made again from the repository, so it may forget anything;
/// what it gives back must be what it was given.
/// </summary>
public interface ISearchStore
{
    /// <summary>The index of a tree; else the one of this repository that was last saved; null where there is neither.</summary>
    /// <param name="repository">A name under which the caller saves all indexes of one repository.</param>
    Task<StoredIndex?> FindAsync(string repository, TreeId tree, CancellationToken cancellationToken);

    /// <summary>A segment's bytes; null when it is gone or damaged.</summary>
    Task<byte[]?> ReadSegmentAsync(string id, CancellationToken cancellationToken);

    /// <summary>Saves an index, and those of its segments that are not there yet.</summary>
    Task SaveAsync(string repository, StoredIndex index, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken);

    /// <summary>The history of a repository that was last saved; null where there is none.</summary>
    Task<StoredHistory?> FindHistoryAsync(string repository, CancellationToken cancellationToken);

    /// <summary>Saves the history of a repository in place of the one before.</summary>
    Task SaveHistoryAsync(string repository, StoredHistory history, CancellationToken cancellationToken);
}
