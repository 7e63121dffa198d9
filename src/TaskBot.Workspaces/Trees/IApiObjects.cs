using System.Collections.Immutable;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// What a forge's API tells of one repository's objects, for where git itself cannot reach it. None of it is believed: whoever asks holds
/// every answer to the id that git gives it.
/// </summary>
public interface IApiObjects
{
    /// <summary>What a commit says.</summary>
    Task<ToldCommit> GetCommitAsync(CommitId commit, CancellationToken cancellationToken);

    /// <summary>What is in a folder.</summary>
    Task<ToldTree> GetTreeAsync(TreeId tree, CancellationToken cancellationToken);

    /// <summary>A file's bytes.</summary>
    Task<ReadOnlyMemory<byte>> GetBlobAsync(BlobId blob, CancellationToken cancellationToken);

    /// <summary>A commit's files in one gzipped tar, as <c>git archive</c> makes it: below one folder, some left out or filled in where attributes say so.</summary>
    Task<Stream> OpenArchiveAsync(CommitId commit, CancellationToken cancellationToken);
}

/// <summary>A commit as an API tells it. The offsets of its times may be lost, and ends of lines at the message's end.</summary>
/// <param name="SignedText">Of a signed commit, the bytes that were signed: all of it but the signature.</param>
/// <param name="Signature">In its armour; null where there is none.</param>
public sealed record ToldCommit(
    TreeId Tree,
    ImmutableArray<CommitId> Parents,
    CommitSignature Author,
    CommitSignature Committer,
    string Message,
    string? SignedText = null,
    string? Signature = null);

/// <summary>The entries of a folder as an API tells them; a name that is not UTF-8 has U+FFFD where it is not.</summary>
/// <param name="Entries">Folders among them, each by its path below the folder that was asked for.</param>
/// <param name="IsDeep">Whether everything below is there too, and not the folder's own names only.</param>
public sealed record ToldTree(IReadOnlyList<TreeEntry> Entries, bool IsDeep);
