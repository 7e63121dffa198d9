using System.Text.Json;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.GraphQL;

/// <summary>What GitHub offers over GraphQL only: review threads, draft state, hiding comments, commits with a lock on the head.</summary>
public sealed class GraphQLClient
{
    const string ReviewThreadsDocument =
        """
        query($owner: String!, $name: String!, $number: Int!, $after: String) {
          repository(owner: $owner, name: $name) {
            pullRequest(number: $number) {
              reviewThreads(first: 100, after: $after) {
                pageInfo { hasNextPage endCursor }
                nodes { id isResolved isOutdated path line comments(first: 1) { nodes { databaseId } } }
              }
            }
          }
        }
        """;

    const string ViewerDocument = "query { viewer { login databaseId } }";
    const string ResolveDocument = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }";
    const string UnresolveDocument = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { id } } }";
    const string ReadyDocument = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { id } } }";
    const string DraftDocument = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { id } } }";

    const string MinimizeDocument =
        "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }";

    const string CommitDocument =
        "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";

    const string UpdateRefsDocument = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

    const int MaxThreadPages = 100;

    readonly GitHubConnection _connection;

    internal GraphQLClient(GitHubConnection connection) => _connection = connection;

    /// <summary>The account in whose name the token writes, also where that is the bot user of an App, which REST does not tell an App's token. Null where GitHub does not say.</summary>
    public async Task<User?> FindViewerAsync(CancellationToken cancellationToken) =>
        (await SendAsync<ViewerAnswer>(ViewerDocument, new Dictionary<string, JsonElement>(), RequestKind.Read, cancellationToken)).Viewer is { DatabaseId: { } id } viewer ? new(id, viewer.Login) : null;

    /// <summary>The threads of a pull request. REST knows them by their first comment only.</summary>
    public async Task<IReadOnlyList<ReviewThread>> ListReviewThreadsAsync(
        RepositoryName repository, int number, CancellationToken cancellationToken)
    {
        var threads = new List<ReviewThread>();
        string? after = null;
        for (var page = 0; page < MaxThreadPages; page++)
        {
            var variables = new Dictionary<string, JsonElement>
            {
                ["owner"] = Text(repository.Owner),
                ["name"] = Text(repository.Name),
                ["number"] = JsonSerializer.SerializeToElement(number, GraphQLJson.Default.Int32)
            };
            if (after is not null) variables["after"] = Text(after);
            var answer = await SendAsync<ReviewThreadsAnswer>(ReviewThreadsDocument, variables, RequestKind.Read, cancellationToken);
            var found = answer.Repository?.PullRequest?.ReviewThreads ?? throw Failed($"there is no pull request {repository}#{number}.");
            threads.AddRange(found.Nodes.Select(node => new ReviewThread(
                node.Id,
                node.IsResolved,
                node.IsOutdated,
                node.Path,
                node.Line,
                node.Comments is { Nodes: [var first, ..] } ? first.DatabaseId : null)));
            if (found.PageInfo is not { HasNextPage: true, EndCursor: { } cursor }) return threads;
            after = cursor;
        }

        throw Failed($"{repository}#{number} has more than {MaxThreadPages} pages of review threads.");
    }

    public Task ResolveReviewThreadAsync(string threadId, CancellationToken cancellationToken) =>
        MutateAsync(ResolveDocument, threadId, cancellationToken);

    public Task UnresolveReviewThreadAsync(string threadId, CancellationToken cancellationToken) =>
        MutateAsync(UnresolveDocument, threadId, cancellationToken);

    /// <param name="nodeId">The pull request's <see cref="PullRequests.PullRequest.NodeId"/>.</param>
    public Task MarkReadyForReviewAsync(string nodeId, CancellationToken cancellationToken) =>
        MutateAsync(ReadyDocument, nodeId, cancellationToken);

    /// <param name="nodeId">The pull request's <see cref="PullRequests.PullRequest.NodeId"/>.</param>
    public Task ConvertToDraftAsync(string nodeId, CancellationToken cancellationToken) =>
        MutateAsync(DraftDocument, nodeId, cancellationToken);

    /// <summary>Folds a comment away as outdated.</summary>
    /// <param name="nodeId">The comment's node id.</param>
    public Task MinimizeCommentAsync(string nodeId, CancellationToken cancellationToken) =>
        MutateAsync(MinimizeDocument, nodeId, cancellationToken);

    /// <summary>Makes a signed commit on a branch if its head is still <paramref name="expectedHead"/>; answers with its id.</summary>
    /// <param name="additions">Whole files: path and content. Modes cannot be set this way.</param>
    public async Task<string> CreateCommitOnBranchAsync(
        RepositoryName repository,
        string branch,
        string expectedHead,
        string headline,
        string? message,
        IReadOnlyList<(string Path, ReadOnlyMemory<byte> Content)> additions,
        IReadOnlyList<string> deletions,
        CancellationToken cancellationToken)
    {
        var input = new CommitOnBranchInput(
            new(repository.ToString(), branch),
            expectedHead,
            new(headline, message),
            new(
                [.. additions.Select(file => new FileAddition(file.Path, Convert.ToBase64String(file.Content.Span)))],
                [.. deletions.Select(path => new FileDeletion(path))]));
        var variables = new Dictionary<string, JsonElement>
        {
            ["input"] = JsonSerializer.SerializeToElement(input, GraphQLJson.Default.CommitOnBranchInput)
        };
        var answer = await SendAsync<CreateCommitAnswer>(CommitDocument, variables, RequestKind.Write, cancellationToken);
        return answer.CreateCommitOnBranch?.Commit?.Oid ?? throw Failed("the commit was not made.");
    }

    /// <summary>Points a reference elsewhere, also back, if it is where the caller expects it. REST has no such lock.</summary>
    /// <param name="repositoryId">The repository's <see cref="Repository.NodeId"/>.</param>
    /// <param name="name">The full name, <c>refs/heads/main</c>.</param>
    public async Task ResetReferenceAsync(string repositoryId, string name, string expected, string sha, CancellationToken cancellationToken)
    {
        var input = new UpdateRefsInput(repositoryId, [new(name, expected, sha, Force: true)]);
        var variables = new Dictionary<string, JsonElement> { ["input"] = JsonSerializer.SerializeToElement(input, GraphQLJson.Default.UpdateRefsInput) };
        await SendAsync<JsonElement>(UpdateRefsDocument, variables, RequestKind.IdempotentWrite, cancellationToken);
    }

    // All of these set a state, so repeating them is harmless.
    async Task MutateAsync(string document, string id, CancellationToken cancellationToken) =>
        await SendAsync<JsonElement>(
            document, new Dictionary<string, JsonElement> { ["id"] = Text(id) }, RequestKind.IdempotentWrite, cancellationToken);

    async Task<T> SendAsync<T>(
        string document, IReadOnlyDictionary<string, JsonElement> variables, RequestKind kind, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new GraphQLBody(document, variables), GraphQLJson.Default.GraphQLBody);
        var bytes = await _connection.SendGraphQLAsync(body, kind, cancellationToken);
        try
        {
            var answer = JsonSerializer.Deserialize(bytes.Span, GraphQLJson.Default.GraphQLAnswer) ?? throw Failed("the answer is null.");
            if (answer.Errors.Count > 0)
            {
                var error = answer.Errors[0];
                var text = string.Join("; ", answer.Errors.Select(one => TokenRedaction.Redact(one.Message ?? one.Type ?? "unknown")));
                throw Failed(GitHubText.Cut(text, 500), error.Type);
            }

            return answer.Data.Deserialize(GraphQLJson.Of<T>()) ?? throw Failed("the answer has no data.");
        }
        catch (JsonException exception)
        {
            throw new GitHubApiException(HttpMethod.Post, "graphql", System.Net.HttpStatusCode.OK, "the answer is not the JSON expected.", exception);
        }
    }

    static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, GraphQLJson.Default.String);

    static GitHubApiException Failed(string reason, string? type = null) =>
        new(HttpMethod.Post, "graphql", System.Net.HttpStatusCode.OK, reason)
        {
            GitHubMessage = reason,
            Refusal = type switch
            {
                "NOT_FOUND" => GitHubRefusal.NotFoundOrNoAccess,
                "FORBIDDEN" or "INSUFFICIENT_SCOPES" => GitHubRefusal.PermissionMissing,
                "RATE_LIMITED" => GitHubRefusal.RateLimited,
                _ => GitHubRefusal.Other
            }
        };
}

/// <summary>A conversation on a line of a pull request.</summary>
/// <param name="Id">The id that resolving wants.</param>
/// <param name="FirstCommentId">The first comment's REST id, by which review comments are matched to threads.</param>
/// <param name="Line">1-based; null when outdated or about the file.</param>
public sealed record ReviewThread(string Id, bool IsResolved, bool IsOutdated, string? Path, int? Line, long? FirstCommentId);
