using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TaskBot.GitHub.GraphQL;

/// <summary>GraphQL's bodies: camelCase, unlike REST's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GraphQLBody))]
[JsonSerializable(typeof(GraphQLAnswer))]
[JsonSerializable(typeof(ViewerAnswer))]
[JsonSerializable(typeof(ReviewThreadsAnswer))]
[JsonSerializable(typeof(CreateCommitAnswer))]
[JsonSerializable(typeof(CommitOnBranchInput))]
[JsonSerializable(typeof(UpdateRefsInput))]
sealed partial class GraphQLJson : JsonSerializerContext
{
    public static JsonTypeInfo<T> Of<T>() =>
        (JsonTypeInfo<T>)(Default.GetTypeInfo(typeof(T))
            ?? throw new InvalidOperationException($"{typeof(T)} is not listed in {nameof(GraphQLJson)}."));
}

sealed record GraphQLBody(string Query, IReadOnlyDictionary<string, JsonElement> Variables);

sealed record GraphQLAnswer(JsonElement Data)
{
    [AllowNull]
    public IReadOnlyList<GraphQLError> Errors { get; init => field = value ?? []; } = [];
}

sealed record GraphQLError(string? Message = null, string? Type = null);

sealed record ViewerAnswer(Viewer? Viewer = null);

sealed record Viewer(string Login, long? DatabaseId = null);

sealed record ReviewThreadsAnswer(ThreadsRepository? Repository = null);

sealed record ThreadsRepository(ThreadsPullRequest? PullRequest = null);

sealed record ThreadsPullRequest(ThreadConnection? ReviewThreads = null);

sealed record ThreadConnection(IReadOnlyList<ThreadNode> Nodes, PageInfo? PageInfo = null);

sealed record PageInfo(bool HasNextPage = false, string? EndCursor = null);

sealed record ThreadNode(
    string Id, bool IsResolved = false, bool IsOutdated = false, string? Path = null, int? Line = null, ThreadComments? Comments = null);

sealed record ThreadComments(IReadOnlyList<ThreadComment> Nodes);

sealed record ThreadComment(long? DatabaseId = null);

sealed record CreateCommitAnswer(CreatedCommit? CreateCommitOnBranch = null);

sealed record CreatedCommit(CommitOid? Commit = null);

sealed record CommitOid(string Oid);

sealed record CommitOnBranchInput(CommittableBranch Branch, string ExpectedHeadOid, CommitMessage Message, FileChanges FileChanges);

sealed record CommittableBranch(string RepositoryNameWithOwner, string BranchName);

sealed record CommitMessage(string Headline, string? Body);

sealed record FileChanges(IReadOnlyList<FileAddition> Additions, IReadOnlyList<FileDeletion> Deletions);

sealed record FileAddition(string Path, string Contents);

sealed record FileDeletion(string Path);

sealed record UpdateRefsInput(string RepositoryId, IReadOnlyList<RefUpdate> RefUpdates);

sealed record RefUpdate(string Name, string BeforeOid, string AfterOid, bool Force);
