using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;
using TaskBot.GitHub.Workflows;

namespace TaskBot.GitHub.Client;

/// <summary>Everything that is read from or written to GitHub. Unknown members are skipped; a missing needed one is an error with its path.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JsonElement?))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(TextBody))]
[JsonSerializable(typeof(OidcDiscovery))]
[JsonSerializable(typeof(JsonWebKeySet))]
[JsonSerializable(typeof(IdTokenAnswer))]
[JsonSerializable(typeof(App))]
[JsonSerializable(typeof(IReadOnlyList<Installation>))]
[JsonSerializable(typeof(InstallationAccessToken))]
[JsonSerializable(typeof(InstallationTokenScope))]
[JsonSerializable(typeof(AppRegistration))]
[JsonSerializable(typeof(WebhookConfig))]
[JsonSerializable(typeof(IReadOnlyList<HookDelivery>))]
[JsonSerializable(typeof(RepositoryPage))]
[JsonSerializable(typeof(RateLimitStatus))]
[JsonSerializable(typeof(ServerMeta))]
[JsonSerializable(typeof(RepositoryPermission))]
[JsonSerializable(typeof(Branch))]
[JsonSerializable(typeof(IReadOnlyList<BranchRule>))]
[JsonSerializable(typeof(IReadOnlyList<Reaction>))]
[JsonSerializable(typeof(IReadOnlyList<RepositoryContent>))]
[JsonSerializable(typeof(FileWrite))]
[JsonSerializable(typeof(FileWritten))]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(IReadOnlyList<Commit>))]
[JsonSerializable(typeof(NewCommitStatus))]
[JsonSerializable(typeof(CombinedStatus))]
[JsonSerializable(typeof(DispatchBody))]
[JsonSerializable(typeof(IReadOnlyList<GitReference>))]
[JsonSerializable(typeof(NewReference))]
[JsonSerializable(typeof(ReferenceUpdate))]
[JsonSerializable(typeof(NewBlob))]
[JsonSerializable(typeof(GitBlob))]
[JsonSerializable(typeof(NewTree))]
[JsonSerializable(typeof(GitTree))]
[JsonSerializable(typeof(GitCommit))]
[JsonSerializable(typeof(NewCommit))]
[JsonSerializable(typeof(IReadOnlyList<Issue>))]
[JsonSerializable(typeof(NewIssue))]
[JsonSerializable(typeof(IssueUpdate))]
[JsonSerializable(typeof(IReadOnlyList<IssueComment>))]
[JsonSerializable(typeof(IReadOnlyList<Label>))]
[JsonSerializable(typeof(NewLabel))]
[JsonSerializable(typeof(LabelsBody))]
[JsonSerializable(typeof(AssigneesBody))]
[JsonSerializable(typeof(Reaction))]
[JsonSerializable(typeof(ReactionBody))]
[JsonSerializable(typeof(IReadOnlyList<PullRequest>))]
[JsonSerializable(typeof(NewPullRequest))]
[JsonSerializable(typeof(PullRequestUpdate))]
[JsonSerializable(typeof(IReadOnlyList<ChangedFile>))]
[JsonSerializable(typeof(ReviewersBody))]
[JsonSerializable(typeof(IReadOnlyList<Review>))]
[JsonSerializable(typeof(NewReview))]
[JsonSerializable(typeof(IReadOnlyList<ReviewComment>))]
[JsonSerializable(typeof(NewReviewComment))]
[JsonSerializable(typeof(CheckRunWrite))]
[JsonSerializable(typeof(CheckRunPage))]
[JsonSerializable(typeof(IReadOnlyList<CheckAnnotation>))]
[JsonSerializable(typeof(WorkflowPage))]
[JsonSerializable(typeof(WorkflowRunPage))]
[JsonSerializable(typeof(WorkflowJobPage))]
[JsonSerializable(typeof(ArtifactPage))]
[JsonSerializable(typeof(WorkflowDispatchBody))]
[JsonSerializable(typeof(DispatchedRun))]
[JsonSerializable(typeof(WebhookEvent.IssuesEvent))]
[JsonSerializable(typeof(WebhookEvent.IssueCommentEvent))]
[JsonSerializable(typeof(WebhookEvent.PullRequestEvent))]
[JsonSerializable(typeof(WebhookEvent.PullRequestReviewEvent))]
[JsonSerializable(typeof(WebhookEvent.PullRequestReviewCommentEvent))]
[JsonSerializable(typeof(WebhookEvent.CheckRunEvent))]
[JsonSerializable(typeof(WebhookEvent.CheckSuiteEvent))]
[JsonSerializable(typeof(WebhookEvent.WorkflowRunEvent))]
[JsonSerializable(typeof(WebhookEvent.StatusEvent))]
[JsonSerializable(typeof(WebhookEvent.PushEvent))]
[JsonSerializable(typeof(WebhookEvent.InstallationEvent))]
[JsonSerializable(typeof(WebhookEvent.InstallationRepositoriesEvent))]
[JsonSerializable(typeof(WebhookEvent.RepositoryEvent))]
[JsonSerializable(typeof(WebhookEvent.PingEvent))]
[JsonSerializable(typeof(WebhookEvent.RepositoryDispatchEvent))]
[JsonSerializable(typeof(WebhookEvent.WorkflowDispatchEvent))]
[JsonSerializable(typeof(WebhookEvent.ScheduleEvent))]
[JsonSerializable(typeof(WebhookEvent.Unknown))]
sealed partial class GitHubJson : JsonSerializerContext
{
    /// <summary>The metadata of a type listed above.</summary>
    public static JsonTypeInfo<T> Of<T>() =>
        (JsonTypeInfo<T>)(Default.GetTypeInfo(typeof(T))
            ?? throw new InvalidOperationException($"{typeof(T)} is not listed in {nameof(GitHubJson)}."));
}

/// <summary>The body of every request that writes nothing but text.</summary>
sealed record TextBody(string Body);
