using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Forges;

/// <summary>What the emulator does not have: statuses, jobs, reactions, review threads, protected branches, and refusals. Answers are in GitHub's own shape.</summary>
public sealed class GitHubAnswersTests : IAsyncLifetime
{
    static readonly RepositoryName Demo = new("acme", "demo");
    static readonly CommitId Head = new(new string('a', 40));

    readonly ConcurrentQueue<string> seen = new();
    readonly Dictionary<string, (int Status, string Body)> answers = new(StringComparer.Ordinal)
    {
        ["GET /user"] = (200, """{"id":9,"login":"taskbot"}"""),
    };

    WebApplication server = null!;
    ForgeClients clients = null!;
    GitHubForge forge = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        server = builder.Build();
        server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            var asked = $"{context.Request.Method} {context.Request.Path}";
            seen.Enqueue($"{asked} {body}".Trim());
            var (status, text) = answers.FirstOrDefault(answer => asked == answer.Key || (answer.Key.StartsWith("POST /graphql ", StringComparison.Ordinal)
                && asked == "POST /graphql" && body.Contains(answer.Key["POST /graphql ".Length..], StringComparison.Ordinal))) is { Key: not null } found ? found.Value : (404, """{"message":"Not Found"}""");
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (text.Length > 0) await context.Response.WriteAsync(text);
        });
        await server.StartAsync();
        clients = ForgeClients.OfToken(new Uri(server.Urls.Single()), "t");
        forge = clients.Forge;
    }

    public async Task DisposeAsync()
    {
        clients.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Check_runs_and_statuses_are_one_kind_of_thing()
    {
        Answer($"GET /repos/acme/demo/commits/{Head}/check-runs", """
            {"total_count":3,"check_runs":[
              {"id":11,"name":"build","head_sha":"a","status":"completed","conclusion":"failure","app":{"id":1,"slug":"github-actions"},"output":{"title":"1 failed"}},
              {"id":12,"name":"lint","head_sha":"a","status":"in_progress","app":{"id":1,"slug":"github-actions"}},
              {"id":13,"name":"cover","head_sha":"a","status":"completed","conclusion":"success","app":{"id":2,"slug":"other"}}]}
            """);
        Answer($"GET /repos/acme/demo/commits/{Head}/status", $$$"""
            {"state":"pending","sha":"{{{Head}}}","total_count":3,"statuses":[
              {"state":"success","context":"ci/a"},{"state":"pending","context":"ci/b"},{"state":"error","context":"ci/c","description":"It broke"}]}
            """);

        var checks = await forge.GetChecksAsync(Demo, Head, default);

        checks.Select(check => (check.Name, check.Conclusion, check.Job)).ShouldBe(
            [("build", "failure", 11L), ("lint", null, 12L), ("cover", "success", null), ("ci/a", "success", null), ("ci/b", null, null), ("ci/c", "failure", null)]);
        (await forge.ReadLogAsync(Demo, checks[^1], default)).ShouldBe("It broke");
    }

    [Fact]
    public async Task A_job_runs_again_where_that_may_be_asked_for()
    {
        Answer("POST /repos/acme/demo/actions/jobs/11/rerun", "{}", 201);
        Answer("POST /repos/acme/demo/actions/jobs/12/rerun", """{"message":"Resource not accessible by integration"}""", 403);

        (await forge.RerunAsync(Demo, new("build", "failure", "") { Job = 11 }, default)).ShouldBeTrue();
        (await forge.RerunAsync(Demo, new("lint", "failure", "") { Job = 12 }, default)).ShouldBeFalse();
        (await forge.RerunAsync(Demo, new("ci/a", "failure", ""), default)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_branch_requires_is_read_from_its_protection_and_from_rulesets()
    {
        Answer("GET /repos/acme/demo/rules/branches/main", """
            [{"type":"deletion","ruleset_source_type":"Repository","ruleset_source":"acme/demo","ruleset_id":1},
             {"type":"required_status_checks","ruleset_source_type":"Organization","ruleset_source":"acme","ruleset_id":2,
              "parameters":{"strict_required_status_checks_policy":true,"required_status_checks":[{"context":"scan","integration_id":7},{"context":"build"}]} },
             {"type":"a_type_of_tomorrow","parameters":{"anything":1}}]
            """);
        Answer("GET /repos/acme/demo/rules/branches/free", "[]");
        Answer("GET /repos/acme/demo/rules/branches/hidden", """{"message":"Resource not accessible by integration"}""", 403);
        Answer("GET /repos/acme/demo/branches/hidden", $$$"""{"name":"hidden","commit":{"sha":"{{{Head}}}"},"protected":false,"protection":{"enabled":false}}""");

        Answer("GET /repos/acme/demo/branches/main", $$$"""
            {"name":"main","commit":{"sha":"{{{Head}}}"},"protected":true,"protection":{"enabled":true,"required_status_checks":{"enforcement_level":"non_admins","contexts":["build","ci/a"]} } }
            """);
        Answer("GET /repos/acme/demo/branches/free", $$$"""{"name":"free","commit":{"sha":"{{{Head}}}"},"protected":false,"protection":{"enabled":false}}""");

        var (names, isWhole) = await forge.GetRequiredChecksAsync(Demo, "main", default);
        names.ShouldBe(["build", "ci/a", "scan"]);
        isWhole.ShouldBeTrue();
        foreach (var free in (string[])["free", "gone"])
        {
            var none = await forge.GetRequiredChecksAsync(Demo, free, default);
            none.Names.ShouldBeEmpty();
            none.IsWhole.ShouldBeTrue();
        }

        var hidden = await forge.GetRequiredChecksAsync(Demo, "hidden", default);
        hidden.Names.ShouldBeEmpty();
        hidden.IsWhole.ShouldBeFalse();
    }

    [Theory]
    [InlineData(ForgeSubjectKind.Issue, Reaction.Eyes, "POST /repos/acme/demo/issues/7/reactions {\"content\":\"eyes\"}")]
    [InlineData(ForgeSubjectKind.Comment, Reaction.Hooray, "POST /repos/acme/demo/issues/comments/5/reactions {\"content\":\"hooray\"}")]
    [InlineData(ForgeSubjectKind.ReviewComment, Reaction.Confused, "POST /repos/acme/demo/pulls/comments/5/reactions {\"content\":\"confused\"}")]
    public async Task A_reaction_goes_where_it_belongs_and_what_is_gone_needs_none(ForgeSubjectKind kind, Reaction reaction, string request)
    {
        await forge.ReactAsync(Demo, new(kind, 7, 5), reaction, default);

        seen.ShouldContain(request);
    }

    [Fact]
    public async Task A_review_is_read_with_the_lines_of_the_commit_that_was_commented_on()
    {
        Answer("GET /repos/acme/demo/pulls/8/reviews", """[{"id":1,"body":"other"},{"id":2,"state":"CHANGES_REQUESTED","body":"Please.","user":{"id":3,"login":"ada"}}]""");
        Answer("GET /repos/acme/demo/pulls/8/comments", """
            [{"id":20,"pull_request_review_id":2,"path":"a.sh","line":null,"original_line":5,"original_start_line":4,"side":"RIGHT","commit_id":"b","original_commit_id":"a","body":"One"},
             {"id":21,"pull_request_review_id":2,"path":"a.sh","line":9,"original_line":9,"side":"LEFT","original_commit_id":"a","in_reply_to_id":19,"body":"Two"},
             {"id":22,"pull_request_review_id":1,"path":"a.sh","line":9,"body":"Another review's"}]
            """);

        var review = (await forge.Reviews.FindAsync(Demo, 8, 2, default)).ShouldNotBeNull();

        (review.Author, review.Body).ShouldBe(("ada", "Please."));
        review.Remarks.ShouldBe(
        [
            new ReviewRemark(20, 20, "a.sh", 4, 5, "a", IsOnNewSide: true, "One"), new ReviewRemark(21, 19, "a.sh", 9, 9, "a", IsOnNewSide: false, "Two"),
        ]);
        (await forge.Reviews.FindAsync(Demo, 8, 99, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_thread_is_answered_once_at_its_first_comment_and_resolved()
    {
        Answer("GET /repos/acme/demo/pulls/8/comments", """[{"id":19,"body":"One"},{"id":30,"in_reply_to_id":19,"user":{"id":666,"login":"eve"},"body":"<!-- m --> I am the bot."}]""");
        Answer("POST /repos/acme/demo/pulls/8/comments/19/replies", """{"id":31}""", 201);
        Answer("POST /graphql reviewThreads", """
            {"data":{"repository":{"pullRequest":{"reviewThreads":{"pageInfo":{"hasNextPage":false},"nodes":[
              {"id":"T1","isResolved":false,"isOutdated":false,"path":"a.sh","line":1,"comments":{"nodes":[{"databaseId":18}]}},
              {"id":"T2","isResolved":false,"isOutdated":false,"path":"a.sh","line":2,"comments":{"nodes":[{"databaseId":19}]}}]}}}}}
            """);
        Answer("POST /graphql resolveReviewThread", """{"data":{"resolveReviewThread":{"thread":{"id":"T2"}}}}""");
        var remark = new ReviewRemark(20, 19, "a.sh", 1, 1, "a", IsOnNewSide: true, "One");

        await forge.Reviews.AnswerAsync(Demo, 8, remark, "<!-- m -->", "Done.", resolve: true, default);
        Answer("GET /repos/acme/demo/pulls/8/comments", """[{"id":31,"in_reply_to_id":19,"user":{"id":9,"login":"taskbot"},"body":"<!-- m -->\nDone."}]""");
        await forge.Reviews.AnswerAsync(Demo, 8, remark, "<!-- m -->", "Done.", resolve: false, default);

        seen.Count(request => request.StartsWith("POST /repos/acme/demo/pulls/8/comments/19/replies", StringComparison.Ordinal)).ShouldBe(1);
        seen.Single(request => request.Contains("resolveReviewThread", StringComparison.Ordinal)).ShouldContain("\"T2\"");
    }

    [Theory]
    [InlineData("""{"id":1,"full_name":"acme/demo"}""", false)]
    [InlineData("""{"id":2,"full_name":"eve/demo","fork":true}""", true)]
    [InlineData("null", true)]
    public async Task A_forks_head_is_known_for_one_also_when_the_fork_is_gone(string repository, bool isFromFork)
    {
        Answer("GET /repos/acme/demo/pulls/8", $$$"""
            {"id":1,"number":8,"state":"closed","merged":true,"head":{"ref":"x","sha":"{{{Head}}}","repo":{{{repository}}}},"base":{"ref":"main","sha":"{{{Head}}}"}}
            """);

        var pull = await forge.GetPullRequestAsync(Demo, 8, default);

        (pull.IsFromFork, pull.State).ShouldBe((isFromFork, PullRequestState.Merged));
    }

    [Fact]
    public async Task A_diff_is_read_as_text_file_by_file()
    {
        Answer("GET /repos/acme/demo/pulls/8/files", """[{"filename":"a.sh","status":"modified","patch":"@@ -1 +1 @@\n-a\n+b"},{"filename":"new.png","status":"added"}]""");

        (await forge.GetDiffAsync(Demo, 8, default)).ShouldBe("--- a/a.sh\n+++ b/a.sh\n@@ -1 +1 @@\n-a\n+b\n--- a/new.png\n+++ b/new.png\n(added, not shown)\n");
    }

    [Theory]
    [InlineData(403, "Resource not accessible by integration", Obstacle.PermissionMissing)]
    [InlineData(403, "GitHub Actions is not permitted to create or approve pull requests.", Obstacle.MayNotOpenPullRequests)]
    [InlineData(403, "Repository was archived so is read-only.", Obstacle.RepositoryArchived)]
    [InlineData(403, "Unable to create comment because issue is locked.", Obstacle.ConversationLocked)]
    [InlineData(401, "Bad credentials", Obstacle.BadCredentials)]
    [InlineData(404, "Not Found", Obstacle.NotFound)]
    public async Task A_refusal_is_known_for_what_it_is(int status, string message, Obstacle obstacle)
    {
        Answer("GET /repos/acme/demo/issues/7", $$$"""{"message":"{{{message}}}"}""", status);

        (await Should.ThrowAsync<ForgeException>(() => forge.GetIssueAsync(Demo, 7, default))).Obstacle.ShouldBe(obstacle);
    }

    void Answer(string request, string body, int status = 200) => answers[request] = (status, body);
}
