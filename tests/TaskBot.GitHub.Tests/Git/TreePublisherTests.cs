using System.Text;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Git;

public sealed class TreePublisherTests(ContractKit kit) : IClassFixture<ContractKit>
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly RepositoryName _demo = RepositoryName.Parse(kit.Repository);

    [Fact]
    public async Task Changes_become_one_commit_on_a_new_branch()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publication = await PublicationAsync(client, "taskbot/new", ("src/a/b.txt", "one\n"), ("tool.sh", "#!/bin/sh\n"));
        var published = (await new TreePublisher(client).PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
        published.Created.ShouldBeTrue();
        (await client.Git.FindReferenceAsync(_demo, "heads/taskbot/new", None)).ShouldNotBeNull().Object.Sha.ShouldBe(published.Commit);
        var commit = await client.Git.GetCommitAsync(_demo, published.Commit, None);
        commit.Parents.ShouldHaveSingleItem().Sha.ShouldBe(publication.BaseCommit);
        var file = (await client.Repositories.FindFileAsync(_demo, "src/a/b.txt", published.Commit, None)).ShouldNotBeNull();
        Encoding.UTF8.GetString(file.ReadBytes()!).ShouldBe("one\n");
        file.Sha.ShouldBe(TreePublisher.BlobId("one\n"u8));
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task Publishing_the_same_again_finds_it_there_and_writes_nothing()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publisher = new TreePublisher(client);
        var publication = await PublicationAsync(client, "taskbot/twice", ("twice.txt", "same\n"));
        var first = (await publisher.PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
        var again = (await publisher.PublishAsync(publication, None)).ShouldBeOfType<PublishResult.AlreadyThere>();
        again.Commit.ShouldBe(first.Commit);
        again.Tree.ShouldBe(first.Tree);
    }

    [Fact]
    public async Task The_next_attempt_resets_the_branch_to_its_base()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publisher = new TreePublisher(client);
        var first = await PublicationAsync(client, "taskbot/reset", ("wrong.txt", "wrong\n"));
        var published = (await publisher.PublishAsync(first, None)).ShouldBeOfType<PublishResult.Published>();
        var second = first with { Changes = [Write("right.txt", "right\n")], ExpectedHead = published.Commit };
        var reset = (await publisher.PublishAsync(second, None)).ShouldBeOfType<PublishResult.Published>();
        reset.Created.ShouldBeFalse();
        (await client.Git.GetCommitAsync(_demo, reset.Commit, None)).Parents.ShouldHaveSingleItem().Sha.ShouldBe(first.BaseCommit);
        (await client.Repositories.FindFileAsync(_demo, "wrong.txt", reset.Commit, None)).ShouldBeNull();
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task A_branch_that_someone_else_moved_is_left_alone()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publisher = new TreePublisher(client);
        var publication = await PublicationAsync(client, "taskbot/moved", ("mine.txt", "mine\n"));
        var mine = (await publisher.PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
        var theirs = await client.Git.CreateCommitAsync(_demo, new NewCommit("theirs", mine.Tree, [mine.Commit]), None);
        await client.Git.UpdateReferenceAsync(_demo, "heads/taskbot/moved", theirs.Sha, force: false, None);
        var next = publication with { Changes = [Write("mine.txt", "better\n")], ExpectedHead = mine.Commit };
        (await publisher.PublishAsync(next, None)).ShouldBe(new PublishResult.HeadMoved(theirs.Sha));
        (await publisher.PublishAsync(next with { ExpectedHead = null }, None)).ShouldBe(new PublishResult.HeadMoved(theirs.Sha));
        (await client.Git.FindReferenceAsync(_demo, "heads/taskbot/moved", None)).ShouldNotBeNull().Object.Sha.ShouldBe(theirs.Sha);
    }

    [Fact]
    public async Task Files_as_they_are_and_removals_of_what_is_not_there_are_no_change()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var readme = (await client.Repositories.FindFileAsync(_demo, "README.md", "main", None)).ShouldNotBeNull().ReadBytes()!;
        var publication = await PublicationAsync(client, "taskbot/nothing") with
        {
            Changes = [new TreeChange("README.md", "100644", readme), new TreeChange("not/there.txt", "100644", Content: null)]
        };
        (await new TreePublisher(client).PublishAsync(publication, None)).ShouldBeOfType<PublishResult.NoChange>();
        (await client.Git.FindReferenceAsync(_demo, "heads/taskbot/nothing", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Removed_files_are_gone_from_the_commit()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publication = await PublicationAsync(client, "taskbot/removed") with
        {
            Changes = [new TreeChange("README.md", "100644", Content: null), Write("kept.txt", "kept\n")]
        };
        var published = (await new TreePublisher(client).PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
        (await client.Git.GetTreeAsync(_demo, published.Tree, recursive: true, None)).Tree.Select(entry => entry.Path).ShouldBe(["kept.txt"]);
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task Touched_paths_are_compared_by_blob_id()
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publication = await PublicationAsync(client, "taskbot/compare", ("deep/er/file.txt", "one\n"));
        var published = (await new TreePublisher(client).PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
        var readme = (await client.Repositories.FindFileAsync(_demo, "README.md", "main", None)).ShouldNotBeNull().Sha;
        var expected = new Dictionary<string, string?>
        {
            ["README.md"] = readme,
            ["deep/er/file.txt"] = TreePublisher.BlobId("two\n"u8),
            ["deep/er/new.txt"] = null,
            ["deep"] = null,
            ["gone.txt"] = readme
        };
        (await new TreePublisher(client).CompareBaseAsync(_demo, published.Commit, expected, None)).ShouldBe(
        [
            new BaseDifference("deep/er/file.txt", TreePublisher.BlobId("two\n"u8), TreePublisher.BlobId("one\n"u8)),
            new BaseDifference("gone.txt", readme, Actual: null)
        ]);
    }

    [Theory]
    // The lock held: someone was in between.
    [InlineData(200, """{"data":null,"errors":[{"type":"UNPROCESSABLE","message":"Reference update failed"}]}""", "theirs", "HeadMoved", 0)]
    // The answer was lost and the branch is ours.
    [InlineData(200, """{"data":null,"errors":[{"message":"Something went wrong"}]}""", "mine", "Published", 0)]
    [InlineData(200, """{"data":{"updateRefs":{"clientMutationId":null}}}""", "mine", "Published", 0)]
    // Servers without the operation.
    [InlineData(200, """{"errors":[{"message":"Field 'updateRefs' doesn't exist on type 'Mutation'"}]}""", "mine", "Published", 1)]
    [InlineData(404, """{"message":"Not Found"}""", "mine", "Published", 1)]
    public async Task A_branch_is_reset_only_from_where_it_was_seen(int status, string answer, string after, string result, int forced)
    {
        var ids = new Dictionary<string, string> { ["base"] = new('1', 40), ["old"] = new('2', 40), ["mine"] = new('3', 40), ["theirs"] = new('4', 40), ["tree"] = new('5', 40), ["new"] = new('6', 40) };
        var looked = 0;
        await using var fake = await FakeGitHub.StartAsync((context, _) => (context.Request.Method, context.Request.Path.Value!.Split('/')[^1], context.Request.Path.Value!) switch
        {
            ("POST", "graphql", _) => context.JsonAsync(answer, status),
            ("PATCH", _, _) => context.JsonAsync($$$"""{"ref":"refs/heads/x","object":{"type":"commit","sha":"{{{ids["mine"]}}}"}}"""),
            ("POST", "blobs", _) => context.JsonAsync($$"""{"sha":"{{TreePublisher.BlobId("x"u8)}}"}""", 201),
            ("POST", "trees", _) => context.JsonAsync($$"""{"sha":"{{ids["new"]}}","tree":[]}""", 201),
            ("POST", "commits", _) => context.JsonAsync($$$"""{"sha":"{{{ids["mine"]}}}","tree":{"sha":"{{{ids["new"]}}}"}}""", 201),
            ("GET", "demo", _) => context.JsonAsync("""{"id":1,"name":"demo","full_name":"acme/demo","node_id":"R_1"}"""),
            ("GET", "x", _) => context.JsonAsync($$$"""{"ref":"refs/heads/x","object":{"type":"commit","sha":"{{{ids[looked++ == 0 ? "old" : after]}}}"}}"""),
            ("GET", var id, { } path) when path.Contains("/git/commits/", StringComparison.Ordinal) => context.JsonAsync($$$"""{"sha":"{{{id}}}","tree":{"sha":"{{{ids["tree"]}}}"}}"""),
            _ => context.JsonAsync($$"""{"sha":"{{ids["tree"]}}","tree":[]}"""),
        });
        using var factory = Clients.For(fake.Url);
        var publication = new TreePublication(_demo, "x", ids["base"], [Write("a.txt", "x")], "fix: it", ids["old"]);
        var ended = await new TreePublisher(factory.ForToken("some-token")).PublishAsync(publication, None);
        ended.GetType().Name.ShouldBe(result);
        if (ended is PublishResult.HeadMoved moved) moved.Head.ShouldBe(ids["theirs"]);
        fake.Seen.Count(request => request.Method == "PATCH").ShouldBe(forced);
        fake.Seen.Single(request => request.Address == "/graphql").Body.ShouldContain($"\"beforeOid\":\"{ids["old"]}\"");
    }

    [Theory]
    [InlineData("../up.txt")]
    [InlineData("/absolute.txt")]
    [InlineData("a//b.txt")]
    [InlineData(".git/config")]
    [InlineData("sub/.GIT/hooks/x")]
    [InlineData("git~1/config")]
    [InlineData("sub/GIT~1")]
    [InlineData(".git . ./config")]
    [InlineData(".git::$INDEX_ALLOCATION/config")]
    [InlineData("sub\\.git\\config")]
    [InlineData(".g\u200cit/config")]
    [InlineData("\ufeff.Git\u206f/config")]
    [InlineData("")]
    public async Task A_path_outside_the_repository_is_refused(string path)
    {
        using var factory = Clients.For(kit);
        var publication = new TreePublication(_demo, "taskbot/escape", new string('0', 40), [Write(path, "x")], "escape");
        await Should.ThrowAsync<ArgumentException>(() => new TreePublisher(factory.Anonymous()).PublishAsync(publication, None));
    }

    [Theory]
    [InlineData(".gitignore")]
    [InlineData(".github/x.yml")]
    [InlineData("git~10/x")]
    [InlineData("a.git/x")]
    [InlineData("..a/.gi t")]
    public async Task A_path_that_only_looks_like_gits_folder_is_written(string path)
    {
        using var factory = Clients.For(kit);
        var client = factory.ForInstallation(kit.InstallationId);
        var publication = await PublicationAsync(client, $"taskbot/like-{(uint)path.Length}{path[0]}{path[^1]}", (path, "x"));
        (await new TreePublisher(client).PublishAsync(publication, None)).ShouldBeOfType<PublishResult.Published>();
    }

    [Fact]
    public void A_blobs_id_is_gits() => TreePublisher.BlobId("hello\n"u8).ShouldBe("ce013625030ba8dba906f756967f9e9ca394464a");

    async Task<TreePublication> PublicationAsync(GitHubClient client, string branch, params (string Path, string Text)[] files)
    {
        var main = (await client.Git.FindReferenceAsync(_demo, "heads/main", None)).ShouldNotBeNull().Object.Sha;
        return new TreePublication(_demo, branch, main, [.. files.Select(file => Write(file.Path, file.Text))], $"fix: {branch}");
    }

    static TreeChange Write(string path, string text) => new(path, "100644", Encoding.UTF8.GetBytes(text));
}
