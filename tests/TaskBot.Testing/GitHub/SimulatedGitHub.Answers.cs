using System.Globalization;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>How each thing is written.</content>
public sealed partial class SimulatedGitHub
{
    static readonly JsonObject AppOf = new() { ["id"] = 4242, ["slug"] = "taskbot", ["name"] = "TaskBot" };

    static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    static long IdOf(string login) => login switch { "octocat" => 1, Bot => BotId, ActionsBot => 41898282, _ => 100 + login.Sum(character => (long)character) };

    static JsonObject UserOf(string login) => new()
    {
        ["login"] = login,
        ["id"] = IdOf(login),
        ["type"] = login.EndsWith("[bot]", StringComparison.Ordinal) ? "Bot" : "User",
    };

    /// <summary>All that a public profile has to have.</summary>
    static JsonObject ProfileOf(string login)
    {
        var profile = UserOf(login);
        var name = Uri.EscapeDataString(login);
        var address = $"https://api.github.com/users/{name}";
        foreach (var list in new[] { "followers", "subscriptions", "organizations", "repos", "received_events", "following", "gists", "starred", "events" }) profile[$"{list}_url"] = $"{address}/{list}";
        foreach (var text in new[] { "name", "company", "blog", "location", "email", "hireable", "bio" }) profile[text] = null;
        foreach (var count in new[] { "public_repos", "public_gists", "followers", "following" }) profile[count] = 0;
        foreach (var moment in new[] { "created_at", "updated_at" }) profile[moment] = "2020-01-01T00:00:00Z";
        (profile["node_id"], profile["avatar_url"], profile["gravatar_id"], profile["url"], profile["html_url"], profile["site_admin"]) =
            ("U_1", $"https://avatars.githubusercontent.com/{name}", "", address, $"https://github.com/{name}", false);
        return profile;
    }

    JsonObject RepositoryOf() => new()
    {
        ["id"] = 1,
        ["name"] = "demo",
        ["node_id"] = "R_1",
        ["full_name"] = "acme/demo",
        ["default_branch"] = "main",
        ["private"] = false,
        ["archived"] = false,
        ["owner"] = UserOf("acme"),
        ["html_url"] = "https://github.test/acme/demo",
        ["clone_url"] = "https://github.test/acme/demo.git",
    };

    static JsonObject LabelOf(string name) => new() { ["id"] = IdOf(name), ["name"] = name };

    JsonObject IssueOf(Issue issue)
    {
        var body = new JsonObject
        {
            ["id"] = issue.Number,
            ["node_id"] = $"I_{issue.Number}",
            ["number"] = issue.Number,
            ["title"] = issue.Title,
            ["body"] = issue.Body,
            ["state"] = issue.IsOpen ? "open" : "closed",
            ["locked"] = false,
            ["user"] = UserOf(issue.By),
            ["labels"] = new JsonArray([.. issue.Labels.Select(LabelOf)]),
            ["assignee"] = issue.Assignees.Count > 0 ? UserOf(issue.Assignees[0]) : null,
            ["assignees"] = new JsonArray([.. issue.Assignees.Select(UserOf)]),
            ["html_url"] = $"https://github.test/acme/demo/{(issue.Pull is null ? "issues" : "pull")}/{issue.Number}",
            ["created_at"] = Text(issue.At),
            ["updated_at"] = Text(issue.At),
            ["closed_at"] = issue.IsOpen ? null : Text(issue.At),
            ["pull_request"] = issue.Pull is null ? ExampleBodies.Absent : new JsonObject { ["url"] = $"{Url}repos/acme/demo/pulls/{issue.Number}" },
        };
        return body;
    }

    JsonObject PullOf(Issue issue)
    {
        var pull = issue.Pull!;
        return new()
        {
            ["id"] = issue.Number,
            ["node_id"] = $"PR_{issue.Number}",
            ["number"] = issue.Number,
            ["title"] = issue.Title,
            ["body"] = issue.Body,
            ["state"] = issue.IsOpen ? "open" : "closed",
            ["draft"] = pull.IsDraft,
            ["merged"] = pull.IsMerged,
            ["merged_at"] = pull.IsMerged ? Text(issue.At) : null,
            ["user"] = UserOf(issue.By),
            ["head"] = new JsonObject { ["ref"] = pull.Branch, ["sha"] = pull.Head, ["label"] = $"acme:{pull.Branch}", ["repo"] = RepositoryOf(), ["user"] = UserOf("acme") },
            ["base"] = new JsonObject { ["ref"] = pull.Base, ["sha"] = _refs[$"heads/{pull.Base}"], ["label"] = $"acme:{pull.Base}", ["repo"] = RepositoryOf(), ["user"] = UserOf("acme") },
            ["requested_reviewers"] = new JsonArray([.. pull.Reviewers.Select(UserOf)]),
            ["labels"] = new JsonArray(),
            ["html_url"] = $"https://github.test/acme/demo/pull/{issue.Number}",
            ["created_at"] = Text(issue.At),
            ["updated_at"] = Text(issue.At),
        };
    }

    JsonObject CommentOf(Comment comment) => new()
    {
        ["id"] = comment.Id,
        ["node_id"] = $"IC_{comment.Id}",
        ["body"] = comment.Body,
        ["user"] = UserOf(comment.By),
        ["html_url"] = $"https://github.test/acme/demo/issues/{comment.On.Number}#issuecomment-{comment.Id}",
        ["created_at"] = Text(comment.At),
        ["updated_at"] = Text(comment.At),
        ["performed_via_github_app"] = comment.By == Bot ? examples.Answer("apps/get-authenticated", AppOf) : ExampleBodies.Absent,
    };

    static JsonObject ReviewOf(Review review) => new()
    {
        ["id"] = review.Id,
        ["node_id"] = $"PRR_{review.Id}",
        ["user"] = UserOf(review.By),
        ["body"] = review.Body,
        ["state"] = review.State,
        ["commit_id"] = review.Commit,
        ["html_url"] = $"https://github.test/acme/demo/pull/{review.On.Number}#pullrequestreview-{review.Id}",
        ["submitted_at"] = Text(review.At),
    };

    static JsonObject ReviewCommentOf(Comment comment) => new()
    {
        ["id"] = comment.Id,
        ["node_id"] = $"PRRC_{comment.Id}",
        ["pull_request_review_id"] = comment.Review?.Id,
        ["in_reply_to_id"] = comment.Thread is { } first ? first.Id : ExampleBodies.Absent,
        ["body"] = comment.Body,
        ["user"] = UserOf(comment.By),
        ["path"] = comment.Path,
        ["line"] = comment.Line,
        ["start_line"] = null,
        ["start_side"] = null,
        ["original_line"] = comment.Line,
        ["side"] = "RIGHT",
        ["commit_id"] = comment.Commit,
        ["original_commit_id"] = comment.Commit,
        ["html_url"] = $"https://github.test/acme/demo/pull/{comment.On.Number}#discussion_r{comment.Id}",
        ["created_at"] = Text(comment.At),
        ["updated_at"] = Text(comment.At),
    };

    JsonObject CheckOf(CheckRun check) => new()
    {
        ["id"] = check.Id,
        ["node_id"] = $"CR_{check.Id}",
        ["head_sha"] = check.Head,
        ["name"] = check.Name,
        ["status"] = check.Status,
        ["conclusion"] = check.Conclusion,
        ["started_at"] = Text(check.At),
        ["completed_at"] = check.CompletedAt is { } at ? Text(at) : null,
        ["output"] = new JsonObject { ["title"] = check.Title, ["summary"] = check.Summary, ["text"] = null, ["annotations_count"] = check.Annotations.Count },
        ["check_suite"] = new JsonObject { ["id"] = check.Suite },
        ["app"] = check.By == Bot ? AppOf.DeepClone() : new JsonObject { ["id"] = 15368, ["slug"] = "github-actions", ["name"] = "GitHub Actions" },
        ["pull_requests"] = new JsonArray(),
        ["details_url"] = $"https://github.test/acme/demo/actions/runs/{check.Suite}/job/{check.Id}",
    };

    static JsonObject SuiteOf(CheckRun check) => new()
    {
        ["id"] = check.Suite,
        ["head_sha"] = check.Head,
        ["status"] = check.Status,
        ["conclusion"] = check.Conclusion,
        ["pull_requests"] = new JsonArray(),
        ["app"] = new JsonObject { ["id"] = 15368, ["slug"] = "github-actions", ["name"] = "GitHub Actions" },
    };

    static JsonObject DeliveryOf(SimulatedDelivery delivery, bool whole)
    {
        var body = new JsonObject
        {
            ["id"] = delivery.Id,
            ["guid"] = delivery.Guid,
            ["delivered_at"] = Text(delivery.At),
            ["redelivery"] = delivery.IsRedelivery,
            ["duration"] = 0.1,
            ["status"] = delivery.StatusCode is >= 200 and < 300 ? "OK" : "Failed to connect",
            ["status_code"] = delivery.StatusCode,
            ["event"] = delivery.EventName,
            ["action"] = delivery.Action,
            ["installation_id"] = 100,
            ["repository_id"] = 1,
        };
        if (whole) body["request"] = new JsonObject { ["headers"] = new JsonObject(), ["payload"] = JsonNode.Parse(delivery.Payload) };
        return body;
    }

    JsonObject JobOf(CheckRun check) => new()
    {
        ["id"] = check.Id,
        ["run_id"] = check.Suite,
        ["head_sha"] = check.Head,
        ["name"] = check.Name,
        ["status"] = check.Status,
        ["conclusion"] = check.Conclusion,
        ["created_at"] = Text(check.At),
        ["started_at"] = Text(check.At),
        ["completed_at"] = check.CompletedAt is { } at ? Text(at) : null,
        ["check_run_url"] = $"{Url}repos/acme/demo/check-runs/{check.Id}",
    };
}
