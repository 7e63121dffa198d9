using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Tests.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Forges;

public sealed class LocalForgeTests : IAsyncLifetime
{
    RunLab lab = null!;
    RepositoryName repository;
    LocalForge forge = null!;
    CommitId main;

    public async Task InitializeAsync()
    {
        lab = await RunLab.CreateAsync();
        (repository, forge) = (lab.Repository, lab.Forge);
        main = await forge.ResolveBaseAsync(repository, "main", default);
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task Issues_and_pull_requests_share_their_numbers()
    {
        await PublishAsync("taskbot/one", "one", expected: null);

        (await forge.AddIssueAsync(repository, "First", "", "ada", [], default)).ShouldBe(1);
        (await PullAsync("taskbot/one", "A change")).Number.ShouldBe(2);
        (await forge.AddIssueAsync(repository, "Third", "", "ada", [], default)).ShouldBe(3);
        forge.Issues(repository).ShouldBe([1, 3]);
        forge.Pulls(repository).ShouldBe([2]);
    }

    [Fact]
    public async Task Many_at_once_get_numbers_of_their_own()
    {
        var issues = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => forge.AddIssueAsync(repository, $"Issue {number}", "", "ada", [], default)));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => forge.PutCommentAsync(repository, 1, $"<!-- {number}. -->", $"<!-- {number}. -->\n", default)));

        issues.Order().ShouldBe(Enumerable.Range(1, 20));
        Comments(1).Select(File.ReadAllText).Count(text => text.Contains("<!-- ", StringComparison.Ordinal)).ShouldBe(20);
    }

    [Fact]
    public async Task What_a_killed_process_left_half_written_is_gone_after_the_next_write()
    {
        var path = await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello.\n", default);
        await File.WriteAllTextAsync($"{path}.tmp", "---\nauthor: task");

        await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello again.\n", default);

        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path]);
        (await File.ReadAllTextAsync(path)).ShouldEndWith("Hello again.\n");
    }

    [Fact]
    public async Task An_issue_reads_back_as_it_was_written()
    {
        var number = await forge.AddIssueAsync(repository, "Odd: \"title\" # ---", "---\ntitle: not this\n---\n\nbody", "ada", ["a b", "c: d"], default);

        var issue = await forge.GetIssueAsync(repository, number, default);

        (issue.Title, issue.Body, issue.Author, issue.IsOpen).ShouldBe(("Odd: \"title\" # ---", "---\ntitle: not this\n---\n\nbody", "ada", true));
        issue.Labels.ShouldBe(["a b", "c: d"]);
    }

    [Fact]
    public async Task A_comment_is_found_by_its_marker_and_author_and_edited_in_place()
    {
        await File.WriteAllTextAsync(MakeFolder("comments/1/1.md"), "---\nauthor: eve\n---\n<!-- m -->\nThis is mine.\n");

        var first = await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello.\n", default);
        var again = await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello again.\n", default);

        again.ShouldBe(first);
        Comments(1).Length.ShouldBe(2);
        (await File.ReadAllTextAsync(first)).ShouldEndWith("Hello again.\n");
        (await File.ReadAllTextAsync(Comments(1)[0])).ShouldEndWith("This is mine.\n");
    }

    [Fact]
    public async Task A_comment_that_says_the_same_is_not_written_again()
    {
        var path = await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello.", default);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        await forge.PutCommentAsync(repository, 1, "<!-- m -->", "<!-- m -->\nHello.", default);

        File.GetLastWriteTimeUtc(path).ShouldBe(DateTime.UnixEpoch);
    }

    [Fact]
    public async Task Publishing_the_same_again_changes_nothing()
    {
        var head = await PublishAsync("taskbot/one", "one", expected: null);

        (await PublishAsync("taskbot/one", "one", expected: null)).ShouldBe(head);
        (await PublishAsync("taskbot/one", "one", expected: head)).ShouldBe(head);
        (await lab.Git.ReadCommitAsync(head, default)).Parents.ShouldBe([main]);
    }

    [Fact]
    public async Task A_branch_is_reset_to_its_base_only_from_where_it_was_left()
    {
        var head = await PublishAsync("taskbot/one", "one", expected: null);
        var next = await PublishAsync("taskbot/one", "two", expected: head);

        (await lab.Git.ReadCommitAsync(next, default)).Parents.ShouldBe([main]);
        (await Should.ThrowAsync<ForgeException>(() => PublishAsync("taskbot/one", "three", expected: head))).Message.ShouldContain(next.Value);
        (await Should.ThrowAsync<ForgeException>(() => PublishAsync("taskbot/one", "three", expected: null))).Message.ShouldContain(next.Value);
        (await Should.ThrowAsync<ForgeException>(() => PublishAsync("taskbot/none", "three", expected: head))).Message.ShouldContain("is at nothing");
        (await forge.ResolveBaseAsync(repository, "taskbot/one", default)).ShouldBe(next);
    }

    [Fact]
    public async Task A_base_that_moved_elsewhere_is_fine_and_one_that_moved_here_is_not()
    {
        await lab.CommitAsync("main", ("other.txt", "theirs\n"));
        await PublishAsync("taskbot/one", "one", expected: null);
        await lab.CommitAsync("main", ("change.txt", "theirs\n"));

        (await Should.ThrowAsync<ForgeException>(() => PublishAsync("taskbot/two", "two", expected: null))).Message.ShouldContain("(change.txt)");
        (await lab.FileAsync("taskbot/two", "change.txt")).ShouldBeNull();
    }

    [Fact]
    public async Task A_branch_has_one_open_pull_request_whose_text_is_brought_up_to_date()
    {
        var head = await PublishAsync("taskbot/one", "one", expected: null);

        var made = await PullAsync("taskbot/one", "First words");
        var same = await PullAsync("taskbot/one", "Better words");

        same.ShouldBe(made);
        made.ShouldBe(new ForgePullRequest(1, made.Url, IsDraft: true, head.Value));
        (await File.ReadAllTextAsync(made.Url)).ShouldContain("Better words");
        await forge.MarkReadyAsync(repository, 1, default);
        await forge.MarkReadyAsync(repository, 1, default);
        (await PullAsync("taskbot/one", "Better words")).IsDraft.ShouldBeFalse("new words make no draft of it again");

        await File.WriteAllTextAsync(made.Url, (await File.ReadAllTextAsync(made.Url)).Replace("state: open", "state: closed", StringComparison.Ordinal));
        (await PullAsync("taskbot/one", "Better words")).Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_check_is_one_for_its_commit_and_name()
    {
        await forge.PutCheckAsync(repository, main, new CheckReport("Build / Test", null, "running", ""), default);
        await forge.PutCheckAsync(repository, main, new CheckReport("Build / Test", "failure", "no", "the log\n"), default);
        await forge.PutCheckAsync(repository, main, new CheckReport("../../up", "success", "yes", ""), default);

        (await forge.GetChecksAsync(repository, main, default)).ShouldBe([new ForgeCheck("../../up", "success", ""), new ForgeCheck("Build / Test", "failure", "the log\n")], ignoreOrder: true);
    }

    [Fact]
    public async Task A_label_that_is_not_there_is_fine()
    {
        var number = await forge.AddIssueAsync(repository, "One", "body", "ada", ["taskbot", "bug"], default);

        await forge.RemoveLabelAsync(repository, number, "taskbot", default);
        await forge.RemoveLabelAsync(repository, number, "taskbot", default);
        await forge.RemoveLabelAsync(repository, 99, "taskbot", default);

        (await forge.GetIssueAsync(repository, number, default)).Labels.ShouldBe(["bug"]);
    }

    [Theory]
    [InlineData("ada: write", "ada", Permission.Write)]
    [InlineData("Ada: ADMIN", "ada", Permission.Admin)]
    [InlineData("ada: write", "eve", Permission.Read)]
    [InlineData("eve: none", "eve", Permission.None)]
    public async Task Permissions_are_those_of_the_repositorys_file(string line, string login, Permission permission)
    {
        await File.WriteAllTextAsync(RepositoryFile, $"people:\n  {line}\n");

        (await forge.GetPermissionAsync(repository, login, default)).ShouldBe(permission);
    }

    [Theory]
    [InlineData("maintain")]
    [InlineData("3")]
    [InlineData("99")]
    [InlineData("read, write")]
    public async Task A_word_that_is_no_permission_gives_none(string word)
    {
        await File.WriteAllTextAsync(RepositoryFile, $"people:\n  ada: '{word}'\n");

        (await Should.ThrowAsync<ForgeException>(() => forge.GetPermissionAsync(repository, "ada", default))).Message.ShouldContain($"'{word}' is no permission. Write none, read, write or admin.");
    }

    [Theory]
    [InlineData("---\r\ntitle: By hand\r\nauthor: ada\r\nlabels: [one]\r\n---\r\nThe body.\r\n")]
    [InlineData("\ufeff---\ntitle: By hand\nauthor: ada\nlabels: [one]\nmood: good\n---\nThe body.")]
    public async Task Files_edited_by_hand_are_read_as_they_come(string text)
    {
        await File.WriteAllTextAsync(MakeFolder("issues/1.md"), text);

        var issue = await forge.GetIssueAsync(repository, 1, default);

        (issue.Title, issue.Author, issue.Body, issue.IsOpen).ShouldBe(("By hand", "ada", "The body.", true));
        issue.Labels.ShouldBe(["one"]);
    }

    [Fact]
    public async Task The_last_line_may_lack_its_end()
    {
        await File.WriteAllTextAsync(MakeFolder("issues/1.md"), "---\ntitle: Short\n---");

        (await forge.GetIssueAsync(repository, 1, default)).Title.ShouldBe("Short");
    }

    [Theory]
    [InlineData("---\ntitle: [a\nauthor: b\n---\nbody\n", "1.md:2")]
    [InlineData("---\ntitle: fine\nlabels: {a: b}\n---\nbody\n", "1.md:3")]
    [InlineData("---\ntitle: fine\n\nbody without an end\n", "no closing '---'")]
    public async Task Facts_that_cannot_be_read_are_told_with_file_and_line(string text, string place)
    {
        await File.WriteAllTextAsync(MakeFolder("issues/1.md"), text, new UTF8Encoding(false));

        var message = (await Should.ThrowAsync<ForgeException>(() => forge.GetIssueAsync(repository, 1, default))).Message;

        message.ShouldContain("issues/1.md");
        message.ShouldContain(place);
    }

    [Fact]
    public async Task What_is_not_there_is_told_with_its_file()
    {
        (await Should.ThrowAsync<ForgeException>(() => forge.GetIssueAsync(repository, 9, default))).Message.ShouldContain("has no issue 9");
        (await Should.ThrowAsync<ForgeException>(() => forge.GetPullRequestAsync(repository, 9, default))).Message.ShouldContain("has no pull request 9");
        (await Should.ThrowAsync<ForgeException>(() => forge.ResolveBaseAsync(repository, "nowhere", default))).Message.ShouldContain("no branch 'nowhere'");
        (await Should.ThrowAsync<ForgeException>(() => forge.GetRepositoryAsync(new RepositoryName("acme", "none"), default))).Message.ShouldContain("forge.yml is missing");
    }

    string RepositoryFile => Path.Combine(forge.Root, "acme", "calculator", "forge.yml");

    string MakeFolder(string path)
    {
        var file = Path.Combine(forge.Root, "acme", "calculator", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }

    string[] Comments(int issue) => [.. Directory.GetFiles(Path.Combine(forge.Root, "acme", "calculator", "comments", $"{issue}")).Order(StringComparer.Ordinal)];

    async Task<CommitId> PublishAsync(string branch, string text, CommitId? expected)
    {
        var tree = await lab.Git.WriteTreeAsync(
            await lab.Git.TreeOfAsync(main, default), [new FileChange("change.txt", new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(text)))], default);
        return await forge.PublishAsync(new PublishRequest(repository, lab.Git, branch, "main", main, tree, expected, "fix: it", CoAuthor: null), default);
    }

    Task<ForgePullRequest> PullAsync(string branch, string body) => forge.PutPullRequestAsync(new PullRequestText(repository, branch, "main", "fix: it", body), default);
}
