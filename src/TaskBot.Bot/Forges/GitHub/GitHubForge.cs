using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;
using PublishedChange = TaskBot.GitHub.Git.TreeChange;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>
/// GitHub and GHES, through the REST API alone: no push credential is needed, and commits of an App are signed by GitHub. Works with one token,
/// or as an App in whatever installation a repository belongs to.
/// </summary>
public sealed partial class GitHubForge(GitHubClientFactory clients, IOptions<GitHubOptions> options, EffectOutbox outbox, ILogger<GitHubForge> logger) : IForge
{
    /// <summary>What a diff shows at most, in characters; a review of more would be none.</summary>
    const int MaximumDiff = 200_000;

    readonly ConcurrentDictionary<RepositoryName, GitHubClient> byRepository = new();
    ForgeAccount? self;

    public async Task<ForgeRepository> GetRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var found = await CallAsync(repository, client => client.Repositories.GetAsync(repository, cancellationToken), cancellationToken);
        var web = PageOf(repository.ToString());
        return new(repository, found.DefaultBranch ?? "main", $"{web}.git", web);
    }

    public async Task<Permission> GetPermissionAsync(RepositoryName repository, string login, CancellationToken cancellationToken) =>
        (await CallAsync(repository, client => client.Repositories.GetPermissionAsync(repository, login, cancellationToken), cancellationToken)).Permission switch
        {
            "admin" => Permission.Admin,
            "write" or "maintain" => Permission.Write,
            "read" or "triage" => Permission.Read,
            _ => Permission.None,
        };

    public async Task<ForgeIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        Of(await CallAsync(repository, client => client.Issues.GetAsync(repository, number, cancellationToken), cancellationToken));

    public Task<ForgeIssue> PutIssueAsync(RepositoryName repository, string marker, string title, string body, CancellationToken cancellationToken) =>
        CallAsync(repository, client => PutIssueAsync(client, repository, marker, title, GitHubText.Body($"{body}\n\n{marker}".Trim()), cancellationToken), cancellationToken);

    async Task<ForgeIssue> PutIssueAsync(GitHubClient client, RepositoryName repository, string marker, string title, string text, CancellationToken cancellationToken)
    {
        var own = await GetSelfAsync(repository, cancellationToken);
        await foreach (var issue in client.Issues.ListAsync(repository, cancellationToken, creator: own.Login))
        {
            // A stranger may write the marker too: ours is by us.
            if (issue.IsPullRequest || issue.User?.Id != own.Id || issue.Body?.Contains(marker, StringComparison.Ordinal) != true) continue;
            return Of(issue.Title == title && issue.Body == text ? issue : await client.Issues.UpdateAsync(repository, issue.Number, new(title, text), cancellationToken));
        }

        return Of(await client.Issues.CreateAsync(repository, new NewIssue(title, text), cancellationToken));
    }

    /// <summary>An issue as GitHub writes it, in an answer or in a payload.</summary>
    public static ForgeIssue Of(Issue issue) =>
        new(issue.Number, issue.Title, issue.Body ?? "", issue.User?.Login ?? "ghost", [.. issue.Labels.Select(label => label.Name)], issue.State != "closed", issue.HtmlUrl ?? "");

    /// <summary>A pull request as the issue that it is too.</summary>
    public static ForgeIssue Of(PullRequest pull) =>
        new(pull.Number, pull.Title, pull.Body ?? "", pull.User?.Login ?? "ghost", [.. pull.Labels.Select(label => label.Name)], pull.State != "closed", pull.HtmlUrl ?? "");

    public async Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => client.Issues.RemoveLabelAsync(repository, issue, label, cancellationToken), cancellationToken);

    public async Task<string> PutCommentAsync(RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"comment:{repository}#{issue}:{marker}");
        var text = GitHubText.Body(body);
        return await CallAsync(repository, client => PutCommentAsync(client, repository, issue, marker, key, text, cancellationToken), cancellationToken);
    }

    public async Task<string?> FindCommentAsync(RepositoryName repository, int issue, string marker, CancellationToken cancellationToken) =>
        (await CallAsync(repository, client => FindOwnCommentAsync(client, repository, issue, marker, cancellationToken), cancellationToken))?.Body;

    async Task<string> PutCommentAsync(
        GitHubClient client, RepositoryName repository, int issue, string marker, string key, string text, CancellationToken cancellationToken)
    {
        for (var of = key; ;)
        {
            IssueComment? comment = null;
            var id = await outbox.DoAsync(of, FindAsync, ActAsync, cancellationToken);
            comment ??= await client.Issues.FindCommentAsync(repository, long.Parse(id!, CultureInfo.InvariantCulture), cancellationToken);
            if (comment is null)
            {
                // Someone deleted it: the one that takes its place is named after it, so that there is one of these too.
                of = $"{key}:after:{id}";
                continue;
            }

            if (comment.Body != text) await client.Issues.UpdateCommentAsync(repository, comment.Id, text, cancellationToken);
            return comment.HtmlUrl ?? "";

            async Task<string?> FindAsync(CancellationToken token) =>
                (comment = await FindOwnCommentAsync(client, repository, issue, marker, token))?.Id.ToString(CultureInfo.InvariantCulture);

            // A job may have lost what an earlier one remembered: the issue is asked either way.
            async Task<string?> ActAsync(CancellationToken token) =>
                await FindAsync(token) ?? (comment = await client.Issues.CreateCommentAsync(repository, issue, text, token)).Id.ToString(CultureInfo.InvariantCulture);
        }
    }

    async Task<IssueComment?> FindOwnCommentAsync(GitHubClient client, RepositoryName repository, int issue, string marker, CancellationToken cancellationToken)
    {
        var own = await GetSelfAsync(repository, cancellationToken);
        await foreach (var candidate in client.Issues.ListCommentsAsync(repository, issue, cancellationToken))
        {
            // A stranger may write the marker too: ours is by us.
            if (candidate.Body?.Contains(marker, StringComparison.Ordinal) == true && IsOurs(candidate, own)) return candidate;
        }

        return null;
    }

    bool IsOurs(IssueComment comment, ForgeAccount own) => comment.User?.Id == own.Id
        || options.Value is { Token: not { Length: > 0 }, AppId: { Length: > 0 } id } && comment.PerformedViaGitHubApp is { } app && (app.ClientId == id || app.Id.ToString(CultureInfo.InvariantCulture) == id);

    public async Task<CommitId> PublishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        var git = request.Objects;
        var baseTree = await git.TreeOfAsync(request.Base, cancellationToken);
        var changes = await git.ChangesAsync(baseTree, request.Tree, cancellationToken);
        var files = new List<PublishedChange>(changes.Count);
        foreach (var change in changes)
        {
            var content = change.After is { } after ? await git.ReadBlobAsync(new BlobId(after.ObjectId), cancellationToken) : (ReadOnlyMemory<byte>?)null;
            files.Add(new PublishedChange(change.Path, (change.After ?? change.Before!).Mode.Octal(), content));
        }

        var client = await ClientAsync(request.Repository, cancellationToken);
        var publisher = new TreePublisher(client);
        try
        {
            var remote = await client.Repositories.FindBranchAsync(request.Repository, request.BaseBranch, cancellationToken)
                ?? throw ForgeException.BaseGone(request.BaseBranch, request.Repository);
            var parent = request.OnTopOfBase ? request.Base.Value : remote.Commit.Sha;
            // Commit ids of a shallow or rewritten checkout may differ from the forge's; what counts is that the touched files are the same.
            var expected = changes.ToDictionary(change => change.Path, change => change.Before?.ObjectId, StringComparer.Ordinal);
            if (await publisher.CompareBaseAsync(request.Repository, parent, expected, cancellationToken) is { Count: > 0 } moved)
                throw ForgeException.BaseMoved(request.BaseBranch, request.Repository, moved.Select(difference => difference.Path));

            var message = request.CoAuthor is null ? request.Message : $"{request.Message}\n\nCo-authored-by: {request.CoAuthor}";
            var publication = new TreePublication(request.Repository, request.Branch, parent, files, message, request.ExpectedHead?.Value);
            return await publisher.PublishAsync(publication, cancellationToken) switch
            {
                PublishResult.Published published => new CommitId(published.Commit),
                PublishResult.AlreadyThere there => new CommitId(there.Commit),
                PublishResult.HeadMoved headMoved => throw ForgeException.HeadMoved(request.Branch, headMoved.Head),
                _ => throw new ForgeException($"'{request.BaseBranch}' of {request.Repository} has all of this already; there is nothing to publish."),
            };
        }
        catch (GitHubApiException e)
        {
            throw Refused(e);
        }
    }

    public async Task<ForgePullRequest> PutPullRequestAsync(PullRequestText request, CancellationToken cancellationToken)
    {
        var repository = request.Repository;
        var client = await ClientAsync(repository, cancellationToken);
        try
        {
            PullRequest? pull = null;
            await foreach (var candidate in client.PullRequests.ListAsync(repository, cancellationToken, head: $"{repository.Owner}:{request.Branch}"))
            {
                // The filter is not trusted alone: a fork may have a branch of the same name.
                if (candidate.Head.Name != request.Branch || candidate.Head.Repository?.FullName is { } name && name != repository.ToString()) continue;
                pull = candidate;
                break;
            }

            if (pull is null)
            {
                pull = await client.PullRequests.CreateAsync(
                    repository, new NewPullRequest(request.Title, request.Branch, request.BaseBranch, GitHubText.Body(request.Body), Draft: true), cancellationToken);
                if (request.Reviewer is { } reviewer) await AskForReviewAsync(client, repository, pull.Number, reviewer, cancellationToken);
            }
            else if (pull.Title != request.Title || pull.Body != GitHubText.Body(request.Body))
            {
                pull = await client.PullRequests.UpdateAsync(repository, pull.Number, new PullRequestUpdate(request.Title, GitHubText.Body(request.Body)), cancellationToken);
            }

            return Of(repository, pull);
        }
        catch (GitHubApiException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>Whoever cannot be asked (the author, someone without access) is left out: the pull request stands either way.</summary>
    async Task AskForReviewAsync(GitHubClient client, RepositoryName repository, int number, string reviewer, CancellationToken cancellationToken)
    {
        try
        {
            await client.PullRequests.RequestReviewersAsync(repository, number, [reviewer], cancellationToken);
        }
        catch (GitHubApiException e) when (e.Status is not null)
        {
            LogNoReviewer(logger, e, repository, number, reviewer);
        }
    }

    public async Task<ForgePullRequest> GetPullRequestAsync(RepositoryName repository, int number, CancellationToken cancellationToken) =>
        Of(repository, await CallAsync(repository, client => client.PullRequests.GetAsync(repository, number, cancellationToken), cancellationToken));

    static ForgePullRequest Of(RepositoryName repository, PullRequest pull) => new(pull.Number, pull.HtmlUrl ?? "", pull.Draft, pull.Head.Sha)
    {
        State = pull.Merged == true || pull.MergedAt is not null ? PullRequestState.Merged : pull.State == "closed" ? PullRequestState.Closed : PullRequestState.Open,
        // The repository of a deleted fork is not named any more, and a fork it was.
        IsFromFork = pull.Head.Repository is not { FullName: { } name } || !name.Equals(repository.ToString(), StringComparison.OrdinalIgnoreCase),
    };

    public async Task<string> GetDiffAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken) => await CallAsync(
        repository,
        async client =>
        {
            var diff = new StringBuilder();
            await foreach (var file in client.PullRequests.ListFilesAsync(repository, pullRequest, cancellationToken))
            {
                diff.Append(CultureInfo.InvariantCulture, $"--- a/{file.PreviousFilename ?? file.Filename}\n+++ b/{file.Filename}\n{file.Patch ?? $"({file.Status}, not shown)"}\n");
                if (diff.Length > MaximumDiff) return diff.ToString(0, MaximumDiff);
            }

            return diff.ToString();
        },
        cancellationToken);

    public async Task MarkReadyAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken)
    {
        var client = await ClientAsync(repository, cancellationToken);
        var pull = await CallAsync(repository, _ => client.PullRequests.GetAsync(repository, pullRequest, cancellationToken), cancellationToken);
        if (!pull.Draft || pull.State == "closed") return;
        var id = pull.NodeId ?? throw new ForgeException($"GitHub gave no node id for pull request #{pullRequest}, so it cannot be marked ready for review. Do it by hand.");
        await CallAsync(
            repository,
            async _ =>
            {
                await client.GraphQL.MarkReadyForReviewAsync(id, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    public async Task<string> PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => GitHubChecks.PutAsync(client, outbox, repository, head, report, cancellationToken), cancellationToken);

    public async Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => GitHubChecks.ListAsync(client, repository, head, cancellationToken), cancellationToken);

    public async Task<string> ReadLogAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => GitHubChecks.ReadLogAsync(client, repository, check, cancellationToken), cancellationToken);

    public async Task<bool> RerunAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => GitHubChecks.RerunAsync(client, repository, check, cancellationToken), cancellationToken);

    public async Task<RequiredChecks> GetRequiredChecksAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => GitHubChecks.RequiredAsync(client, repository, branch, cancellationToken), cancellationToken);

    /// <summary>An address for people.</summary>
    internal string PageOf(string path) => new Uri(options.Value.ServerAddress, path).AbsoluteUri;

    public string MailHost => options.Value.ServerAddress.Host;

    public IForgeReviews Reviews => new GitHubReviews(this);

    public IForgeActions Actions => new GitHubActions(this);

    public async Task<ForgeAccount> GetSelfAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        if (self is { } known) return known;
        return self = await CallAsync(
            repository,
            async client =>
            {
                if (options.Value.Token is { Length: > 0 })
                    return (await client.Users.FindAuthenticatedAsync(cancellationToken) ?? await FindBotAsync(client, cancellationToken)) is { } user ? new(user.Id, user.Login) : new ForgeAccount(UsersClient.ActionsBotId, "github-actions[bot]");
                var app = await clients.ForApp().Apps.GetAuthenticatedAsync(cancellationToken);
                // Commits and comments are by the App's bot user, whose id is not the App's.
                var bot = await client.Users.FindAsync($"{app.Slug}[bot]", cancellationToken);
                return new ForgeAccount(bot?.Id ?? 0, bot?.Login ?? $"{app.Slug}[bot]");
            },
            cancellationToken);
    }

    /// <summary>Whose token it is that belongs to no person: the job's own, or that of an App which the workflow got itself. Null where only the first is left.</summary>
    static async Task<User?> FindBotAsync(GitHubClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GraphQL.FindViewerAsync(cancellationToken);
        }
        catch (GitHubApiException e) when (e.Refusal is GitHubRefusal.NotFoundOrNoAccess or GitHubRefusal.PermissionMissing)
        {
            return null;
        }
    }

    public async Task ReactAsync(RepositoryName repository, ForgeSubject subject, Reaction reaction, CancellationToken cancellationToken)
    {
        var content = reaction switch
        {
            Reaction.Hooray => ReactionContent.Hooray,
            Reaction.Confused => ReactionContent.Confused,
            _ => ReactionContent.Eyes,
        };
        var client = await ClientAsync(repository, cancellationToken);
        try
        {
            await (subject.Kind switch
            {
                ForgeSubjectKind.Comment => client.Reactions.CreateForIssueCommentAsync(repository, subject.Id, content, cancellationToken),
                ForgeSubjectKind.ReviewComment => client.Reactions.CreateForReviewCommentAsync(repository, subject.Id, content, cancellationToken),
                _ => client.Reactions.CreateForIssueAsync(repository, subject.Number, content, cancellationToken),
            });
        }
        catch (GitHubApiException e) when (e.Refusal is GitHubRefusal.NotFoundOrNoAccess or GitHubRefusal.ConversationLocked or GitHubRefusal.PermissionMissing)
        {
            // A reaction is a courtesy: what was asked for is done without it, and a missing permission is told where it matters.
            LogNoReaction(logger, e, repository, subject.Number);
        }
    }

    public async Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string? commit, CancellationToken cancellationToken)
    {
        try
        {
            var client = await ReaderAsync(repository, cancellationToken);
            // A bare null would be taken for an empty array, and that for a file.
            return (await client.Repositories.FindFileAsync(repository, path, commit, cancellationToken))?.ReadBytes() is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);
        }
        catch (GitHubApiException e)
        {
            throw Refused(e);
        }
    }

    // A public repository may be read without the App being installed in it.
    async Task<GitHubClient> ReaderAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        if (options.Value.Token is { Length: > 0 } token) return clients.ForToken(token);
        return options.Value.AppId is { Length: > 0 } && await clients.ForApp().Apps.FindRepositoryInstallationAsync(repository, cancellationToken) is { } installation
            ? clients.ForInstallation(installation.Id)
            : clients.Anonymous();
    }

    async Task<GitHubClient> ClientAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        if (byRepository.TryGetValue(repository, out var known)) return known;
        var client = options.Value.Token is { Length: > 0 } token ? clients.ForToken(token)
            : options.Value.AppId is { Length: > 0 } ? await OfInstallationAsync(repository, cancellationToken)
            : throw new ForgeException("TaskBot has no way into GitHub: set GitHub:Token, or GitHub:AppId and GitHub:PrivateKeyPath.");
        return byRepository.GetOrAdd(repository, client);
    }

    async Task<GitHubClient> OfInstallationAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var installation = await clients.ForApp().Apps.FindRepositoryInstallationAsync(repository, cancellationToken)
            ?? throw new ForgeException($"The GitHub App is not installed in {repository}, or may not see it. Install it there.");
        return clients.ForInstallation(installation.Id);
    }

    internal async Task<TResult> CallAsync<TResult>(RepositoryName repository, Func<GitHubClient, Task<TResult>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(await ClientAsync(repository, cancellationToken));
        }
        catch (GitHubApiException e)
        {
            throw Refused(e);
        }
    }

    internal static ForgeException Refused(GitHubApiException e) => new(e.Message, e)
    {
        Obstacle = e.Refusal switch
        {
            GitHubRefusal.BadCredentials => Obstacle.BadCredentials,
            GitHubRefusal.PermissionMissing => Obstacle.PermissionMissing,
            GitHubRefusal.ActionsMayNotCreatePullRequests => Obstacle.MayNotOpenPullRequests,
            GitHubRefusal.WorkflowsPermissionMissing => Obstacle.MayNotChangeWorkflows,
            GitHubRefusal.NotFoundOrNoAccess => Obstacle.NotFound,
            GitHubRefusal.RepositoryArchived => Obstacle.RepositoryArchived,
            GitHubRefusal.ConversationLocked => Obstacle.ConversationLocked,
            GitHubRefusal.RateLimited => Obstacle.RateLimited,
            _ => Obstacle.Other,
        },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Repository}#{Number} got no reaction")]
    static partial void LogNoReaction(ILogger logger, Exception exception, RepositoryName repository, int number);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Reviewer} could not be asked to review {Repository}#{Number}")]
    static partial void LogNoReviewer(ILogger logger, Exception exception, RepositoryName repository, int number, string reviewer);
}
