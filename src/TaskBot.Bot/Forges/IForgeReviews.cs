using System.Collections.Immutable;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges;

/// <summary>Reviews of pull requests, and the threads that their comments begin.</summary>
public interface IForgeReviews
{
    /// <summary>A submitted review with its comments, in their order; null where it is gone.</summary>
    Task<ForgeReview?> FindAsync(RepositoryName repository, int pullRequest, long review, CancellationToken cancellationToken);

    /// <summary>
    /// Answers in the thread of a comment, once for each marker, and resolves the thread where that is asked for. A thread that is gone is left.
    /// </summary>
    /// <param name="marker">Hidden in the answer, found again by this and by its author.</param>
    Task AnswerAsync(RepositoryName repository, int pullRequest, ReviewRemark remark, string marker, string body, bool resolve, CancellationToken cancellationToken);

    /// <summary>
    /// Who likes our work and who does not: 👍 and 👎 of people on the pull request and on our comments on it and on its issue, and the reviews that approve or ask
    /// for changes and were not dismissed, oldest first.
    /// </summary>
    Task<ImmutableArray<ForgeOpinion>> ListOpinionsAsync(RepositoryName repository, int issue, int pullRequest, CancellationToken cancellationToken);
}

/// <summary>How someone says what they think of a piece of work.</summary>
public enum OpinionKind
{
    Reaction,
    Review,
}

/// <summary>What someone thinks of our work.</summary>
public sealed record ForgeOpinion(OpinionKind Kind, string Login, bool Likes);

/// <summary>A submitted review.</summary>
/// <param name="Author">Login of who wrote it.</param>
/// <param name="Body">What it says as a whole; empty where it only has comments.</param>
public sealed record ForgeReview(long Id, string Author, string Body, ImmutableArray<ReviewRemark> Remarks);

/// <summary>A comment on lines of a pull request.</summary>
/// <param name="Thread">The comment that began the thread: itself, or the one that it replies to.</param>
/// <param name="Path">The file; empty where the comment is about none.</param>
/// <param name="StartLine">1-based, the first line it speaks of in <paramref name="Commit"/>.</param>
/// <param name="Line">1-based, the last line; 0 for the whole file.</param>
/// <param name="Commit">The head that was commented on.</param>
/// <param name="IsOnNewSide">False where the lines are those before the change.</param>
public sealed record ReviewRemark(long Id, long Thread, string Path, int StartLine, int Line, string Commit, bool IsOnNewSide, string Body);
