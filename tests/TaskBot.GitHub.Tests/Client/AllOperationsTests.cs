using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Client;

/// <summary>
/// Every call that the client has, through the proxy that rejects what GitHub's description does not allow, to a server that answers with
/// GitHub's own examples.
/// </summary>
public class AllOperationsTests
{
    const string Sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    static readonly CancellationToken None = CancellationToken.None;
    static readonly RepositoryName Repo = new("octocat", "Hello-World");

    [Fact]
    public async Task Every_needed_operation_is_called_as_GitHub_describes_it_and_its_example_is_read()
    {
        var answers = await AnswersAsync();
        await using var fake = await FakeGitHub.StartAsync((context, _) => AnswerAsync(context, answers));
        await using var proxy = await ContractProxy.StartAsync(fake.Url, checkResponses: false, None);
        using var key = System.Security.Cryptography.RSA.Create(2048);
        using var factory = Clients.For(proxy.Url, configure: options =>
        {
            options.AppId = "4242";
            options.PrivateKey = key.ExportRSAPrivateKeyPem();
        });

        await CallAppAsync(factory.ForApp().Apps);
        await factory.Anonymous().Apps.CreateFromManifestAsync("code", None);
        var client = factory.ForToken("some-token");
        await CallRepositoriesAsync(client);
        await CallGitAsync(client.Git);
        await CallPullRequestsAsync(client);
        await CallIssuesAsync(client);
        await CallChecksAsync(client.Checks);
        await CallActionsAsync(client);

        var report = await proxy.ReportAsync(None);
        report.Violations.ShouldBeEmpty();
        report.Operations.Keys.Order().ShouldBe((await NeededOperationsAsync()).Order());
    }

    static async Task CallAppAsync(AppsClient apps)
    {
        await apps.GetAuthenticatedAsync(None);
        await apps.ListInstallationsAsync(None).ToListAsync(None);
        await apps.GetInstallationAsync(1, None);
        await apps.CreateInstallationTokenAsync(
            1, new InstallationTokenScope(["Hello-World"], Permissions: new Dictionary<string, string> { ["contents"] = "read" }), None);
        await apps.FindRepositoryInstallationAsync(Repo, None);
        await apps.GetWebhookConfigAsync(None);
        await apps.UpdateWebhookConfigAsync(new WebhookConfig("https://example.org/webhooks/github", "json", "new secret"), None);
        (await apps.ListDeliveriesAsync(None).ToListAsync(None)).ShouldNotBeEmpty();
        await apps.GetDeliveryAsync(12345678, None);
        await apps.RedeliverAsync(12345678, None);
    }

    static async Task CallRepositoriesAsync(GitHubClient client)
    {
        await client.Meta.GetAsync(None);
        (await client.Meta.GetRateLimitAsync(None)).Resources.Core.Limit.ShouldBe(5000);
        await client.Apps.ListRepositoriesAsync(None).ToListAsync(None);
        await client.Apps.RevokeInstallationTokenAsync(None);
        await client.Repositories.GetAsync(Repo, None);
        (await client.Repositories.GetPermissionAsync(Repo, "octocat", None)).Permission.ShouldBe("admin");
        await client.Repositories.FindBranchAsync(Repo, "feature/x", None);
        await client.Repositories.ListBranchRulesAsync(Repo, "feature/x", None).ToListAsync(None);
        await client.Repositories.FindFileAsync(Repo, "docs/read me.md", "main", None);
        await client.Repositories.WriteFileAsync(Repo, "notes/hello.txt", new FileWrite("message", "aGVsbG8=", Branch: "main"), None);
        await using (var tarball = await client.Repositories.DownloadTarballAsync(Repo, "main", None)) tarball.ShouldNotBeNull();
        await client.Repositories.CompareAsync(Repo, "main", "feature/x", None);
        await client.Repositories.FindCommitAsync(Repo, "main", None);
        await client.Repositories.ListPullRequestsOfCommitAsync(Repo, Sha, None).ToListAsync(None);
        await client.Repositories.CreateStatusAsync(Repo, Sha, new NewCommitStatus("success", "taskbot", new string('x', 300)), None);
        await client.Repositories.GetCombinedStatusAsync(Repo, "main", None);
        await client.Repositories.CreateDispatchAsync(Repo, "taskbot", JsonSerializer.SerializeToElement(new { a = 1 }), None);
    }

    static async Task CallGitAsync(GitClient git)
    {
        await git.FindReferenceAsync(Repo, "heads/feature/x", None);
        await git.ListMatchingReferencesAsync(Repo, "heads/feature/", None).ToListAsync(None);
        await git.CreateReferenceAsync(Repo, "heads/x", Sha, None);
        await git.UpdateReferenceAsync(Repo, "refs/heads/x", Sha, force: true, None);
        await git.DeleteReferenceAsync(Repo, "heads/x", None);
        await git.CreateBlobAsync(Repo, "hello"u8.ToArray(), None);
        await git.CreateTreeAsync(Repo, [new NewTreeEntry("a/b", "100644", "blob", Sha), new NewTreeEntry("gone", "100644", "blob", Sha: null)], Sha, None);
        await git.GetTreeAsync(Repo, Sha, recursive: true, None);
        await git.GetCommitAsync(Repo, Sha, None);
        await git.CreateCommitAsync(Repo, new NewCommit("message", Sha, [Sha], new GitIdentity("Mona", "mona@example.org")), None);
    }

    static async Task CallPullRequestsAsync(GitHubClient client)
    {
        var pulls = client.PullRequests;
        await pulls.ListAsync(Repo, None, "all", "octocat:new-topic", "main").ToListAsync(None);
        await pulls.CreateAsync(Repo, new NewPullRequest("title", "octocat:new-topic", "main", "body", Draft: true, MaintainerCanModify: true), None);
        await pulls.GetAsync(Repo, 1, None);
        await pulls.UpdateAsync(Repo, 1, new PullRequestUpdate("title", "body", "open", "main"), None);
        await pulls.ListFilesAsync(Repo, 1, None).ToListAsync(None);
        await pulls.ListCommitsAsync(Repo, 1, None).ToListAsync(None);
        await pulls.RequestReviewersAsync(Repo, 1, ["octocat"], None);
        await pulls.ListReviewsAsync(Repo, 1, None).ToListAsync(None);
        await pulls.CreateReviewAsync(
            Repo, 1, new NewReview("body", "COMMENT", Sha, [new NewReviewLineComment("file.md", "Please", Line: 2, Side: "RIGHT")]), None);
        await pulls.ListCommentsOfReviewAsync(Repo, 1, 80, None).ToListAsync(None);
        await pulls.ListReviewCommentsAsync(Repo, 1, None, DateTimeOffset.UnixEpoch).ToListAsync(None);
        await pulls.CreateReviewCommentAsync(
            Repo, 1, new NewReviewComment("Great", Sha, "file1.txt", Line: 2, Side: "RIGHT", StartLine: 1, StartSide: "RIGHT", SubjectType: "line"), None);
        await pulls.ReplyAsync(Repo, 1, 42, "Done", None);
        await pulls.FindReviewCommentAsync(Repo, 42, None);
        await pulls.UpdateReviewCommentAsync(Repo, 42, "Better", None);
        await client.Reactions.CreateForReviewCommentAsync(Repo, 42, ReactionContent.Rocket, None);
    }

    static async Task CallIssuesAsync(GitHubClient client)
    {
        var issues = client.Issues;
        await issues.ListAsync(Repo, None, "open", ["a", "b c"], "*", DateTimeOffset.UnixEpoch).ToListAsync(None);
        await issues.CreateAsync(Repo, new NewIssue("title", "body", ["bug"], ["octocat"]), None);
        await issues.GetAsync(Repo, 1, None);
        await issues.UpdateAsync(Repo, 1, new IssueUpdate("title", "body", "closed", "completed", ["bug"], ["octocat"]), None);
        await issues.ListCommentsAsync(Repo, 1, None, DateTimeOffset.UnixEpoch).ToListAsync(None);
        await issues.CreateCommentAsync(Repo, 1, "Me too", None);
        await issues.FindCommentAsync(Repo, 42, None);
        await issues.UpdateCommentAsync(Repo, 42, "Me too!", None);
        await issues.DeleteCommentAsync(Repo, 42, None);
        await issues.AddAssigneesAsync(Repo, 1, ["octocat"], None);
        await issues.FindLabelAsync(Repo, "help wanted", None);
        await issues.CreateLabelAsync(Repo, new NewLabel("bug", "f29513", new string('x', 200)), None);
        await issues.ListLabelsAsync(Repo, 1, None).ToListAsync(None);
        await issues.AddLabelsAsync(Repo, 1, ["bug"], None);
        await issues.RemoveLabelAsync(Repo, 1, "bug", None);
        await client.Reactions.CreateForIssueAsync(Repo, 1, ReactionContent.Heart, None);
        await client.Reactions.CreateForIssueCommentAsync(Repo, 42, ReactionContent.Eyes, None);
        await client.Reactions.DeleteForIssueCommentAsync(Repo, 42, 1, None);
    }

    static async Task CallChecksAsync(ChecksClient checks)
    {
        var annotations = Enumerable.Range(1, 51).Select(line =>
            new CheckAnnotation("a.cs", line, line, "warning", new string('ä', 70_000), new string('t', 300), "raw", 1, 2)).ToArray();
        await checks.CreateAsync(
            Repo,
            new CheckRunWrite(
                "TaskBot",
                Sha,
                CheckStatus.Completed,
                CheckConclusion.Neutral,
                "https://example.org",
                "run 7",
                DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch,
                new CheckRunOutputWrite("title", new string('s', 70_000), new string('x', 70_000), annotations),
                [new CheckRunAction("Retry", "Runs it again", "retry")]),
            None);
        await checks.GetAsync(Repo, 4, None);
        await checks.UpdateAsync(Repo, 4, new CheckRunWrite(Status: CheckStatus.InProgress), None);
        await checks.ListAnnotationsAsync(Repo, 4, None).ToListAsync(None);
        await checks.ListForReferenceAsync(Repo, "feature/x", None, "TaskBot", 4242).ToListAsync(None);
        await checks.ListForSuiteAsync(Repo, 5, None).ToListAsync(None);
        await checks.RerequestSuiteAsync(Repo, 5, None);
    }

    static async Task CallActionsAsync(GitHubClient client)
    {
        var actions = client.Actions;
        await actions.ListWorkflowsAsync(Repo, None).ToListAsync(None);
        await actions.DispatchAsync(Repo, "taskbot.yml", "main", new Dictionary<string, string> { ["issue"] = "12" }, None);
        await actions.ListRunsAsync(Repo, None, Sha, "main", "push", "completed").ToListAsync(None);
        await actions.GetRunAsync(Repo, 1, None);
        await actions.ListJobsAsync(Repo, 1, None).ToListAsync(None);
        await actions.ListJobsOfAttemptAsync(Repo, 1, 2, None).ToListAsync(None);
        await actions.GetJobAsync(Repo, 2, None);
        await using (var log = await actions.FindJobLogAsync(Repo, 2, None)) log.ShouldNotBeNull();
        await using (var logs = await actions.FindRunLogsAsync(Repo, 1, None)) logs.ShouldNotBeNull();
        await actions.RerunAsync(Repo, 1, None);
        await actions.RerunFailedJobsAsync(Repo, 1, None);
        await actions.RerunJobAsync(Repo, 2, None);
        await actions.CancelAsync(Repo, 1, None);
        await actions.ListArtifactsAsync(Repo, 1, None, "plan").ToListAsync(None);
        await using (var artifact = await actions.FindArtifactAsync(Repo, 3, None)) artifact.ShouldNotBeNull();
    }

    // The example of the request's operation; operations without one answer as their description says, downloads with some bytes.
    static Task AnswerAsync(HttpContext context, IReadOnlyList<Answer> answers)
    {
        var path = context.Request.Path.Value!;
        var method = context.Request.Method;
        if (answers.FirstOrDefault(answer => answer.Method == method && answer.Path.IsMatch(path)) is { } found)
            return context.JsonAsync(found.Body, found.Status);
        if (method == "DELETE" || path.EndsWith("/dispatches", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        }

        return context.Response.WriteAsync("some bytes");
    }

    // The most literal path first, so that /issues/comments/1 is not taken for /issues/{number}/...
    static async Task<IReadOnlyList<Answer>> AnswersAsync() =>
    [
        .. from example in await ResponseExamples.ReadAsync()
           where example.Status < 300
           orderby example.Path.Count(c => c == '{'), example.Path.Length descending
           select new Answer(
               example.Method, new Regex($"^{Pattern(example.Path)}$", RegexOptions.NonBacktracking), example.Status, example.Body.GetRawText())
    ];

    // {path} and the like span segments, other names one.
    static string Pattern(string template) => string.Concat(template.Split('{', '}').Select((part, index) =>
        index % 2 == 0 ? Regex.Escape(part) : part is "path" or "ref" or "branch" or "basehead" ? ".+" : "[^/]+"));

    static async Task<IReadOnlyList<string>> NeededOperationsAsync()
    {
        const string Script =
            """
            import fs from 'fs'; import { createRequire } from 'module'; const require = createRequire(process.cwd() + '/');
            const d = require('@octokit/openapi/generated/api.github.com.json');
            for (const l of fs.readFileSync('needed-endpoints.txt', 'utf8').trim().split('\n')) { const [m, p] = l.split(' '); console.log(d.paths[p][m.toLowerCase()].operationId); }
            """;
        return (await NodeKit.RunScriptAsync(["--input-type=module", "-e", Script], None)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    sealed record Answer(string Method, Regex Path, int Status, string Body);
}
