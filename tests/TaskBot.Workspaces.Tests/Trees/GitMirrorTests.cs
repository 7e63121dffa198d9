using System.Text;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Trees;

public sealed class GitMirrorTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();
    GitServer server = null!;

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 30; i++) scratch.Write($"src/d{i % 3}/f{i}.txt", $"file {i}\n");
        scratch.Write("top.txt", "top\n");
        scratch.Commit();
        server = await GitServer.StartAsync(Path.GetDirectoryName(scratch.Folder)!);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        scratch.Dispose();
    }

    GitMirror Mirror(string password = GitServer.Password) => new(
        scratch.Beside("mirrors/a.git"),
        _ => Task.FromResult(new GitSource(server.Address("repository/.git"), new GitCredential(GitServer.User, password))),
        TimeProvider.System);

    [Fact]
    public async Task A_mirror_has_no_contents_until_they_are_read_and_then_all_that_are_asked_for_at_once()
    {
        var mirror = Mirror();
        await using var repository = await mirror.FetchAsync(None);
        server.Fetches.ShouldBe(1);
        var head = (await repository.Refs.ResolveAsync("refs/heads/main", None))!.Value;
        var tree = repository.Tree(await repository.TreeOfAsync(head, None));
        Loose(repository).Concat(Packed(repository)).ShouldNotContain(scratch.Git("rev-parse", "HEAD:top.txt"));

        Encoding.UTF8.GetString((await tree.ReadAsync("top.txt", None))!.Content.Span).ShouldBe("top\n");
        server.Fetches.ShouldBe(2);
        foreach (var path in await tree.ListAsync(None)) (await tree.ReadAsync(path, None)).ShouldNotBeNull();
        // Eight one by one, then the rest in one.
        server.Fetches.ShouldBeLessThanOrEqualTo(2 + 9);
    }

    [Fact]
    public async Task Checkout_difference_and_merge_fetch_what_they_need_in_one_exchange_each()
    {
        scratch.Git("checkout", "-q", "-b", "side");
        scratch.Write("src/d0/f0.txt", "side\n");
        scratch.Commit();
        scratch.Git("checkout", "-q", "main");
        scratch.Write("src/d1/f1.txt", "main\n");
        scratch.Commit();
        await using var repository = await Mirror().FetchAsync(None);
        async Task<TreeId> TreeOf(string name) => await repository.TreeOfAsync((await repository.Refs.ResolveAsync(name, None))!.Value, None);
        var (root, main, side) = (await TreeOf("main~1"), await TreeOf("main"), await TreeOf("side"));
        var before = server.Fetches;
        var merged = (await repository.MergeAsync(root, main, side, None)).ShouldBeOfType<TreeMerge.Clean>();
        (await repository.DiffAsync(root, merged.Tree, 3, None)).ShouldContain("+side");
        server.Fetches.ShouldBeLessThanOrEqualTo(before + 2);

        before = server.Fetches;
        using var pool = new CheckoutPool(repository, 1);
        await using (var checkout = await pool.RentAsync(merged.Tree, keepIgnored: false, None))
        {
            (await File.ReadAllTextAsync(Path.Combine(checkout.Folder, "src/d0/f0.txt"))).ShouldBe("side\n");
            Directory.EnumerateFiles(checkout.Folder, "*", SearchOption.AllDirectories).Count().ShouldBe(31);
        }
        server.Fetches.ShouldBe(before + 1);
    }

    [Fact]
    public async Task A_sparse_checkout_fetches_and_has_its_folders_only_and_its_snapshot_keeps_the_rest()
    {
        await using var repository = await Mirror().FetchAsync(None);
        var tree = await repository.TreeOfAsync((await repository.Refs.ResolveAsync("main", None))!.Value, None);
        using var pool = new CheckoutPool(repository, 1);
        await using var checkout = await pool.RentAsync(tree, keepIgnored: false, sparse: ["src/d1"], None);
        var files = Directory.EnumerateFiles(checkout.Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(checkout.Folder, file)).ToList();
        files.Count.ShouldBe(11);
        files.ShouldAllBe(file => file == "top.txt" || file.StartsWith("src/d1/"));
        Packed(repository).Concat(Loose(repository)).ShouldNotContain(scratch.Git("rev-parse", "HEAD:src/d0/f0.txt"));

        await File.WriteAllTextAsync(Path.Combine(checkout.Folder, "src/d1/f1.txt"), "changed\n");
        await File.WriteAllTextAsync(Path.Combine(checkout.Folder, "src/d1/new.txt"), "new\n");
        var after = await checkout.SnapshotAsync(None);
        (await repository.ChangesAsync(tree, after, None)).Select(change => change.Path).ShouldBe(["src/d1/f1.txt", "src/d1/new.txt"]);
        (await repository.Tree(after).ListAsync(None)).Count.ShouldBe(32);
    }

    [Fact]
    public async Task A_checkout_that_goes_on_with_other_folders_has_those_and_fetches_what_is_missing()
    {
        await using var repository = await Mirror().FetchAsync(None);
        var tree = await repository.TreeOfAsync((await repository.Refs.ResolveAsync("main", None))!.Value, None);
        using var pool = new CheckoutPool(repository, 1);
        (await FilesAsync(["src/d1"])).Count.ShouldBe(11);
        var other = await FilesAsync(["src/d0", "src/d2"]);
        other.Count.ShouldBe(21);
        other.ShouldAllBe(file => file == "top.txt" || file.StartsWith("src/d0/") || file.StartsWith("src/d2/"));
        (await FilesAsync(sparse: null)).Count.ShouldBe(31);
        (await FilesAsync(["src/d1"])).Count.ShouldBe(11);

        async Task<List<string>> FilesAsync(string[]? sparse)
        {
            await using var checkout = await pool.RentAsync(tree, keepIgnored: false, sparse, None);
            (await checkout.SnapshotAsync(None)).ShouldBe(tree);
            return [.. Directory.EnumerateFiles(checkout.Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(checkout.Folder, file))];
        }
    }

    [Fact]
    public async Task What_was_built_on_a_partial_clone_can_be_pushed()
    {
        await using var repository = await Mirror().FetchAsync(None);
        var head = (await repository.Refs.ResolveAsync("main", None))!.Value;
        var tree = await repository.WriteTreeAsync(await repository.TreeOfAsync(head, None), [Put("src/d0/f0.txt", "pushed\n")], None);
        var nobody = new CommitSignature("n", "n@example.test", DateTimeOffset.UnixEpoch);
        var commit = await repository.CommitAsync(new CommitDraft(tree, [head], nobody, nobody, "on top"), None);
        var remote = new GitRemote(repository, server.Address("repository/.git"), new GitCredential(GitServer.User, GitServer.Password));
        (await remote.PushAsync("refs/heads/top", commit, expected: null, None)).ShouldBeOfType<RefUpdate.Done>();
        (await remote.PushAsync("refs/heads/top", head, expected: head, None)).ShouldBeOfType<RefUpdate.Moved>();
        scratch.Git("show", "top:src/d0/f0.txt").ShouldBe("pushed");
    }

    [Fact]
    public async Task All_who_ask_while_a_fetch_is_under_way_share_the_next_one()
    {
        var mirror = Mirror();
        server.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = mirror.FetchAsync(None);
        await server.Reached.Task;
        var later = Enumerable.Range(0, 10).Select(_ => mirror.FetchAsync(None)).ToList();
        scratch.Write("top.txt", "newer\n");
        scratch.Commit();
        server.Gate.SetResult();
        await using (await first)
        {
        }
        foreach (var one in later)
        {
            await using var repository = await one;
            (await repository.Refs.ResolveAsync("main", None))!.Value.Value.ShouldBe(scratch.Git("rev-parse", "main"));
        }
        server.Fetches.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_mirror_that_another_process_fetched_meanwhile_is_not_fetched_again()
    {
        // Two mirrors of one folder stand for two processes: they share nothing but the folder and its lock.
        await using (await Mirror().FetchAsync(None))
        {
        }
        Task<GitRepository> waiting;
        using (new FileStream(scratch.Beside("mirrors/a.git.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            waiting = Mirror().FetchAsync(None);
            waiting.IsCompleted.ShouldBeFalse();
            var later = DateTimeOffset.MaxValue.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await File.WriteAllTextAsync(scratch.Beside("mirrors/a.git/taskbot-fetched"), later);
        }
        await using (await waiting)
        {
        }
        server.Fetches.ShouldBe(1);
        var commit = new CommitId(scratch.Git("rev-parse", "HEAD"));
        await using (await Mirror().OpenAsync(commit, None))
        {
        }
        server.Fetches.ShouldBe(1);
    }

    [Fact]
    public async Task The_password_is_on_no_command_line_and_in_no_file_and_a_wrong_one_says_so()
    {
        await using (var repository = await Mirror().FetchAsync(None))
        {
            await repository.Tree(await repository.TreeOfAsync((await repository.Refs.HeadAsync(None))!.Value, None)).ReadAsync("top.txt", None);
        }
        server.PasswordWasOnACommandLine.ShouldBeFalse();
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{GitServer.User}:{GitServer.Password}"));
        foreach (var file in Directory.EnumerateFiles(scratch.Beside("mirrors"), "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            text.ShouldNotContain(GitServer.Password);
            text.ShouldNotContain(basic);
        }
        var refused = await Should.ThrowAsync<GitException>(Mirror("wrong-password").FetchAsync(None));
        refused.Message.ShouldContain("repository");
        refused.Message.ShouldNotContain("wrong-password");
    }

    static IEnumerable<string> Loose(GitRepository repository) =>
        Directory.EnumerateFiles(Path.Combine(repository.GitPlace, "objects"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file)) + Path.GetFileName(file));

    static IEnumerable<string> Packed(GitRepository repository) =>
        Directory.EnumerateFiles(Path.Combine(repository.GitPlace, "objects/pack"), "*.idx")
            .SelectMany(index => Encoding.UTF8.GetString(Run(repository.GitPlace, "verify-pack", "-v", index).Output).Split('\n'))
            .Select(line => line.Split(' ')[0]);
}
