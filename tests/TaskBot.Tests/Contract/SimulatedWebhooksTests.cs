using System.Text.Json.Nodes;
using TaskBot.Testing.GitHub;

namespace TaskBot.Tests.Contract;

/// <summary>What the simulated GitHub sends is what GitHub's own schemas of webhooks describe: every event that it can send, each way that it is sent.</summary>
public sealed class SimulatedWebhooksTests
{
    /// <summary>Sends of these what is here; another kind of delivery has to be added, with what makes it.</summary>
    static readonly string[] Kinds =
    [
        "check_run.completed", "check_run.created", "check_suite.completed", "issue_comment.created", "issue_comment.edited", "issues.closed", "issues.labeled", "issues.opened",
        "issues.unlabeled", "pull_request.closed", "pull_request.converted_to_draft", "pull_request.edited", "pull_request.opened", "pull_request.ready_for_review",
        "pull_request.synchronize", "pull_request_review.submitted", "pull_request_review_comment.created", "push", "workflow_run.completed",
    ];

    [Fact]
    public async Task Every_payload_of_every_kind_passes_GitHubs_schemas()
    {
        var github = new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()) { Ci = _ => ("failure", "not ok") };
        github.Push("main", "octocat", ("a.txt", "one\n"), (".github/workflows/w.yml", "name: W\nrun-name: W ${{ inputs.run }}\non:\n  workflow_dispatch:\n    inputs:\n      run:\n        type: string\n"));
        var issue = github.OpenIssue("A title", "", "mallory");
        github.AddLabel(issue, "taskbot", "octocat");
        Ask("DELETE", $"issues/{issue}/labels/taskbot");
        var comment = (long)Ask("POST", $"issues/{issue}/comments", """{"body":"A comment"}""")!["id"]!;
        Ask("PATCH", $"issues/comments/{comment}", """{"body":"Another"}""");
        github.Push("work", "octocat", ("a.txt", "two\n"));
        var pull = (int)Ask("POST", "pulls", """{"title":"A change","head":"work","base":"main","draft":true}""")!["number"]!;
        Ask("PATCH", $"pulls/{pull}", """{"title":"Another title"}""");
        github.Say(pull, "A comment on a pull request", "octocat");
        github.Push("work", "taskbot[bot]", ("b.txt", "ours\n"));
        var head = github.Push("work", "octocat", ("a.txt", "three\n"));
        github.RunCi();
        Ask("POST", "check-runs", $$"""{"name":"TaskBot","head_sha":"{{head}}","status":"in_progress"}""");
        var checks = Ask("GET", $"commits/{head}/check-runs")!["check_runs"]!.AsArray();
        Ask("PATCH", $"check-runs/{checks.Single(check => (string?)check!["name"] == "TaskBot")!["id"]}", """{"conclusion":"neutral","output":{"title":"Done","summary":"Well"}}""");
        Ask("POST", $"actions/jobs/{checks.Single(check => (string?)check!["name"] == "build")!["id"]}/rerun");
        foreach (var mutation in new[] { "markPullRequestReadyForReview", "convertPullRequestToDraft" })
            Send("POST", "/graphql", new JsonObject { ["query"] = $"mutation($id: ID!) {{ {mutation} }}", ["variables"] = new JsonObject { ["id"] = $"PR_{pull}" } }.ToJsonString());
        foreach (var state in new[] { "approved", "changes_requested", "commented" }) github.SubmitReview(pull, state, state == "approved" ? "" : "Words", "octocat", ("a.txt", 1, "A remark"));
        var remark = (long)Ask("GET", $"pulls/{pull}/comments")!.AsArray()[0]!["id"]!;
        Ask("POST", $"pulls/{pull}/comments/{remark}/replies", """{"body":"An answer"}""");
        var run = (long)Ask("POST", "actions/workflows/w.yml/dispatches", """{"ref":"main","inputs":{"run":"7"},"return_run_details":true}""")!["workflow_run_id"]!;
        github.EndJob(run, "success");
        github.Merge(pull, "octocat");
        github.CloseIssue(issue, "octocat");

        var sent = github.TakePending();

        sent.Select(delivery => delivery.Action is null ? delivery.EventName : $"{delivery.EventName}.{delivery.Action}").Distinct().Order(StringComparer.Ordinal).ShouldBe(Kinds);
        await Webhooks.ShouldBeGitHubsAsync(sent.Select(delivery => (delivery.EventName, delivery.Payload)));

        JsonNode? Ask(string method, string path, string? body = null) => Send(method, $"/repos/acme/demo/{path}", body);

        JsonNode? Send(string method, string target, string? body)
        {
            var answer = github.Answer(method, target, body, SimulatedGitHub.UserToken);
            answer.Status.ShouldBeInRange(200, 299, $"{method} {target}");
            return answer.Body;
        }
    }
}
