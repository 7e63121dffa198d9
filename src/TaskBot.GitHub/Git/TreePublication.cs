using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Git;

/// <summary>One path of a change.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Mode"><c>100644</c>, <c>100755</c> or <c>120000</c> (a symlink; the content is its target).</param>
/// <param name="Content">The whole file; null removes the path.</param>
public sealed record TreeChange(string Path, string Mode, ReadOnlyMemory<byte>? Content);

/// <summary>A commit to put on a branch.</summary>
/// <param name="Branch">Without <c>refs/heads/</c>.</param>
/// <param name="BaseCommit">The commit that the changes are made against, and the new commit's parent.</param>
/// <param name="ExpectedHead">The branch's head as last seen; null when the branch must not exist yet.</param>
/// <param name="Author">Null lets GitHub take the token's account, and sign the commit for an App.</param>
public sealed record TreePublication(
    RepositoryName Repository,
    string Branch,
    string BaseCommit,
    IReadOnlyList<TreeChange> Changes,
    string Message,
    string? ExpectedHead = null,
    GitIdentity? Author = null);

/// <summary>How publishing ended.</summary>
public abstract record PublishResult
{
    PublishResult()
    {
    }

    /// <summary>The branch is at a new commit with the changes.</summary>
    /// <param name="Created">Whether the branch was made.</param>
    public sealed record Published(string Commit, string Tree, bool Created) : PublishResult;

    /// <summary>The branch was there already, as an earlier try left it: same parent, same tree. Nothing was written.</summary>
    public sealed record AlreadyThere(string Commit, string Tree) : PublishResult;

    /// <summary>The changes give the base's own tree. Nothing was written.</summary>
    public sealed record NoChange(string Tree) : PublishResult;

    /// <summary>Someone else moved, made or removed the branch. Nothing on it was touched.</summary>
    /// <param name="Head">Where it is now; null when it is gone.</param>
    public sealed record HeadMoved(string? Head) : PublishResult;
}

/// <summary>A touched path whose file in the repository is not the one that the change was made from.</summary>
/// <param name="Expected">The blob id that the change started from; null when there was no file.</param>
/// <param name="Actual">The blob id in the repository; null when there is no file.</param>
public sealed record BaseDifference(string Path, string? Expected, string? Actual);
