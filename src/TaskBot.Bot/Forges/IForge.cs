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

    /// <summary>
    /// The one open issue of ours that carries this hidden marker: made when missing, else its title and body brought up to date. One that was closed is not
    /// opened again.
    /// </summary>
    Task<ForgeIssue> PutIssueAsync(RepositoryName repository, string marker, string title, string body, CancellationToken cancellationToken);

    /// <summary>Labels of one-shot triggers go when the run starts. A label that is not there is fine.</summary>
    Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken);

    /// <summary>
    /// The one comment of ours on an issue or pull request that carries this hidden marker: made when missing, edited in place when its
    /// body differs.
    /// </summary>
    /// <returns>Its address for people.</returns>
    Task<string> PutCommentAsync(RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken);

    /// <summary>The text of our own comment on an issue that carries this marker; null where there is none.</summary>
    Task<string?> FindCommentAsync(RepositoryName repository, int issue, string marker, CancellationToken cancellationToken);

    /// <summary>Puts one commit of this tree on top of the base commit and points the branch at it, whatever it pointed at before.</summary>
    /// <returns>The branch's head: unchanged where it already has this tree on this base.</returns>
    Task<CommitId> PublishAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>The open pull request of this branch: made when missing, else its title and body brought up to date.</summary>
    Task<ForgePullRequest> PutPullRequestAsync(PullRequestText request, CancellationToken cancellationToken);

    /// <summary>A pull request, whoever made it.</summary>
    /// <exception cref="ForgeException">There is no such pull request, or its branch is gone.</exception>
    Task<ForgePullRequest> GetPullRequestAsync(RepositoryName repository, int number, CancellationToken cancellationToken);

    /// <summary>What a pull request changes, as a unified diff. Reading it is safe wherever it comes from: nothing of it is checked out.</summary>
    Task<string> GetDiffAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken);

    /// <summary>Turns a draft into a pull request that is ready for review.</summary>
    Task MarkReadyAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken);

    /// <summary>Our own check run on a commit: made when missing, else brought up to date.</summary>
    /// <returns>Its address for people; empty where it has none.</returns>
    Task<string> PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken);

    /// <summary>What is said about a commit: check runs and commit statuses, our own check too.</summary>
    Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken);

    /// <summary>All that is known of why a check failed: its own words, and the log of its job where it has one.</summary>
    Task<string> ReadLogAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken);

    /// <summary>Has a check's job run again on the same commit; false where that is not possible.</summary>
    Task<bool> RerunAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken);

    /// <summary>The checks that a branch asks for before anything may be merged into it.</summary>
    Task<RequiredChecks> GetRequiredChecksAsync(RepositoryName repository, string branch, CancellationToken cancellationToken);

    /// <summary>The host of addresses that stand for accounts: <c>users.noreply.HOST</c>.</summary>
    string MailHost { get; }

    /// <summary>Reviews of pull requests and their threads.</summary>
    IForgeReviews Reviews { get; }

    /// <summary>Jobs that work can be given to; null where the forge has none.</summary>
    IForgeActions? Actions => null;

    /// <summary>Our own account there: what we write is by this one, and what it writes is never a command.</summary>
    Task<ForgeAccount> GetSelfAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>Puts a reaction on an issue or a comment, once. What is gone gets none.</summary>
    Task ReactAsync(RepositoryName repository, ForgeSubject subject, Reaction reaction, CancellationToken cancellationToken);

    /// <summary>A file of any repository that may be read; null where there is no such repository, commit or file.</summary>
    /// <param name="commit">A full commit id; null for what the default branch has now.</param>
    Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string? commit, CancellationToken cancellationToken);
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
    string? CoAuthor)
{
    /// <summary>True where <see cref="Base"/> is a commit of the branch itself, someone else's, that the new commit must stand on.</summary>
    public bool OnTopOfBase { get; init; }
}

/// <summary>A pull request's text.</summary>
public sealed record PullRequestText(RepositoryName Repository, string Branch, string BaseBranch, string Title, string Body)
{
    /// <summary>Who is asked to review it when it is made; null for nobody. Whoever cannot be asked is left out.</summary>
    public string? Reviewer { get; init; }

    /// <summary>What <see cref="Body"/> says of the change, in the words of whoever made it.</summary>
    public string Summary { get; init; } = "";

    /// <summary>What <see cref="Body"/> says was run on it, a line each.</summary>
    public ImmutableArray<string> Checks { get; init; } = [];
}

/// <summary>Whether a pull request is still there to be worked on.</summary>
public enum PullRequestState
{
    Open,
    Merged,

    /// <summary>Closed without being merged.</summary>
    Closed,
}

/// <summary>A pull request as it is now.</summary>
public sealed record ForgePullRequest(int Number, string Url, bool IsDraft, string HeadSha)
{
    public PullRequestState State { get; init; }

    /// <summary>True where its head stands in another repository: such a head is read, and never built or run.</summary>
    public bool IsFromFork { get; init; }
}

/// <summary>What our own check says.</summary>
/// <param name="Name">Shown in the list of checks, and with the commit its natural key.</param>
/// <param name="Conclusion">Null while it is in progress; else GitHub's word: <c>success</c>, <c>failure</c>, <c>neutral</c>, <c>action_required</c>.</param>
public sealed record CheckReport(string Name, string? Conclusion, string Title, string Summary)
{
    /// <summary>Notes on lines of files.</summary>
    public ImmutableArray<CheckNote> Notes { get; init; } = [];
}

/// <summary>A note on a line of a file.</summary>
/// <param name="Line">1-based.</param>
public sealed record CheckNote(string Path, int Line, string Message);

/// <summary>What someone says about a commit: a check run, or a commit status.</summary>
/// <param name="Conclusion">Null while it is not completed; a status that failed says <c>failure</c>.</param>
/// <param name="Said">Its own words; empty where it has none.</param>
public sealed record ForgeCheck(string Name, string? Conclusion, string Said)
{
    /// <summary>The job of GitHub Actions behind it, which has a log and can run again; null for others.</summary>
    public long? Job { get; init; }
}

/// <summary>The checks that a branch asks for, by name; empty where it asks for none.</summary>
/// <param name="IsWhole">False where what else may ask for checks could not be read: then there may be more.</param>
public sealed record RequiredChecks(ImmutableArray<string> Names, bool IsWhole = true);

/// <summary>An account. The id is what counts: a login can be changed, and says nothing of who it is.</summary>
public sealed record ForgeAccount(long Id, string Login)
{
    /// <summary>What people write behind an <c>@</c>.</summary>
    public string Handle => Login.EndsWith("[bot]", StringComparison.Ordinal) ? Login[..^"[bot]".Length] : Login;
}

/// <summary>What can be reacted to.</summary>
public enum ForgeSubjectKind
{
    Issue,
    Comment,
    ReviewComment,
}

/// <summary>An issue, a comment on it, or a comment on a line of a pull request.</summary>
/// <param name="Number">The issue's or pull request's.</param>
/// <param name="Id">The comment's; 0 for the issue itself.</param>
public sealed record ForgeSubject(ForgeSubjectKind Kind, int Number, long Id);

/// <summary>How what was asked for is acknowledged.</summary>
public enum Reaction
{
    /// <summary>It was seen.</summary>
    Eyes,

    /// <summary>It was done.</summary>
    Hooray,

    /// <summary>It was not, and a comment says why.</summary>
    Confused,
}

/// <summary>The forge would not, or could not; the message says what to do.</summary>
public sealed class ForgeException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What stands in the way, where it is known; <see cref="Exception.Message"/> says what to do about it either way.</summary>
    public Obstacle Obstacle { get; init; }

    /// <summary>What to say when a branch is not where we left it: someone else's work is never overwritten.</summary>
    public static ForgeException HeadMoved(string branch, string? head) =>
        new($"Branch '{branch}' is at {head ?? "nothing"}, which is not where TaskBot left it. Someone else worked on it.") { Obstacle = Obstacle.HeadMoved };

    /// <summary>What to say when the base branch changed in the very files that are to be published.</summary>
    public static ForgeException BaseMoved(string branch, RepositoryName repository, IEnumerable<string> paths) =>
        new($"'{branch}' of {repository} changed meanwhile in what this run changed ({string.Join(", ", paths)}).") { Obstacle = Obstacle.BaseMoved };

    /// <summary>What to say when the base branch is not there.</summary>
    public static ForgeException BaseGone(string branch, RepositoryName repository) =>
        new($"{repository} has no branch '{branch}' any more.") { Obstacle = Obstacle.BaseBranchGone };
}
