using System.Collections.Immutable;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
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

    public async Task<ImmutableArray<ForgeOpinion>> ListOpinionsAsync(RepositoryName repository, int issue, int pullRequest, CancellationToken cancellationToken)
    {
        var own = await forge.GetSelfAsync(repository, cancellationToken);
        return await forge.CallAsync(
            repository,
            async client =>
            {
                var opinions = ImmutableArray.CreateBuilder<ForgeOpinion>();
                await foreach (var review in client.PullRequests.ListReviewsAsync(repository, pullRequest, cancellationToken))
                {
                    if (review.User is not { Type: not "Bot", Login: { } login }) continue;
                    if (review.State?.ToUpperInvariant() is ("APPROVED" or "CHANGES_REQUESTED") and var state) opinions.Add(new(OpinionKind.Review, login, state == "APPROVED"));
                }

                await AddAsync(client.Reactions.ListForIssueAsync(repository, pullRequest, cancellationToken));
                foreach (var number in new[] { issue, pullRequest }.Distinct())
                {
                    var looked = 0;
                    await foreach (var comment in client.Issues.ListCommentsAsync(repository, number, cancellationToken))
                    {
                        if (comment.User?.Id != own.Id || comment.Reactions is { TotalCount: 0 } || ++looked > MostComments) continue;
                        await AddAsync(client.Reactions.ListForIssueCommentAsync(repository, comment.Id, cancellationToken));
                    }
                }

                return opinions.DrainToImmutable();

                async Task AddAsync(IAsyncEnumerable<TaskBot.GitHub.Reactions.Reaction> reactions)
                {
                    await foreach (var reaction in reactions)
                        if (reaction is { Content: ReactionContent.ThumbsUp or ReactionContent.ThumbsDown, User: { Type: not "Bot" } user } && user.Id != own.Id)
                            opinions.Add(new(OpinionKind.Reaction, user.Login, reaction.Content == ReactionContent.ThumbsUp));
                }
            },
            cancellationToken);
    }

    /// <summary>Comments of ours on one page whose reactions are read.</summary>
    const int MostComments = 20;

    static ReviewRemark Of(ReviewComment comment)
    {
        // The lines of the commit that was commented on; those of the newest diff move, or are gone.
        var line = comment.OriginalLine ?? comment.Line ?? 0;
        return new(
            comment.Id, comment.InReplyToId ?? comment.Id, comment.Path ?? "", comment.OriginalStartLine ?? comment.StartLine ?? line, line,
            comment.OriginalCommitId ?? comment.CommitId ?? "", comment.Side != "LEFT", comment.Body ?? "");
    }
}
