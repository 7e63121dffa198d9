using System.Text.Json;
using TaskBot.GitHub.Webhooks;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Webhooks;

/// <summary>GitHub's recorded payloads, from the npm package @octokit/webhooks-examples.</summary>
public class RecordedPayloadTests
{
    [Fact]
    public async Task Every_recorded_payload_is_read()
    {
        var payloads = await ReadAsync();
        payloads.Count.ShouldBe(329);
        var failures = new List<string>();
        foreach (var (name, payload) in payloads)
        {
            try
            {
                var read = WebhookEvent.Parse(name, JsonSerializer.SerializeToUtf8Bytes(payload));
                read.Name.ShouldBe(name);
                read.Action.ShouldBe(payload.TryGetProperty("action", out var action) ? action.GetString() : null);
                read.Repository?.FullName.ShouldBe(payload.GetProperty("repository").GetProperty("full_name").GetString());
                if (payload.TryGetProperty("sender", out var sender) && sender.ValueKind == JsonValueKind.Object)
                    read.Sender!.Id.ShouldBe(sender.GetProperty("id").GetInt64());
                if (payload.TryGetProperty("installation", out var installation) && installation.ValueKind == JsonValueKind.Object)
                    read.Installation!.Id.ShouldBe(installation.GetProperty("id").GetInt64());
            }
            catch (WebhookPayloadException exception)
            {
                failures.Add($"{exception.Message} {exception.InnerException?.Message}");
            }
        }

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_read_before_the_rest_is_what_reading_all_says()
    {
        var commits = 0;
        foreach (var (name, payload) in await ReadAsync())
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(payload);
            var read = WebhookEvent.Parse(name, body);
            var commit = read switch
            {
                WebhookEvent.StatusEvent status => status.Sha,
                WebhookEvent.CheckRunEvent check => check.CheckRun.HeadSha,
                WebhookEvent.CheckSuiteEvent suite => suite.CheckSuite.HeadSha,
                _ => null,
            };
            (WebhookEvent.ActionOf(name, body), WebhookEvent.CheckedCommitOf(name, body)).ShouldBe((read.Action, commit));
            if (commit is not null) commits++;
        }

        commits.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task The_facts_that_decisions_need_are_there_in_every_recording()
    {
        foreach (var (name, payload) in await ReadAsync())
        {
            switch (WebhookEvent.Parse(name, JsonSerializer.SerializeToUtf8Bytes(payload)))
            {
                case WebhookEvent.IssuesEvent { Issue: var issue } issues:
                    issue.Title.ShouldBe(payload.GetProperty("issue").GetProperty("title").GetString());
                    issue.User.ShouldNotBeNull().Id.ShouldBePositive();
                    issue.UpdatedAt.ShouldNotBeNull();
                    issue.State.ShouldBeOneOf("open", "closed", null);
                    if (issues.Action is "labeled" or "unlabeled" && payload.TryGetProperty("label", out _)) issues.Label.ShouldNotBeNull();
                    break;
                case WebhookEvent.IssueCommentEvent { Comment: var comment }:
                    comment.Body.ShouldBe(payload.GetProperty("comment").GetProperty("body").GetString());
                    comment.User.ShouldNotBeNull();
                    break;
                case WebhookEvent.PullRequestEvent { PullRequest: var pull }:
                    pull.Head.Sha.Length.ShouldBe(40);
                    pull.Base.Name.ShouldNotBeEmpty();
                    pull.NodeId.ShouldNotBeNull();
                    break;
                case WebhookEvent.PullRequestReviewEvent { Review: var review }:
                    review.CommitId.ShouldNotBeNull();
                    review.State.ShouldNotBeNull();
                    break;
                case WebhookEvent.PullRequestReviewCommentEvent { Comment: var comment }:
                    comment.Path.ShouldNotBeNull();
                    comment.DiffHunk.ShouldNotBeNull();
                    break;
                case WebhookEvent.CheckRunEvent { CheckRun: var run }:
                    run.HeadSha.Length.ShouldBe(40);
                    run.CheckSuite.ShouldNotBeNull().Id.ShouldBePositive();
                    run.Status.ShouldNotBeNull();
                    break;
                case WebhookEvent.CheckSuiteEvent { CheckSuite: var suite }:
                    suite.HeadSha.ShouldNotBeNull();
                    break;
                case WebhookEvent.WorkflowRunEvent { WorkflowRun: var run }:
                    run.HeadBranch.ShouldNotBeNull();
                    run.Event.ShouldNotBeNull();
                    break;
                case WebhookEvent.StatusEvent status:
                    status.Sha.Length.ShouldBe(40);
                    break;
                case WebhookEvent.PushEvent push:
                    push.Reference.ShouldStartWith("refs/");
                    break;
                case WebhookEvent.InstallationEvent { Installation: var installation }:
                    installation.ShouldNotBeNull().Account.ShouldNotBeNull();
                    break;
            }
        }
    }

    static async Task<IReadOnlyList<(string Name, JsonElement Payload)>> ReadAsync()
    {
        await NodeKit.EnsureInstalledAsync(CancellationToken.None);
        var file = Path.Combine(NodeKit.Folder, "node_modules", "@octokit", "webhooks-examples", "api.github.com", "index.json");
        var definitions = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(file));
        return
        [
            .. definitions.EnumerateArray().SelectMany(definition => definition.GetProperty("examples").EnumerateArray()
                .Select(example => (definition.GetProperty("name").GetString()!, example)))
        ];
    }
}
