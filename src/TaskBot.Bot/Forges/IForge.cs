using System.Collections.Immutable;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges;

/// <summary>
/// Where issues and pull requests live: GitHub, or a folder. Every effect has a natural key and first looks for what an earlier try
/// left, so that trying again after a crash never makes a second one.
/// </summary>
public interface IForge
{
    /// <exception cref="ForgeException">There is no such repository, or no access to it.</exception>
    Task<ForgeRepository> GetRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken);

    Task<Permission> GetPermissionAsync(RepositoryName repository, string login, CancellationToken cancellationToken);

    Task<ForgeIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellationToken);

    /// <summary>Labels of one-shot triggers go when the run starts. A label that is not there is fine.</summary>
    Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken);

    /// <summary>
    /// The one comment of ours on an issue or pull request that carries this hidden marker: made when missing, edited in place when its
    /// body differs.
    /// </summary>
    /// <returns>Its address for people.</returns>
    Task<string> PutCommentAsync(RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken);

    /// <summary>Puts one commit of this tree on top of the base commit and points the branch at it, whatever it pointed at before.</summary>
    /// <returns>The branch's head: unchanged where it already has this tree on this base.</returns>
    Task<CommitId> PublishAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>The open pull request of this branch: made when missing, else its title and body brought up to date.</summary>
    Task<ForgePullRequest> PutPullRequestAsync(PullRequestText request, CancellationToken cancellationToken);

    /// <summary>Turns a draft into a pull request that is ready for review.</summary>
    Task MarkReadyAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken);

    /// <summary>Our own check run on a commit: made when missing, else brought up to date.</summary>
    Task PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken);

    /// <summary>What the checks of others say about a commit.</summary>
    Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken);

    /// <summary>A file of any repository that may be read, at a full commit id; null where there is no such repository, commit or file.</summary>
    Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string commit, CancellationToken cancellationToken);
}

/// <summary>What a person may do in a repository. Ordered.</summary>
public enum Permission
{
    None,
    Read,
    Write,
    Admin,
}

/// <summary>A repository as its forge knows it.</summary>
/// <param name="Name">Its address.</param>
/// <param name="DefaultBranch">Such as <c>main</c>.</param>
/// <param name="CloneUrl">What <c>git fetch</c> takes: an address, or a folder.</param>
/// <param name="WebUrl">For people.</param>
public sealed record ForgeRepository(RepositoryName Name, string DefaultBranch, string CloneUrl, string WebUrl);

/// <summary>An issue as it is now.</summary>
public sealed record ForgeIssue(int Number, string Title, string Body, string Author, ImmutableArray<string> Labels, bool IsOpen, string Url);

/// <summary>What to put on a branch.</summary>
/// <param name="Base">The commit that work started from. Where the forge's base branch has another, the files that changed must still be the same there.</param>
/// <param name="Tree">The tree of the new commit, in the local object store.</param>
/// <param name="Objects">The local repository that has both.</param>
/// <param name="ExpectedHead">Where the branch must be now; null where it must not be there. A branch that already has this tree on this base is fine.</param>
/// <param name="Message">The commit's message.</param>
/// <param name="CoAuthor">A trailer value, <c>Name &lt;address&gt;</c>; null for none.</param>
public sealed record PublishRequest(
    RepositoryName Repository,
    GitRepository Objects,
    string Branch,
    string BaseBranch,
    CommitId Base,
    TreeId Tree,
    CommitId? ExpectedHead,
    string Message,
    string? CoAuthor);

/// <summary>A pull request's text.</summary>
public sealed record PullRequestText(RepositoryName Repository, string Branch, string BaseBranch, string Title, string Body);

/// <summary>A pull request as it is now.</summary>
public sealed record ForgePullRequest(int Number, string Url, bool IsDraft, string HeadSha);

/// <summary>What our own check says.</summary>
/// <param name="Name">Shown in the list of checks, and with the commit its natural key.</param>
/// <param name="Conclusion">Null while it is in progress; else GitHub's word: <c>success</c>, <c>failure</c>, <c>neutral</c>, <c>action_required</c>.</param>
public sealed record CheckReport(string Name, string? Conclusion, string Title, string Summary);

/// <summary>A check of someone else.</summary>
/// <param name="Conclusion">Null while it is not completed.</param>
/// <param name="Log">The end of its log; empty where there is none.</param>
public sealed record ForgeCheck(string Name, string? Conclusion, string Log);

/// <summary>The forge would not, or could not; the message says what to do.</summary>
public sealed class ForgeException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to say when a branch is not where we left it: someone else's work is never overwritten.</summary>
    public static string HeadMoved(string branch, string? head) =>
        $"Branch '{branch}' is at {head ?? "nothing"}, which is not where TaskBot left it. Someone else worked on it: merge or delete it, then ask again.";

    /// <summary>What to say when the base branch changed in the very files that are to be published.</summary>
    public static string BaseMoved(string branch, RepositoryName repository, IEnumerable<string> paths) =>
        $"'{branch}' of {repository} changed meanwhile in what this run changed ({string.Join(", ", paths)}). Ask again to start from there.";
}
