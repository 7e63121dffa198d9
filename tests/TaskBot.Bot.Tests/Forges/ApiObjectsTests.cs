using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Forges;

/// <summary>A repository without git's protocol: against the simulated GitHub, whose archives are git's own and lie on another host, each request held to GitHub's description.</summary>
public sealed class ApiObjectsTests : IAsyncLifetime
{
    static readonly RepositoryName Demo = new("acme", "demo");

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-test-");
    SimulatedGitHub github = null!;
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    GitHubClientFactory clients = null!;
    GitHubForge forge = null!;
    MirrorObjects objects = null!;

    public async Task InitializeAsync()
    {
        github = new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync());
        api = await SimulatedGitHubServer.StartAsync(github);
        proxy = await ContractProxy.StartAsync(api.Url, checkResponses: true, default);
        using var key = RSA.Create(2048);
        var options = Options.Create(new GitHubOptions
        {
            ApiUrl = proxy.Url,
            AppId = "4242",
            PrivateKey = key.ExportRSAPrivateKeyPem(),
            WriteInterval = TimeSpan.Zero,
            Objects = ObjectTransport.Api,
        });
        clients = new GitHubClientFactory(options, TimeProvider.System, NullLogger<GitHubClientFactory>.Instance);
        forge = new GitHubForge(clients, options, new EffectOutbox(new InMemoryOutboxStore(TimeProvider.System), TimeProvider.System), NullLogger<GitHubForge>.Instance);
        objects = new MirrorObjects(new MirrorFolder(folder.FullName), forge, clients, options, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        clients.Dispose();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(50)]
    public async Task The_tree_is_the_commits_own_where_the_archive_is_not_and_the_token_stays_with_the_api(int longestListing)
    {
        github.LongestListing = longestListing;
        github.PushEntries("main", "octocat", [
            .. Enumerable.Range(0, 90).Select(at => ($"src/d{at % 3}/f{at}.txt", "100644", Encoding.UTF8.GetBytes($"file {at}\n"))),
            (".gitattributes", "100644", "/kept/ export-ignore\n*.ver export-subst\n"u8.ToArray()),
            ("kept/secret.txt", "100644", "not in archives\n"u8.ToArray()),
            ("about.ver", "100644", "$Format:%H$\n"u8.ToArray()),
            ("tool.sh", "100755", "#!/bin/sh\n"u8.ToArray()),
            ("link", "120000", "tool.sh"u8.ToArray()),
            ("vendor/library", "160000", Encoding.ASCII.GetBytes(new string('1', 40))),
        ]);

        var @base = await objects.ResolveBaseAsync(Demo, "main", default);
        await using var repository = await objects.OpenObjectsAsync(Demo, @base, default);
        var tree = repository.Tree(await repository.TreeOfAsync(@base, default));
        tree.Id.Value.ShouldBe(github.TreeOfCommit(@base.Value));
        (await tree.ReadAsync("kept/secret.txt", default)).ShouldNotBeNull().Content.ToArray().ShouldBe("not in archives\n"u8.ToArray());
        (await tree.ReadAsync("about.ver", default)).ShouldNotBeNull().Content.ToArray().ShouldBe("$Format:%H$\n"u8.ToArray());
        (await tree.ReadAsync("tool.sh", default)).ShouldNotBeNull().Kind.ShouldBe(FileKind.Executable);
        (await tree.ReadAsync("link", default)).ShouldNotBeNull().Kind.ShouldBe(FileKind.SymbolicLink);
        (await tree.FindAsync("vendor/library", default)).ShouldNotBeNull().Mode.ShouldBe(EntryMode.Submodule);
        var report = await proxy.ReportAsync(default);
        report.Violations.ShouldBeEmpty();
        report.Operations["repos/download-tarball-archive"].ShouldBe(1);
        report.Operations["git/get-blob"].ShouldBe(2);
    }

    [Fact]
    public async Task Work_on_it_is_published_and_the_branch_that_came_of_it_is_opened_in_turn()
    {
        github.Push("main", "octocat", ("README.md", "Read me.\n"), ("src/a.txt", "one\n"));
        var @base = await objects.ResolveBaseAsync(Demo, "main", default);
        await using var repository = await objects.OpenObjectsAsync(Demo, @base, default);
        var changed = await repository.WriteTreeAsync(
            await repository.TreeOfAsync(@base, default), [new FileChange("src/a.txt", new FileEntry(FileKind.Regular, "two\n"u8.ToArray()))], default);
        var published = await forge.PublishAsync(new PublishRequest(Demo, repository, "taskbot/1", "main", @base, changed, ExpectedHead: null, "fix: two", CoAuthor: null), default);

        await using var again = await objects.OpenObjectsAsync(Demo, published, default);
        (await again.TreeOfAsync(published, default)).ShouldBe(changed);
        (await again.ChangesAsync(await again.TreeOfAsync(@base, default), changed, default)).ShouldHaveSingleItem().Path.ShouldBe("src/a.txt");
        (await proxy.ReportAsync(default)).Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_cannot_fetch_by_git_is_told_of_the_other_way()
    {
        github.Push("main", "octocat", ("README.md", "Read me.\n"));
        // Nobody answers there; the API does.
        var options = Options.Create(new GitHubOptions { ApiUrl = proxy.Url, ServerUrl = new Uri("http://127.0.0.1:9/"), Token = SimulatedGitHub.UserToken });
        var byGit = new MirrorObjects(new MirrorFolder(folder.FullName), new GitHubForge(clients, options, new EffectOutbox(new InMemoryOutboxStore(TimeProvider.System), TimeProvider.System), NullLogger<GitHubForge>.Instance), clients, options, TimeProvider.System);
        (await Should.ThrowAsync<ForgeException>(() => byGit.ResolveBaseAsync(Demo, "main", default))).Message.ShouldContain("GitHub:Objects to api");
    }

    [Fact]
    public async Task A_job_that_checked_nothing_out_works_on_the_branch_all_the_same()
    {
        var head = github.Push("main", "octocat", ("README.md", "Read me.\n"));
        // What actions/checkout leaves where it finds no git: files without a .git folder.
        var workspace = folder.CreateSubdirectory("workspace");
        await File.WriteAllTextAsync(Path.Combine(workspace.FullName, "README.md"), "Read me.\n");
        var job = new WorkspaceObjects(new WorkspaceFolder(workspace.FullName), objects);
        (await job.ResolveBaseAsync(Demo, "main", default)).Value.ShouldBe(head);
        await using var repository = await job.OpenObjectsAsync(Demo, new CommitId(head), default);
        (await repository.TreeOfAsync(new CommitId(head), default)).Value.ShouldBe(github.TreeOfCommit(head));
        await Should.ThrowAsync<GitException>(() => new WorkspaceObjects(new WorkspaceFolder(workspace.FullName)).ResolveBaseAsync(Demo, "main", default));
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        github.Push("main", "octocat", ("README.md", "Read me.\n"));
        (await Should.ThrowAsync<ForgeException>(() => objects.ResolveBaseAsync(Demo, "gone", default))).Message.ShouldContain("no branch 'gone'");
        (await Should.ThrowAsync<ForgeException>(() => objects.OpenObjectsAsync(Demo, new CommitId(new string('9', 40)), default))).Obstacle.ShouldBe(Obstacle.NotFound);
    }
}
