using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Tests.Client;

/// <summary>How requests travel, against a server that misbehaves as GitHub may. The clock is moved by hand; nothing waits.</summary>
public class GitHubConnectionTests
{
    const string Repository = """{"id":1,"name":"demo","full_name":"acme/demo"}""";
    static readonly CancellationToken None = CancellationToken.None;
    static readonly RepositoryName Demo = new("acme", "demo");

    // The timer of an attempt's time limit is the only one as long as this.
    static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_request_says_who_and_which_version()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync(Repository));
        using var factory = Clients.For(fake.Url);
        await factory.ForToken("secret-token").Repositories.GetAsync(Demo, None);
        var seen = fake.Seen.ShouldHaveSingleItem();
        seen.Header("Accept").ShouldBe("application/vnd.github+json");
        seen.Header("X-GitHub-Api-Version").ShouldBe("2022-11-28");
        seen.Header("User-Agent").ShouldNotBeNull().ShouldStartWith("TaskBot/");
        seen.Header("Authorization").ShouldBe("Bearer secret-token");
    }

    [Fact]
    public async Task An_enterprise_server_is_reached_below_its_path()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
            context.JsonAsync(context.Request.Path == "/api/graphql" ? """{"data":{}}""" : Repository));
        using var factory = Clients.For(new Uri(fake.Url, "/api/v3"));
        await factory.ForToken("some-token").Repositories.GetAsync(Demo, None);
        await factory.ForToken("some-token").GraphQL.MarkReadyForReviewAsync("PR_1", None);
        fake.Seen.Select(seen => seen.Address).ShouldBe(["/api/v3/repos/acme/demo", "/api/graphql"]);
    }

    [Fact]
    public async Task A_value_in_a_path_stays_a_value()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("""{"name":"x"}"""));
        using var factory = Clients.For(fake.Url);
        await factory.ForToken("some-token").Issues.FindLabelAsync(Demo, "a/b?c#d %2e", None);
        fake.Seen.ShouldHaveSingleItem().Address.ShouldBe("/repos/acme/demo/labels/a%2Fb%3Fc%23d%20%252e");
        await Should.ThrowAsync<ArgumentException>(() => factory.ForToken("some-token").Issues.FindLabelAsync(Demo, "..", None));
        await Should.ThrowAsync<ArgumentException>(() => factory.ForToken("some-token").Repositories.FindFileAsync(Demo, "a/../../b", reference: null, None));
        fake.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_on_the_same_host_keeps_token_method_and_body(int status)
    {
        await using var fake = await FakeGitHub.StartAsync((context, number) => number == 1
            ? context.RedirectAsync(status, "/repositories/1/issues/2/comments")
            : context.JsonAsync("""{"id":7,"body":"hello"}""", 201));
        using var factory = Clients.For(fake.Url);
        var comment = await factory.ForToken("secret-token").Issues.CreateCommentAsync(Demo, 2, "hello", None);
        comment.Id.ShouldBe(7);
        var second = fake.Seen[1];
        second.Method.ShouldBe("POST");
        second.Address.ShouldBe("/repositories/1/issues/2/comments");
        second.Body.ShouldBe("""{"body":"hello"}""");
        second.Header("Authorization").ShouldBe("Bearer secret-token");
    }

    [Fact]
    public async Task A_redirect_to_another_host_loses_the_token()
    {
        await using var storage = await FakeGitHub.StartAsync((context, _) => context.Response.WriteAsync("line 1\nline 2\n"));
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.RedirectAsync(302, new Uri(storage.Url, "/logs?signature=x").AbsoluteUri));
        using var factory = Clients.For(fake.Url);
        await using var log = await factory.ForToken("secret-token").Actions.FindJobLogAsync(Demo, 5, None);
        (await new StreamReader(log.ShouldNotBeNull()).ReadToEndAsync(None)).ShouldBe("line 1\nline 2\n");
        fake.Seen.ShouldHaveSingleItem().Header("Authorization").ShouldBe("Bearer secret-token");
        storage.Seen.ShouldHaveSingleItem().Header("Authorization").ShouldBeNull();
    }

    [Fact]
    public async Task A_download_that_falls_silent_ends()
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync(async (context, _) =>
        {
            await context.Response.WriteAsync("line 1\n");
            await context.Response.Body.FlushAsync();
            var left = new TaskCompletionSource();
            await using var waiting = context.RequestAborted.Register(left.SetResult);
            await left.Task;
        });
        using var factory = Clients.For(fake.Url, time);
        await using var archive = await factory.ForToken("some-token").Repositories.DownloadTarballAsync(Demo, "main", None);
        var read = new byte[100];
        (await archive.ReadAtLeastAsync(read, 7)).ShouldBe(7);
        var more = archive.ReadAsync(read, None).AsTask();
        await time.AdvanceToTimerAsync(left => left == TimeSpan.FromSeconds(30));
        (await Should.ThrowAsync<IOException>(more)).Message.ShouldContain("nothing came for 30 s");
    }

    [Fact]
    public async Task A_write_is_not_carried_to_another_host()
    {
        await using var other = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("{}"));
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.RedirectAsync(307, other.Url.AbsoluteUri));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, "text", None));
        exception.Message.ShouldContain("another host");
        other.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.RedirectAsync(301, "/again"));
        using var factory = Clients.For(fake.Url);
        (await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").Repositories.GetAsync(Demo, None))).Message.ShouldContain("redirects");
        fake.Seen.Count.ShouldBe(6);
    }

    [Fact]
    public async Task Pages_are_followed_as_their_links_say_and_only_as_far_as_read()
    {
        FakeGitHub? server = null;
        await using var fake = server = await FakeGitHub.StartAsync((context, number) =>
        {
            if (number < 3) context.Response.Headers.Link = $"<{server!.Url}repositories/9/labels?after={number}>; rel=\"next\", <{server.Url}x>; rel=\"last\"";
            return context.JsonAsync($$"""[{"name":"label {{number}}"}]""");
        });
        using var factory = Clients.For(fake.Url);
        var labels = factory.ForToken("some-token").Issues.ListLabelsAsync(Demo, 1, None);
        (await labels.Select(label => label.Name).ToListAsync(None)).ShouldBe(["label 1", "label 2", "label 3"]);
        fake.Seen.Select(seen => seen.Address).ShouldBe(
            ["/repos/acme/demo/issues/1/labels?per_page=100", "/repositories/9/labels?after=1", "/repositories/9/labels?after=2"]);
    }

    [Fact]
    public async Task A_next_page_on_another_host_is_refused()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
        {
            context.Response.Headers.Link = "<https://example.org/steal>; rel=\"next\"";
            return context.JsonAsync("[]");
        });
        using var factory = Clients.For(fake.Url);
        await Should.ThrowAsync<GitHubApiException>(async () => await factory.ForToken("some-token").Issues.ListLabelsAsync(Demo, 1, None).ToListAsync(None));
    }

    [Fact]
    public async Task What_did_not_change_is_answered_from_memory_for_the_same_credential_only()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
        {
            context.Response.Headers.ETag = "W/\"v1\"";
            if (context.Request.Headers.IfNoneMatch == "W/\"v1\"")
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            return context.JsonAsync(Repository);
        });
        using var factory = Clients.For(fake.Url);
        var client = factory.ForToken("a");
        (await client.Repositories.GetAsync(Demo, None)).Id.ShouldBe(1);
        (await client.Repositories.GetAsync(Demo, None)).Id.ShouldBe(1);
        await factory.ForToken("b").Repositories.GetAsync(Demo, None);
        fake.Seen.Select(seen => seen.Header("If-None-Match")).ShouldBe([null, "W/\"v1\"", null]);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(429)]
    public async Task Retry_After_is_waited_for_even_by_a_write(int status)
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, number) =>
        {
            if (number > 1) return context.JsonAsync("""{"id":7}""", 201);
            context.Response.Headers.RetryAfter = "17";
            return context.JsonAsync("""{"message":"You have exceeded a secondary rate limit."}""", status);
        });
        using var factory = Clients.For(fake.Url, time);
        var comment = factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, "text", None);
        (await time.AdvanceToTimerAsync(left => left != RequestTimeout)).ShouldBeInRange(TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(22));
        (await comment).Id.ShouldBe(7);
        fake.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_used_up_budget_is_waited_for_until_its_reset()
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, number) =>
        {
            if (number > 1) return context.JsonAsync(Repository);
            context.Response.Headers["x-ratelimit-remaining"] = "0";
            context.Response.Headers["x-ratelimit-reset"] = time.GetUtcNow().AddSeconds(100).ToUnixTimeSeconds().ToString();
            return context.JsonAsync("""{"message":"API rate limit exceeded"}""", 403);
        });
        using var factory = Clients.For(fake.Url, time);
        var repository = factory.ForToken("some-token").Repositories.GetAsync(Demo, None);
        (await time.AdvanceToTimerAsync(left => left > TimeSpan.FromSeconds(60))).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(101));
        (await repository).Id.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_hint_a_limit_is_waited_for_longer_each_time_and_not_forever()
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("""{"message":"secondary rate limit"}""", 429));
        using var factory = Clients.For(fake.Url, time);
        var repository = factory.ForToken("some-token").Repositories.GetAsync(Demo, None);
        foreach (var minutes in (int[])[1, 2, 4])
        {
            var wait = await time.AdvanceToTimerAsync(left => left >= TimeSpan.FromMinutes(1));
            wait.ShouldBeInRange(TimeSpan.FromMinutes(minutes), TimeSpan.FromMinutes(minutes * 1.25));
        }

        var exception = await Should.ThrowAsync<GitHubRateLimitException>(() => repository);
        exception.RetryAt.ShouldBe(time.GetUtcNow().AddMinutes(8));
        fake.Seen.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_longer_wait_than_allowed_fails_at_once_and_so_does_the_next_call_without_asking()
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
        {
            context.Response.Headers.RetryAfter = "3600";
            return context.JsonAsync("{}", 429);
        });
        using var factory = Clients.For(fake.Url, time);
        var client = factory.ForToken("some-token");
        var exception = await Should.ThrowAsync<GitHubRateLimitException>(() => client.Repositories.GetAsync(Demo, None));
        exception.RetryAt.ShouldBe(time.GetUtcNow().AddHours(1));
        await Should.ThrowAsync<GitHubRateLimitException>(() => client.Repositories.GetAsync(Demo, None));
        fake.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_read_is_repeated_when_the_server_fails(int status)
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, number) => number < 3 ? context.JsonAsync("<html>", status) : context.JsonAsync(Repository));
        using var factory = Clients.For(fake.Url, time);
        var repository = factory.ForToken("some-token").Repositories.GetAsync(Demo, None);
        (await time.AdvanceToTimerAsync(left => left != RequestTimeout)).ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.25));
        (await time.AdvanceToTimerAsync(left => left != RequestTimeout)).ShouldBeInRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.5));
        (await repository).Id.ShouldBe(1);
    }

    [Fact]
    public async Task A_comment_is_never_written_twice_because_the_server_failed()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("""{"message":"Server Error"}""", 502));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, "private text", None));
        exception.Status.ShouldBe(HttpStatusCode.BadGateway);
        exception.Message.ShouldNotContain("private text");
        fake.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_blob_is_stored_again_when_the_server_fails()
    {
        var time = new ManualTime();
        await using var fake = await FakeGitHub.StartAsync((context, number) => number == 1 ? context.JsonAsync("", 500) : context.JsonAsync("""{"sha":"abc"}""", 201));
        using var factory = Clients.For(fake.Url, time);
        var blob = factory.ForToken("some-token").Git.CreateBlobAsync(Demo, new byte[] { 1, 2 }, None);
        await time.AdvanceToTimerAsync(left => left != RequestTimeout);
        (await blob).ShouldBe("abc");
    }

    [Fact]
    public async Task A_silent_server_is_a_timeout_and_not_a_cancellation()
    {
        var time = new ManualTime();
        var silent = new TaskCompletionSource();
        await using var fake = await FakeGitHub.StartAsync((_, _) => silent.Task);
        using var factory = Clients.For(fake.Url, time);
        var comment = factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, "text", None);
        await time.AdvanceToTimerAsync(left => left == RequestTimeout);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => comment);
        exception.Status.ShouldBeNull();
        exception.InnerException.ShouldBeOfType<TimeoutException>();
        exception.Message.ShouldBe("POST /repos/acme/demo/issues/1/comments failed: no answer within 30 s.");

        using var cancelled = new CancellationTokenSource();
        var repository = factory.ForToken("some-token").Repositories.GetAsync(Demo, cancelled.Token);
        await time.TimerAsync(left => left == RequestTimeout);
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => repository);
        silent.SetResult();
    }

    [Fact]
    public async Task An_unreachable_server_says_so_after_trying_again()
    {
        var time = new ManualTime();
        Uri closed;
        await using (var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync(Repository))) closed = fake.Url;
        using var factory = Clients.For(closed, time);
        var repository = factory.ForToken("some-token").Repositories.GetAsync(Demo, None);
        for (var attempt = 1; attempt < 4; attempt++) await time.AdvanceToTimerAsync(left => left < RequestTimeout);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => repository);
        exception.Status.ShouldBeNull();
        exception.Message.ShouldContain("connection");
    }

    [Fact]
    public async Task Writes_go_one_after_the_other_a_second_apart_and_reads_pass_by()
    {
        var time = new ManualTime();
        var arrivals = new ConcurrentQueue<(string Method, DateTimeOffset At)>();
        var inside = 0;
        var most = 0;
        await using var fake = await FakeGitHub.StartAsync(async (context, _) =>
        {
            if (context.Request.Method == "POST") most = Math.Max(most, Interlocked.Increment(ref inside));
            arrivals.Enqueue((context.Request.Method, time.GetUtcNow()));
            await context.JsonAsync(context.Request.Method == "GET" ? Repository : """{"id":1}""");
            if (context.Request.Method == "POST") Interlocked.Decrement(ref inside);
        });
        using var factory = Clients.For(fake.Url, time, options => options.WriteInterval = TimeSpan.FromSeconds(1));
        var client = factory.ForToken("some-token");
        var writes = Enumerable.Range(1, 3).Select(number => client.Issues.CreateCommentAsync(Demo, number, "text", None)).ToArray();
        await time.TimerAsync(left => left == TimeSpan.FromSeconds(1));
        await client.Repositories.GetAsync(Demo, None);
        await time.AdvanceToTimerAsync(left => left == TimeSpan.FromSeconds(1));
        await time.AdvanceToTimerAsync(left => left == TimeSpan.FromSeconds(1));
        await Task.WhenAll(writes);
        most.ShouldBe(1);
        var start = arrivals.First().At;
        arrivals.Where(arrival => arrival.Method == "POST").Select(arrival => (arrival.At - start).TotalSeconds).ShouldBe([0, 1, 2]);
        arrivals.Single(arrival => arrival.Method == "GET").At.ShouldBe(start);
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
        {
            context.Response.Headers["X-Accepted-GitHub-Permissions"] = "issues=write; pull_requests=write";
            context.Response.Headers["X-GitHub-Request-Id"] = "ABCD:1";
            return context.JsonAsync("""{"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/x"}""", 403);
        });
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, "text", None));
        exception.Refusal.ShouldBe(GitHubRefusal.PermissionMissing);
        exception.AcceptedPermissions.ShouldBe("issues=write; pull_requests=write");
        exception.DocumentationUrl.ShouldBe("https://docs.github.com/x");
        exception.RequestId.ShouldBe("ABCD:1");
        exception.Message.ShouldBe(
            "POST /repos/acme/demo/issues/1/comments answered 403: Resource not accessible by integration. "
            + "The token needs one of these permissions: issues=write; pull_requests=write.");
    }

    [Fact]
    public async Task The_setting_that_keeps_Actions_from_opening_pull_requests_is_named()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) =>
            context.JsonAsync("""{"message":"GitHub Actions is not permitted to create or approve pull requests."}""", 403));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(
            () => factory.ForToken("some-token").PullRequests.CreateAsync(Demo, new("t", "h", "b"), None));
        exception.Refusal.ShouldBe(GitHubRefusal.ActionsMayNotCreatePullRequests);
        exception.Message.ShouldContain("Allow GitHub Actions to create and approve pull requests");
        exception.Message.ShouldContain("Settings > Actions > General");
    }

    [Fact]
    public async Task An_invalid_field_is_told_and_a_token_in_the_answer_is_not()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync(
            """{"message":"Validation Failed for ghs_1234_eyJhbGciOi.J9-x_y","errors":[{"resource":"PullRequest","code":"custom","message":"No commits between main and x"},"plain"]}""",
            422));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(
            () => factory.ForToken("some-token").PullRequests.CreateAsync(Demo, new("t", "h", "b"), None));
        exception.Refusal.ShouldBe(GitHubRefusal.Invalid);
        exception.GitHubMessage.ShouldBe("Validation Failed for ***; PullRequest custom No commits between main and x; plain");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"name":"demo"}""")]
    [InlineData("<html>")]
    public async Task An_answer_that_is_not_the_record_is_an_error_with_its_subject(string body)
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync(body));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").Repositories.GetAsync(Demo, None));
        exception.Message.ShouldStartWith("GET /repos/acme/demo answered 200: ");
    }

    [Fact]
    public async Task Long_texts_are_cut_to_GitHubs_limit_between_characters()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("""{"id":1}""", 201));
        using var factory = Clients.For(fake.Url);
        var text = string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 7_000));
        await factory.ForToken("some-token").Issues.CreateCommentAsync(Demo, 1, text, None);
        var sent = System.Text.Json.JsonDocument.Parse(fake.Seen.ShouldHaveSingleItem().Body).RootElement.GetProperty("body").GetString()!;
        sent.Length.ShouldBeInRange(65_400, GitHubText.BodyLimit);
        var kept = sent[..sent.IndexOf("\n\n…", StringComparison.Ordinal)];
        (kept.Length % "👩‍👩‍👧‍👦".Length).ShouldBe(0);
        sent.ShouldEndWith("this text has 77,000.");
    }
}
