using System.Text.Json;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.GraphQL;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.GraphQL;

public class GraphQLClientTests
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly RepositoryName Demo = new("acme", "demo");

    [Fact]
    public async Task Every_document_and_its_variables_fit_GitHubs_schema()
    {
        await using var fake = await FakeGitHub.StartAsync((context, number) => context.JsonAsync(number switch
        {
            1 => """
                {"data":{"repository":{"pullRequest":{"reviewThreads":{"pageInfo":{"hasNextPage":true,"endCursor":"c1"},
                "nodes":[{"id":"T1","isResolved":false,"isOutdated":true,"path":"a.cs","line":null,"comments":{"nodes":[{"databaseId":7}]}}]}}}}}
                """,
            2 => """
                {"data":{"repository":{"pullRequest":{"reviewThreads":{"pageInfo":{"hasNextPage":false,"endCursor":null},
                "nodes":[{"id":"T2","isResolved":true,"isOutdated":false,"path":"b.cs","line":3,"comments":{"nodes":[]}}]}}}}}
                """,
            8 => """{"data":{"createCommitOnBranch":{"commit":{"oid":"abc"}}}}""",
            9 => """{"data":{"viewer":{"login":"taskbot[bot]","databaseId":9000}}}""",
            _ => """{"data":{}}"""
        }));
        await using var proxy = await ContractProxy.StartAsync(fake.Url, checkResponses: false, None);
        using var factory = Clients.For(proxy.Url);
        var graphQL = factory.ForToken("some-token").GraphQL;
        (await graphQL.ListReviewThreadsAsync(Demo, 12, None)).ShouldBe(
        [
            new ReviewThread("T1", IsResolved: false, IsOutdated: true, "a.cs", Line: null, FirstCommentId: 7),
            new ReviewThread("T2", IsResolved: true, IsOutdated: false, "b.cs", Line: 3, FirstCommentId: null)
        ]);
        await graphQL.ResolveReviewThreadAsync("T1", None);
        await graphQL.UnresolveReviewThreadAsync("T1", None);
        await graphQL.MarkReadyForReviewAsync("PR_1", None);
        await graphQL.ConvertToDraftAsync("PR_1", None);
        await graphQL.MinimizeCommentAsync("IC_1", None);
        (await graphQL.CreateCommitOnBranchAsync(
            Demo, "taskbot/x", new string('a', 40), "fix: it", "because", [("a.txt", "hello"u8.ToArray())], ["b.txt"], None)).ShouldBe("abc");
        (await graphQL.FindViewerAsync(None)).ShouldBe(new User(9000, "taskbot[bot]"));

        await graphQL.ResetReferenceAsync("R_1", "refs/heads/taskbot/x", new string('a', 40), new string('b', 40), None);

        var report = await proxy.ReportAsync(None);
        report.Violations.ShouldBeEmpty();
        report.Operations["graphql"].ShouldBe(10);
        JsonDocument.Parse(fake.Seen[1].Body).RootElement.GetProperty("variables").GetProperty("after").GetString().ShouldBe("c1");
    }

    [Theory]
    [InlineData("""{"data":null,"errors":[{"type":"NOT_FOUND","message":"Could not resolve to a node."}]}""", GitHubRefusal.NotFoundOrNoAccess, "Could not resolve")]
    [InlineData("""{"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}""", GitHubRefusal.PermissionMissing, "not accessible")]
    [InlineData("""{"errors":[{"message":"Something went wrong with ghp_abc"}]}""", GitHubRefusal.Other, "wrong with ***")]
    public async Task Errors_come_with_status_200_and_are_errors_all_the_same(string body, GitHubRefusal refusal, string says)
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync(body));
        using var factory = Clients.For(fake.Url);
        var exception = await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").GraphQL.ResolveReviewThreadAsync("T", None));
        exception.Refusal.ShouldBe(refusal);
        exception.Message.ShouldContain(says);
    }

    [Fact]
    public async Task A_pull_request_that_is_not_there_is_said()
    {
        await using var fake = await FakeGitHub.StartAsync((context, _) => context.JsonAsync("""{"data":{"repository":{"pullRequest":null}}}"""));
        using var factory = Clients.For(fake.Url);
        (await Should.ThrowAsync<GitHubApiException>(() => factory.ForToken("some-token").GraphQL.ListReviewThreadsAsync(Demo, 9, None)))
            .Message.ShouldContain("acme/demo#9");
    }
}
