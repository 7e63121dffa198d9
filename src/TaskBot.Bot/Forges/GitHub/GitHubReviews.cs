using System.Collections.Immutable;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>Reviews on GitHub: comments over REST, which knows no threads, and threads over GraphQL.</summary>
sealed class GitHubReviews(GitHubForge forge) : IForgeReviews
{
    public async Task<ForgeReview?> FindAsync(RepositoryName repository, int pullRequest, long review, CancellationToken cancellationToken) =>
        await forge.CallAsync(
            repository,
            async client =>
            {
                Review? found = null;
                await foreach (var candidate in client.PullRequests.ListReviewsAsync(repository, pullRequest, cancellationToken))
                    if (candidate.Id == review) found = candidate;
                if (found is null) return null;
                var remarks = ImmutableArray.CreateBuilder<ReviewRemark>();
                // The comments of a review carry no lines there; the pull request's do.
                await foreach (var comment in client.PullRequests.ListReviewCommentsAsync(repository, pullRequest, cancellationToken))
                    if (comment.PullRequestReviewId == review) remarks.Add(Of(comment));
                return new ForgeReview(review, found.User?.Login ?? "ghost", found.Body ?? "", remarks.DrainToImmutable());
            },
            cancellationToken);

    public async Task AnswerAsync(
        RepositoryName repository, int pullRequest, ReviewRemark remark, string marker, string body, bool resolve, CancellationToken cancellationToken)
    {
        var own = await forge.GetSelfAsync(repository, cancellationToken);
        await forge.CallAsync(
            repository,
            async client =>
            {
                var isSaid = false;
                await foreach (var comment in client.PullRequests.ListReviewCommentsAsync(repository, pullRequest, cancellationToken))
                    isSaid |= comment.User?.Id == own.Id && comment.Body?.Contains(marker, StringComparison.Ordinal) == true;
                if (!isSaid) await client.PullRequests.ReplyAsync(repository, pullRequest, remark.Thread, $"{marker}\n{body}", cancellationToken);
                if (!resolve) return true;
                var thread = (await client.GraphQL.ListReviewThreadsAsync(repository, pullRequest, cancellationToken)).FirstOrDefault(thread => thread.FirstCommentId == remark.Thread);
                if (thread is { IsResolved: false }) await client.GraphQL.ResolveReviewThreadAsync(thread.Id, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    static ReviewRemark Of(ReviewComment comment)
    {
        // The lines of the commit that was commented on; those of the newest diff move, or are gone.
        var line = comment.OriginalLine ?? comment.Line ?? 0;
        return new(
            comment.Id, comment.InReplyToId ?? comment.Id, comment.Path ?? "", comment.OriginalStartLine ?? comment.StartLine ?? line, line,
            comment.OriginalCommitId ?? comment.CommitId ?? "", comment.Side != "LEFT", comment.Body ?? "");
    }
}
