using System.Text;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Client;

/// <summary>The client against a stateful GitHub behind the proxy that judges each request by GitHub's own description.</summary>
public sealed class EmulatorTests(ContractKit kit) : IClassFixture<ContractKit>
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly RepositoryName _demo = RepositoryName.Parse(kit.Repository);

    [Fact]
    public async Task A_change_is_published_and_talked_about()
    {
        using var factory = Clients.For(kit);
        var app = factory.ForInstallation(kit.InstallationId);
        var person = factory.ForToken(kit.UserToken);

        var repository = await app.Repositories.GetAsync(_demo, None);
        repository.Address.ShouldBe(_demo);
        repository.DefaultBranch.ShouldBe("main");
        (await app.Repositories.GetPermissionAsync(_demo, "octocat", None)).Permission.ShouldBe("admin");
        (await app.Repositories.GetPermissionAsync(_demo, "mallory", None)).Permission.ShouldBe("none");
        var readme = (await app.Repositories.FindFileAsync(_demo, "README.md", reference: null, None)).ShouldNotBeNull();
        Encoding.UTF8.GetString(readme.ReadBytes()!).ShouldStartWith("# demo");
        (await app.Repositories.FindFileAsync(_demo, "no/such file.md", "main", None)).ShouldBeNull();

        var issue = await person.Issues.CreateAsync(_demo, new NewIssue("It breaks", "Really. ♥"), None);
        (await app.Issues.FindLabelAsync(_demo, "taskbot", None)).ShouldBeNull();
        await app.Issues.CreateLabelAsync(_demo, new NewLabel("taskbot", "0e8a16", "TaskBot works on it"), None);
        await person.Issues.AddLabelsAsync(_demo, issue.Number, ["taskbot"], None);
        (await app.Issues.ListAsync(_demo, None, labels: ["taskbot"]).ToListAsync(None)).ShouldHaveSingleItem().Number.ShouldBe(issue.Number);
        (await app.Issues.RemoveLabelAsync(_demo, issue.Number, "taskbot", None)).ShouldBeTrue();
        (await app.Issues.RemoveLabelAsync(_demo, issue.Number, "taskbot", None)).ShouldBeFalse();

        var comment = await app.Issues.CreateCommentAsync(_demo, issue.Number, "Working on it", None);
        await app.Issues.UpdateCommentAsync(_demo, comment.Id, "Still working on it", None);
        (await app.Issues.FindCommentAsync(_demo, comment.Id, None)).ShouldNotBeNull().Body.ShouldBe("Still working on it");
        (await app.Issues.ListCommentsAsync(_demo, issue.Number, None).ToListAsync(None)).ShouldHaveSingleItem().Id.ShouldBe(comment.Id);

        var main = (await app.Git.FindReferenceAsync(_demo, "heads/main", None)).ShouldNotBeNull().Object.Sha;
        (await app.Git.FindReferenceAsync(_demo, "heads/none", None)).ShouldBeNull();
        var head = await app.Git.GetCommitAsync(_demo, main, None);
        var blob = await app.Git.CreateBlobAsync(_demo, "fixed\n"u8.ToArray(), None);
        var tree = await app.Git.CreateTreeAsync(_demo, [new NewTreeEntry("src/fix.txt", "100644", "blob", blob)], head.Tree.Sha, None);
        (await app.Git.GetTreeAsync(_demo, tree.Sha, recursive: true, None)).Tree.ShouldContain(entry => entry.Path == "src/fix.txt" && entry.Sha == blob);
        var commit = await app.Git.CreateCommitAsync(_demo, new NewCommit("fix: it", tree.Sha, [main]), None);
        await app.Git.CreateReferenceAsync(_demo, "heads/taskbot/issue-1", commit.Sha, None);
        (await app.Repositories.FindBranchAsync(_demo, "taskbot/issue-1", None)).ShouldNotBeNull().Commit.Sha.ShouldBe(commit.Sha);
        (await app.Repositories.CompareAsync(_demo, "main", "taskbot/issue-1", None)).AheadBy.ShouldBe(1);

        var pull = await app.PullRequests.CreateAsync(
            _demo, new NewPullRequest("fix: it", "taskbot/issue-1", "main", $"Fixes #{issue.Number}", Draft: true), None);
        pull.Draft.ShouldBeTrue();
        pull.Head.Sha.ShouldBe(commit.Sha);
        (await app.PullRequests.ListAsync(_demo, None, head: "acme:taskbot/issue-1").ToListAsync(None)).ShouldHaveSingleItem().Number.ShouldBe(pull.Number);
        (await app.PullRequests.UpdateAsync(_demo, pull.Number, new PullRequestUpdate(Body: "Better words"), None)).Body.ShouldBe("Better words");
        (await app.Issues.GetAsync(_demo, issue.Number, None)).IsPullRequest.ShouldBeFalse();

        var check = await app.Checks.CreateAsync(_demo, new CheckRunWrite("TaskBot", commit.Sha, CheckStatus.InProgress), None);
        var annotations = Enumerable.Range(1, 120).Select(line => new CheckAnnotation("src/fix.txt", line, line, "notice", $"line {line}")).ToArray();
        await app.Checks.UpdateAsync(
            _demo,
            check.Id,
            new CheckRunWrite(
                Status: CheckStatus.Completed,
                Conclusion: CheckConclusion.Success,
                Output: new CheckRunOutputWrite("Done", "All is well", Annotations: annotations)),
            None);
        var checks = await app.Checks.ListForReferenceAsync(_demo, commit.Sha, None).ToListAsync(None);
        checks.ShouldHaveSingleItem().Conclusion.ShouldBe(CheckConclusion.Success);

        await app.Issues.DeleteCommentAsync(_demo, comment.Id, None);
        (await app.Issues.FindCommentAsync(_demo, comment.Id, None)).ShouldBeNull();
        await app.Git.DeleteReferenceAsync(_demo, "heads/taskbot/issue-1", None);
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task The_App_finds_its_installation_and_gets_tokens_for_it()
    {
        using var factory = Clients.For(kit);
        var apps = factory.ForApp().Apps;
        (await apps.GetAuthenticatedAsync(None)).Slug.ShouldBe("taskbot");
        (await apps.ListInstallationsAsync(None).ToListAsync(None)).ShouldHaveSingleItem().Id.ShouldBe(kit.InstallationId);
        (await apps.GetInstallationAsync(kit.InstallationId, None)).Account.ShouldNotBeNull().Login.ShouldBe("acme");
        (await apps.FindRepositoryInstallationAsync(_demo, None)).ShouldNotBeNull().Id.ShouldBe(kit.InstallationId);
        var token = await apps.CreateInstallationTokenAsync(
            kit.InstallationId, new(Repositories: ["demo"], Permissions: new Dictionary<string, string> { ["contents"] = "read" }), None);
        token.ExpiresAt.ShouldBeGreaterThan(TimeProvider.System.GetUtcNow());
        token.ToString().ShouldNotContain(token.Token);
        (await factory.ForToken(token.Token).Repositories.GetAsync(_demo, None)).Name.ShouldBe("demo");
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task What_a_token_may_not_see_is_not_found_and_the_error_says_both()
    {
        using var factory = Clients.For(kit);
        var exception = await Should.ThrowAsync<GitHubApiException>(
            () => factory.ForInstallation(kit.InstallationId).Repositories.GetAsync(new RepositoryName("acme", "nowhere"), None));
        exception.Refusal.ShouldBe(GitHubRefusal.NotFoundOrNoAccess);
        exception.Message.ShouldContain("GET /repos/acme/nowhere answered 404");
        exception.Message.ShouldContain("no access");
    }
}
