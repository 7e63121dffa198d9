using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;
using PublishedChange = TaskBot.GitHub.Git.TreeChange;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>
/// GitHub and GHES, through the REST API alone: no push credential is needed, and commits of an App are signed by GitHub. Works with one token,
/// or as an App in whatever installation a repository belongs to.
/// </summary>
public sealed class GitHubForge(GitHubClientFactory clients, IOptions<GitHubOptions> options, EffectOutbox outbox) : IForge
{
    /// <summary>The end of a failing job's log; the beginning is checkout and set-up.</summary>
    const int MaximumLog = 32 * 1024;

    readonly ConcurrentDictionary<RepositoryName, GitHubClient> byRepository = new();

    public async Task<ForgeRepository> GetRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var found = await CallAsync(repository, client => client.Repositories.GetAsync(repository, cancellationToken), cancellationToken);
        var web = new Uri(options.Value.ServerAddress, repository.ToString()).AbsoluteUri;
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

    /// <summary>An issue as GitHub writes it, in an answer or in a payload.</summary>
    public static ForgeIssue Of(Issue issue) =>
        new(issue.Number, issue.Title, issue.Body ?? "", issue.User?.Login ?? "ghost", [.. issue.Labels.Select(label => label.Name)], issue.State != "closed", issue.HtmlUrl ?? "");

    public async Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken) =>
        await CallAsync(repository, client => client.Issues.RemoveLabelAsync(repository, issue, label, cancellationToken), cancellationToken);

    public async Task<string> PutCommentAsync(RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"comment:{repository}#{issue}:{marker}");
        var client = await ClientAsync(repository, cancellationToken);
        var text = GitHubText.Body(body);
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
        var own = await client.Users.FindAuthenticatedAsync(cancellationToken);
        await foreach (var candidate in client.Issues.ListCommentsAsync(repository, issue, cancellationToken))
        {
            // A stranger may write the marker too: ours is by us.
            if (candidate.Body?.Contains(marker, StringComparison.Ordinal) == true && IsOurs(candidate, own)) return candidate;
        }

        return null;
    }

    bool IsOurs(IssueComment comment, User? own) => own is not null ? comment.User?.Id == own.Id
        : options.Value.AppId is { Length: > 0 } id
            ? comment.PerformedViaGitHubApp is { } app && (app.ClientId == id || app.Id.ToString(CultureInfo.InvariantCulture) == id)
            : comment.User?.Id == UsersClient.ActionsBotId;

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
                ?? throw new ForgeException($"{request.Repository} has no branch '{request.BaseBranch}' any more.");
            // Commit ids of a shallow or rewritten checkout may differ from the forge's; what counts is that the touched files are the same.
            var expected = changes.ToDictionary(change => change.Path, change => change.Before?.ObjectId, StringComparer.Ordinal);
            if (await publisher.CompareBaseAsync(request.Repository, remote.Commit.Sha, expected, cancellationToken) is { Count: > 0 } moved)
                throw new ForgeException(ForgeException.BaseMoved(request.BaseBranch, request.Repository, moved.Select(difference => difference.Path)));

            var message = request.CoAuthor is null ? request.Message : $"{request.Message}\n\nCo-authored-by: {request.CoAuthor}";
            var publication = new TreePublication(request.Repository, request.Branch, remote.Commit.Sha, files, message, request.ExpectedHead?.Value);
            return await publisher.PublishAsync(publication, cancellationToken) switch
            {
                PublishResult.Published published => new CommitId(published.Commit),
                PublishResult.AlreadyThere there => new CommitId(there.Commit),
                PublishResult.HeadMoved headMoved => throw new ForgeException(ForgeException.HeadMoved(request.Branch, headMoved.Head)),
                _ => throw new ForgeException($"'{request.BaseBranch}' of {request.Repository} has all of this already; there is nothing to publish."),
            };
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
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
            }
            else if (pull.Title != request.Title || pull.Body != GitHubText.Body(request.Body))
            {
                pull = await client.PullRequests.UpdateAsync(repository, pull.Number, new PullRequestUpdate(request.Title, GitHubText.Body(request.Body)), cancellationToken);
            }

            return new(pull.Number, pull.HtmlUrl ?? "", pull.Draft, pull.Head.Sha);
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
        }
    }

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

    public async Task PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken)
    {
        var client = await ClientAsync(repository, cancellationToken);
        try
        {
            CheckRun? known = null;
            await foreach (var run in client.Checks.ListForReferenceAsync(repository, head.Value, cancellationToken, name: report.Name))
            {
                known = run;
                break;
            }

            var write = new CheckRunWrite(
                Name: report.Name,
                HeadSha: known is null ? head.Value : null,
                Status: report.Conclusion is null ? CheckStatus.InProgress : CheckStatus.Completed,
                Conclusion: report.Conclusion,
                Output: new CheckRunOutputWrite(report.Title, GitHubText.Body(report.Summary)));
            if (known is null) await client.Checks.CreateAsync(repository, write, cancellationToken);
            else await client.Checks.UpdateAsync(repository, known.Id, write, cancellationToken);
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
        }
    }

    public async Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken)
    {
        var client = await ClientAsync(repository, cancellationToken);
        var checks = ImmutableArray.CreateBuilder<ForgeCheck>();
        try
        {
            await foreach (var run in client.Checks.ListForReferenceAsync(repository, head.Value, cancellationToken))
            {
                var conclusion = run.Status == CheckStatus.Completed ? run.Conclusion : null;
                var isBad = conclusion is not null and not CheckConclusion.Success and not CheckConclusion.Neutral and not CheckConclusion.Skipped;
                checks.Add(new(run.Name, conclusion, isBad ? await LogAsync(client, repository, run, cancellationToken) : ""));
            }
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
        }

        return checks.DrainToImmutable();
    }

    /// <summary>A job of GitHub Actions has its check run's id; other Apps say what they have to say in the output.</summary>
    static async Task<string> LogAsync(GitHubClient client, RepositoryName repository, CheckRun run, CancellationToken cancellationToken)
    {
        var said = string.Join('\n', new[] { run.Output?.Title, run.Output?.Summary, run.Output?.Text }.Where(text => !string.IsNullOrWhiteSpace(text)));
        if (run.App?.Slug != "github-actions") return said;
        try
        {
            await using var log = await client.Actions.FindJobLogAsync(repository, run.Id, cancellationToken);
            return log is null ? said : $"{said}\n{await EndOfAsync(log, cancellationToken)}".Trim();
        }
        catch (GitHubApiException e)
        {
            // Logs expire and need their own permission; the check's own words are still worth having.
            return $"{said}\n(The job's log could not be read: {e.Message})".Trim();
        }
    }

    static async Task<string> EndOfAsync(Stream log, CancellationToken cancellationToken)
    {
        var end = new Queue<string>();
        var size = 0;
        using var reader = new StreamReader(log);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            end.Enqueue(line);
            size += line.Length + 1;
            while (size > MaximumLog && end.Count > 1) size -= end.Dequeue().Length + 1;
        }

        return string.Join('\n', end);
    }

    public async Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string commit, CancellationToken cancellationToken)
    {
        try
        {
            var client = await ReaderAsync(repository, cancellationToken);
            // A bare null would be taken for an empty array, and that for a file.
            return (await client.Repositories.FindFileAsync(repository, path, commit, cancellationToken))?.ReadBytes() is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
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

    async Task<TResult> CallAsync<TResult>(RepositoryName repository, Func<GitHubClient, Task<TResult>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(await ClientAsync(repository, cancellationToken));
        }
        catch (GitHubApiException e)
        {
            throw new ForgeException(e.Message, e);
        }
    }
}
