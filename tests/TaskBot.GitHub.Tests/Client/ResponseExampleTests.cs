using System.Text.Json;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Workflows;

namespace TaskBot.GitHub.Tests.Client;

/// <summary>GitHub's own response examples, of its OpenAPI description, read with the client's records.</summary>
public class ResponseExampleTests
{
    // The record that the client reads an operation's accepted answer with. Null where it ignores the body.
    static readonly Dictionary<string, Type?> Records = new(StringComparer.Ordinal)
    {
        ["apps/get-authenticated"] = typeof(App),
        ["apps/list-installations"] = typeof(IReadOnlyList<Installation>),
        ["apps/get-installation"] = typeof(Installation),
        ["apps/get-repo-installation"] = typeof(Installation),
        ["apps/create-installation-access-token"] = typeof(InstallationAccessToken),
        ["apps/list-repos-accessible-to-installation"] = typeof(RepositoryPage),
        ["apps/create-from-manifest"] = typeof(AppRegistration),
        ["apps/get-webhook-config-for-app"] = typeof(WebhookConfig),
        ["apps/update-webhook-config-for-app"] = typeof(WebhookConfig),
        ["apps/list-webhook-deliveries"] = typeof(IReadOnlyList<HookDelivery>),
        ["apps/get-webhook-delivery"] = typeof(HookDelivery),
        ["apps/redeliver-webhook-delivery"] = null,
        ["rate-limit/get"] = typeof(RateLimitStatus),
        ["meta/get"] = typeof(ServerMeta),
        ["repos/get"] = typeof(Repository),
        ["repos/get-collaborator-permission-level"] = typeof(RepositoryPermission),
        ["repos/get-branch"] = typeof(Branch),
        ["repos/get-branch-rules"] = typeof(IReadOnlyList<BranchRule>),
        ["repos/get-content"] = typeof(RepositoryContent),
        ["repos/create-or-update-file-contents"] = typeof(FileWritten),
        ["repos/compare-commits-with-basehead"] = typeof(Comparison),
        ["repos/get-commit"] = typeof(Commit),
        ["repos/list-pull-requests-associated-with-commit"] = typeof(IReadOnlyList<PullRequest>),
        ["repos/create-commit-status"] = typeof(CommitStatus),
        ["repos/get-combined-status-for-ref"] = typeof(CombinedStatus),
        ["git/get-ref"] = typeof(GitReference),
        ["git/list-matching-refs"] = typeof(IReadOnlyList<GitReference>),
        ["git/create-ref"] = typeof(GitReference),
        ["git/update-ref"] = typeof(GitReference),
        ["git/create-blob"] = typeof(CommitReference),
        ["git/create-tree"] = typeof(GitTree),
        ["git/get-tree"] = typeof(GitTree),
        ["git/get-commit"] = typeof(GitCommit),
        ["git/create-commit"] = typeof(GitCommit),
        ["pulls/list"] = typeof(IReadOnlyList<PullRequest>),
        ["pulls/create"] = typeof(PullRequest),
        ["pulls/get"] = typeof(PullRequest),
        ["pulls/update"] = typeof(PullRequest),
        ["pulls/list-files"] = typeof(IReadOnlyList<ChangedFile>),
        ["pulls/list-commits"] = typeof(IReadOnlyList<Commit>),
        ["pulls/request-reviewers"] = typeof(PullRequest),
        ["pulls/list-reviews"] = typeof(IReadOnlyList<Review>),
        ["pulls/create-review"] = typeof(Review),
        ["pulls/list-comments-for-review"] = typeof(IReadOnlyList<ReviewComment>),
        ["pulls/list-review-comments"] = typeof(IReadOnlyList<ReviewComment>),
        ["pulls/create-review-comment"] = typeof(ReviewComment),
        ["pulls/create-reply-for-review-comment"] = typeof(ReviewComment),
        ["pulls/get-review-comment"] = typeof(ReviewComment),
        ["pulls/update-review-comment"] = typeof(ReviewComment),
        ["reactions/create-for-pull-request-review-comment"] = typeof(Reaction),
        ["reactions/create-for-issue-comment"] = typeof(Reaction),
        ["reactions/create-for-issue"] = typeof(Reaction),
        ["issues/list-for-repo"] = typeof(IReadOnlyList<Issue>),
        ["issues/create"] = typeof(Issue),
        ["issues/get"] = typeof(Issue),
        ["issues/update"] = typeof(Issue),
        ["issues/list-comments"] = typeof(IReadOnlyList<IssueComment>),
        ["issues/create-comment"] = typeof(IssueComment),
        ["issues/get-comment"] = typeof(IssueComment),
        ["issues/update-comment"] = typeof(IssueComment),
        ["issues/add-assignees"] = typeof(Issue),
        ["issues/get-label"] = typeof(Label),
        ["issues/create-label"] = typeof(Label),
        ["issues/list-labels-on-issue"] = typeof(IReadOnlyList<Label>),
        ["issues/add-labels"] = typeof(IReadOnlyList<Label>),
        ["issues/remove-label"] = null,
        ["checks/create"] = typeof(CheckRun),
        ["checks/get"] = typeof(CheckRun),
        ["checks/update"] = typeof(CheckRun),
        ["checks/list-annotations"] = typeof(IReadOnlyList<CheckAnnotation>),
        ["checks/list-for-ref"] = typeof(CheckRunPage),
        ["checks/list-for-suite"] = typeof(CheckRunPage),
        ["checks/rerequest-suite"] = null,
        ["actions/create-workflow-dispatch"] = typeof(DispatchedRun),
        ["actions/list-repo-workflows"] = typeof(WorkflowPage),
        ["actions/list-workflow-runs-for-repo"] = typeof(WorkflowRunPage),
        ["actions/get-workflow-run"] = typeof(WorkflowRun),
        ["actions/list-jobs-for-workflow-run"] = typeof(WorkflowJobPage),
        ["actions/list-jobs-for-workflow-run-attempt"] = typeof(WorkflowJobPage),
        ["actions/get-job-for-workflow-run"] = typeof(WorkflowJob),
        ["actions/re-run-workflow"] = null,
        ["actions/re-run-workflow-failed-jobs"] = null,
        ["actions/re-run-job-for-workflow-run"] = null,
        ["actions/cancel-workflow-run"] = null,
        ["actions/list-workflow-run-artifacts"] = typeof(ArtifactPage)
    };

    [Fact]
    public async Task Every_official_response_example_is_read()
    {
        var examples = await ResponseExamples.ReadAsync();
        examples.Count.ShouldBe(95);
        var failures = new List<string>();
        foreach (var example in examples.Where(example => example.Status < 300))
        {
            Records.ShouldContainKey(example.Operation);
            if (Records[example.Operation] is not { } type) continue;
            // A folder's listing is another form of the same operation.
            if (example.Operation == "repos/get-content" && example.Body.ValueKind == JsonValueKind.Array) type = typeof(IReadOnlyList<RepositoryContent>);
            try
            {
                JsonSerializer.Deserialize(example.Body, GitHubJson.Default.GetTypeInfo(type).ShouldNotBeNull()).ShouldNotBeNull();
            }
            catch (JsonException exception)
            {
                failures.Add($"{example.Operation} {example.Status} {example.Name}: {exception.Message}");
            }
        }

        failures.ShouldBeEmpty();
    }
}
