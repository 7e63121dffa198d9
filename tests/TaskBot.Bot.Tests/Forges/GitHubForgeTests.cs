using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Forges;

/// <summary>The forge against a stateful GitHub behind the proxy that judges each request by GitHub's own description.</summary>
public sealed class GitHubForgeTests : IClassFixture<ContractKit>, IAsyncLifetime
{
    const string Marker = "<!-- taskbot:tracking -->";

    readonly ContractKit kit;
    readonly RepositoryName demo;
    readonly ForgeClients clients;
    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-forge-");
    readonly GitHubForge forge;
    readonly GitHubClient app;
    readonly GitHubClient person;
    GitRepository git = null!;
    TreeId baseTree;
    CommitId baseCommit;

    public GitHubForgeTests(ContractKit kit)
    {
        this.kit = kit;
        demo = RepositoryName.Parse(kit.Repository);
        clients = ForgeClients.OfApp(kit.Url, kit.AppId, kit.PrivateKey);
        forge = clients.Forge;
        app = clients.Clients.ForInstallation(kit.InstallationId);
        person = clients.Clients.ForToken(kit.UserToken);
    }

    public async Task InitializeAsync()
    {
        git = await GitRepository.CreateBareAsync(Path.Combine(place.FullName, "repository.git"), default);
        var readme = (await app.Repositories.FindFileAsync(demo, "README.md", "main", default)).ShouldNotBeNull().ReadBytes()!;
        baseTree = await WriteAsync(await git.EmptyTreeAsync(default), "README.md", Encoding.UTF8.GetString(readme));
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        baseCommit = await git.CommitAsync(new CommitDraft(baseTree, [], who, who, "Start"), default);
    }

    public async Task DisposeAsync()
    {
        clients.Dispose();
        await git.DisposeAsync();
        place.Delete(recursive: true);
    }

    [Fact]
    public async Task The_repository_and_its_people_are_as_GitHub_says()
    {
        (await forge.GetRepositoryAsync(demo, default)).DefaultBranch.ShouldBe("main");
        (await forge.GetPermissionAsync(demo, "octocat", default)).ShouldBe(Permission.Admin);
        (await forge.GetPermissionAsync(demo, "mallory", default)).ShouldBe(Permission.None);
        await Should.ThrowAsync<ForgeException>(() => forge.GetRepositoryAsync(new RepositoryName("acme", "nowhere"), default));
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task A_comment_of_ours_is_edited_in_place_and_a_strangers_with_our_marker_is_left_alone()
    {
        var issue = await person.Issues.CreateAsync(demo, new NewIssue("A title", "A body"), default);
        var theirs = await person.Issues.CreateCommentAsync(demo, issue.Number, $"{Marker}\nI am the bot.", default);

        var made = await forge.PutCommentAsync(demo, issue.Number, Marker, $"{Marker}\nOne", default);
        (await forge.PutCommentAsync(demo, issue.Number, Marker, $"{Marker}\nTwo", default)).ShouldBe(made);

        var comments = await app.Issues.ListCommentsAsync(demo, issue.Number, default).ToListAsync();
        comments.Select(comment => comment.Body).ShouldBe([$"{Marker}\nI am the bot.", $"{Marker}\nTwo"]);
        (await app.Issues.FindCommentAsync(demo, theirs.Id, default)).ShouldNotBeNull().Body.ShouldEndWith("I am the bot.");
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task A_label_goes_once_and_may_be_gone_already()
    {
        var issue = await person.Issues.CreateAsync(demo, new NewIssue("A title", "A body"), default);
        await person.Issues.AddLabelsAsync(demo, issue.Number, ["taskbot", "a b/c"], default);
        (await forge.GetIssueAsync(demo, issue.Number, default)).Labels.ShouldBe(["taskbot", "a b/c"], ignoreOrder: true);

        await forge.RemoveLabelAsync(demo, issue.Number, "a b/c", default);
        await forge.RemoveLabelAsync(demo, issue.Number, "a b/c", default);

        (await forge.GetIssueAsync(demo, issue.Number, default)).Labels.ShouldBe(["taskbot"]);
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task A_tree_is_published_on_the_forges_own_base_and_trying_again_finds_it()
    {
        var tree = await WriteAsync(baseTree, "src/new.txt", "new\n");

        var head = await PublishAsync("taskbot/publish", tree, expected: null);

        (await PublishAsync("taskbot/publish", tree, expected: null)).ShouldBe(head);
        var commit = await app.Git.GetCommitAsync(demo, head.Value, default);
        commit.Parents.ShouldHaveSingleItem().Sha.ShouldBe((await app.Git.FindReferenceAsync(demo, "heads/main", default)).ShouldNotBeNull().Object.Sha);
        Encoding.UTF8.GetString((await app.Repositories.FindFileAsync(demo, "src/new.txt", head.Value, default)).ShouldNotBeNull().ReadBytes()!).ShouldBe("new\n");
        (await Should.ThrowAsync<ForgeException>(async () => await PublishAsync("taskbot/publish", await WriteAsync(baseTree, "src/new.txt", "newer\n"), expected: null)))
            .Message.ShouldContain("Someone else worked on it");
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task A_file_that_differs_on_the_forges_base_is_not_published_over()
    {
        var stale = await WriteAsync(baseTree, "README.md", "# Something else\n");
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        var staleCommit = await git.CommitAsync(new CommitDraft(stale, [], who, who, "Stale"), default);
        var tree = await WriteAsync(stale, "README.md", "# Mine\n");

        var refused = await Should.ThrowAsync<ForgeException>(() => forge.PublishAsync(Request("taskbot/stale", staleCommit, tree, expected: null), default));

        refused.Message.ShouldContain("changed meanwhile in what this run changed (README.md)");
        (await app.Git.FindReferenceAsync(demo, "heads/taskbot/stale", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_branch_has_one_pull_request_and_its_head_one_check_of_ours()
    {
        var head = await PublishAsync("taskbot/pull", await WriteAsync(baseTree, "pull.txt", "pull\n"), expected: null);

        var made = await forge.PutPullRequestAsync(new PullRequestText(demo, "taskbot/pull", "main", "fix: it", "One"), default);
        var again = await forge.PutPullRequestAsync(new PullRequestText(demo, "taskbot/pull", "main", "fix: it better", "Two"), default);
        await forge.PutCheckAsync(demo, head, new CheckReport("TaskBot", null, "running", "One"), default);
        await forge.PutCheckAsync(demo, head, new CheckReport("TaskBot", "success", "done", "Two"), default);

        again.Number.ShouldBe(made.Number);
        made.IsDraft.ShouldBeTrue();
        var pull = (await app.PullRequests.ListAsync(demo, default, head: "acme:taskbot/pull").ToListAsync()).ShouldHaveSingleItem();
        (pull.Title, pull.Body, pull.Head.Sha).ShouldBe(("fix: it better", "Two", head.Value));
        (await forge.GetChecksAsync(demo, head, default)).ShouldBe([new ForgeCheck("TaskBot", "success", "done\nTwo")]);
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task We_know_ourselves_by_number_and_a_branch_for_what_it_requires()
    {
        var self = await forge.GetSelfAsync(demo, default);

        (self.Login, self.Handle).ShouldBe(("taskbot[bot]", "taskbot"));
        (await forge.GetRequiredChecksAsync(demo, "main", default)).Names.ShouldBeEmpty();
        await kit.NothingWasRejectedAsync(default);
    }

    [Fact]
    public async Task What_someone_pushed_in_between_is_never_overwritten()
    {
        var head = await PublishAsync("taskbot/top", await WriteAsync(baseTree, "top.txt", "one\n"), expected: null);
        var theirs = await WriteAsync(await WriteAsync(baseTree, "top.txt", "one\n"), "theirs.txt", "mine\n");
        var published = await app.Git.GetCommitAsync(demo, head.Value, default);
        var pushed = await app.Git.CreateCommitAsync(
            demo, new TaskBot.GitHub.Git.NewCommit("Mine", await RemoteTreeAsync(published.Tree.Sha, "theirs.txt", "mine\n"), [head.Value], null), default);
        await app.Git.UpdateReferenceAsync(demo, "heads/taskbot/top", pushed.Sha, force: false, default);
        // The same commit in the local object store is known by the forge's id only; the trees are the same.
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        var local = await git.CommitAsync(new CommitDraft(theirs, [], who, who, "Mine"), default);
        var tree = await WriteAsync(theirs, "top.txt", "two\n");

        var moved = await Should.ThrowAsync<ForgeException>(() => forge.PublishAsync(Request("taskbot/top", local, tree, expected: head), default));

        moved.Obstacle.ShouldBeOneOf(Obstacle.HeadMoved, Obstacle.BaseMoved);
        (await app.Git.FindReferenceAsync(demo, "heads/taskbot/top", default)).ShouldNotBeNull().Object.Sha.ShouldBe(pushed.Sha);
        await kit.NothingWasRejectedAsync(default);
    }

    async Task<string> RemoteTreeAsync(string root, string path, string text)
    {
        var blob = await app.Git.CreateBlobAsync(demo, Encoding.UTF8.GetBytes(text), default);
        return (await app.Git.CreateTreeAsync(demo, [new TaskBot.GitHub.Git.NewTreeEntry(path, "100644", "blob", blob)], root, default)).Sha;
    }

    Task<CommitId> PublishAsync(string branch, TreeId tree, CommitId? expected) => forge.PublishAsync(Request(branch, baseCommit, tree, expected), default);

    PublishRequest Request(string branch, CommitId start, TreeId tree, CommitId? expected) =>
        new(demo, git, branch, "main", start, tree, expected, "fix: it", "ada <ada@users.noreply.github.com>");

    Task<TreeId> WriteAsync(TreeId tree, string path, string text) =>
        git.WriteTreeAsync(tree, [new FileChange(path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(text)))], default);
}
