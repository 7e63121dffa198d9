using System.Collections.Concurrent;
using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Sealing;

/// <summary>
/// A forge that is only read: what a run would write there becomes a <see cref="SealedRun"/>. Made for one run after the other. What only tells how the run stands
/// (tracking comment, check, reactions, labels), and what commands say, is left to whoever publishes, who knows the numbers.
/// </summary>
public sealed class SealedForge(IForge forge, TimeProvider time) : IForge, IForgeReviews
{
    /// <summary>The number of a pull request that nobody has opened yet.</summary>
    public const int NotOpened = 0;

    readonly ConcurrentDictionary<string, string> comments = new(StringComparer.Ordinal);
    SealedChange? change;

    public string MailHost => forge.MailHost;

    public IForgeReviews Reviews => this;

    /// <summary>All that the run would have written since the one before was sealed, without the tokens that may stand in its texts.</summary>
    /// <param name="run">The run as it ended.</param>
    /// <param name="plan">The plan that people are asked about.</param>
    public SealedRun Seal(RunRecord run, PlanText? plan = null)
    {
        var made = new SealedRun
        {
            Run = run,
            // What an attempt made that was not the last one is no result.
            Change = run is { Outcome: Outcome.Succeeded, HeadTree: { } tree } && change?.Tree == tree ? change : null,
            Comments = [.. comments.OrderBy(comment => comment.Key, StringComparer.Ordinal).Select(comment => new SealedComment(comment.Key, comment.Value))],
            Plan = plan,
        };
        change = null;
        comments.Clear();
        return SealedText.Redact(made);
    }

    public Task<string> PutCommentAsync(RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken)
    {
        if (marker.StartsWith(CommentNode.MarkerStart, StringComparison.Ordinal)) comments[marker] = body;
        return Task.FromResult("");
    }

    public async Task<CommitId> PublishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        var git = request.Objects;
        var files = ImmutableArray.CreateBuilder<SealedFile>();
        foreach (var item in await git.ChangesAsync(await git.TreeOfAsync(request.Base, cancellationToken), request.Tree, cancellationToken))
        {
            var content = item.After is { } after ? (await git.ReadBlobAsync(new BlobId(after.ObjectId), cancellationToken)).ToArray() : null;
            files.Add(new(item.Path, (item.After ?? item.Before!).Mode.Octal(), content));
        }

        change = new(
            request.Branch, request.BaseBranch, request.Base.Value, request.Tree.Value, request.OnTopOfBase, request.ExpectedHead?.Value, Summary: "", Checks: [],
            files.DrainToImmutable());
        // A commit that nobody is shown: what reads the head's id of this run finds what it will say.
        var who = new CommitSignature("TaskBot", $"taskbot@users.noreply.{MailHost}", time.GetUtcNow());
        return await git.CommitAsync(new CommitDraft(request.Tree, [request.Base], who, who, request.Message), cancellationToken);
    }

    public async Task<ForgePullRequest> PutPullRequestAsync(PullRequestText request, CancellationToken cancellationToken)
    {
        change = (change ?? throw new InvalidOperationException("A pull request is sealed after its commit.")) with { Summary = request.Summary, Checks = request.Checks };
        var web = (await forge.GetRepositoryAsync(request.Repository, cancellationToken)).WebUrl;
        return new(NotOpened, $"{web}/pulls?q=head%3A{Uri.EscapeDataString(request.Branch)}", IsDraft: true, change.Tree);
    }

    public Task MarkReadyAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken) => throw NotSealed("marks no pull request as ready");

    public Task<ForgeIssue> PutIssueAsync(RepositoryName repository, string marker, string title, string body, CancellationToken cancellationToken) => throw NotSealed("opens no issue");

    public Task AnswerAsync(
        RepositoryName repository, int pullRequest, ReviewRemark remark, string marker, string body, bool resolve, CancellationToken cancellationToken) => throw NotSealed("answers no review");

    public Task<bool> RerunAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<string> PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken) => Task.FromResult("");

    public Task ReactAsync(RepositoryName repository, ForgeSubject subject, Reaction reaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ForgeRepository> GetRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken) => forge.GetRepositoryAsync(repository, cancellationToken);

    public Task<Permission> GetPermissionAsync(RepositoryName repository, string login, CancellationToken cancellationToken) => forge.GetPermissionAsync(repository, login, cancellationToken);

    public Task<ForgeIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellationToken) => forge.GetIssueAsync(repository, number, cancellationToken);

    public Task<string?> FindCommentAsync(RepositoryName repository, int issue, string marker, CancellationToken cancellationToken) => forge.FindCommentAsync(repository, issue, marker, cancellationToken);

    public Task<ForgePullRequest> GetPullRequestAsync(RepositoryName repository, int number, CancellationToken cancellationToken) => forge.GetPullRequestAsync(repository, number, cancellationToken);

    public Task<string> GetDiffAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken) => forge.GetDiffAsync(repository, pullRequest, cancellationToken);

    public Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken) => forge.GetChecksAsync(repository, head, cancellationToken);

    public Task<string> ReadLogAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) => forge.ReadLogAsync(repository, check, cancellationToken);

    public Task<RequiredChecks> GetRequiredChecksAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) => forge.GetRequiredChecksAsync(repository, branch, cancellationToken);

    public Task<ForgeAccount> GetSelfAsync(RepositoryName repository, CancellationToken cancellationToken) => forge.GetSelfAsync(repository, cancellationToken);

    public Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string? commit, CancellationToken cancellationToken) => forge.FindFileAsync(repository, path, commit, cancellationToken);

    public Task<ForgeReview?> FindAsync(RepositoryName repository, int pullRequest, long review, CancellationToken cancellationToken) => forge.Reviews.FindAsync(repository, pullRequest, review, cancellationToken);

    public Task<ImmutableArray<ForgeOpinion>> ListOpinionsAsync(RepositoryName repository, int issue, int pullRequest, CancellationToken cancellationToken) =>
        forge.Reviews.ListOpinionsAsync(repository, issue, pullRequest, cancellationToken);

    static ForgeException NotSealed(string what) => new($"A run that is sealed {what}: whoever publishes it does.");
}
