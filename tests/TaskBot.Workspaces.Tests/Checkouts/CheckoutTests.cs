using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Tests.Trees;
using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Checkouts;

public sealed class CheckoutTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();
    readonly CommandRunner runner = new(TimeProvider.System);
    GitRepository repository = null!;
    CheckoutPool pool = null!;
    TreeId start;

    public async Task InitializeAsync()
    {
        scratch.Write(".gitignore", "bin/\n*.log\n");
        scratch.Write("src/a.txt", "a\n");
        scratch.Write("src/b.txt", "b\r\n");
        scratch.Commit();
        repository = await GitRepository.OpenAsync(scratch.Folder, None);
        pool = new CheckoutPool(repository, capacity: 1);
        start = await repository.TreeOfAsync((await repository.Refs.HeadAsync(None))!.Value, None);
    }

    public async Task DisposeAsync()
    {
        pool.Dispose();
        await repository.DisposeAsync();
        runner.Dispose();
        scratch.Dispose();
    }

    async Task RunAsync(Checkout checkout, string line) =>
        (await runner.RunAsync(CommandRequest.Shell(line, checkout.Folder), None)).Succeeded.ShouldBeTrue();

    static IEnumerable<string> Listing(Checkout checkout) =>
        Directory.EnumerateFileSystemEntries(checkout.Folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(checkout.Folder, path)).Order(StringComparer.Ordinal);

    [Fact]
    public async Task A_checkout_has_the_trees_files_and_no_git_folder()
    {
        var tree = await repository.WriteTreeAsync(
            start, [Put("run.sh", "x", FileKind.Executable), Put("link", "src/a.txt", FileKind.SymbolicLink), Put(".gitattributes", "* text eol=lf\n")], None);
        await using var checkout = await pool.RentAsync(tree, keepIgnored: false, None);
        Listing(checkout).ShouldBe([".gitattributes", ".gitignore", "link", "run.sh", "src", "src/a.txt", "src/b.txt"]);
        File.ReadAllText(Path.Combine(checkout.Folder, "src/b.txt")).ShouldBe("b\r\n");
        new FileInfo(Path.Combine(checkout.Folder, "link")).LinkTarget.ShouldBe("src/a.txt");
        await RunAsync(checkout, "test -x run.sh");
        (await checkout.SnapshotAsync(None)).ShouldBe(tree);
    }

    [Fact]
    public async Task A_checkout_has_its_pointers_folders_of_submodules_and_names_that_differ_in_case()
    {
        const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        var tree = await repository.WriteTreeAsync(
            start,
            [Put(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"), Put("big.bin", Pointer), Put("README", "upper\n"), Put("readme", "lower\n"), Put("Docs/a", "1\n"), Put("docs/a", "2\n")], None);
        scratch.Git("read-tree", tree.Value);
        scratch.Git("update-index", "--add", "--cacheinfo", $"160000,{scratch.Git("rev-parse", "HEAD")},module");
        tree = new TreeId(scratch.Git("write-tree"));
        await using var checkout = await pool.RentAsync(tree, keepIgnored: false, None);
        string Text(string path) => File.ReadAllText(Path.Combine(checkout.Folder, path));
        Text("big.bin").ShouldBe(Pointer);
        (Text("README"), Text("readme"), Text("Docs/a"), Text("docs/a")).ShouldBe(("upper\n", "lower\n", "1\n", "2\n"));
        Directory.EnumerateFileSystemEntries(Path.Combine(checkout.Folder, "module")).ShouldBeEmpty();
        (await checkout.SnapshotAsync(None)).ShouldBe(tree);
    }

    [Fact]
    public async Task A_snapshot_is_what_a_command_left_but_not_what_is_ignored()
    {
        await using var checkout = await pool.RentAsync(start, keepIgnored: false, None);
        await RunAsync(checkout, """
            echo changed > src/a.txt; rm src/b.txt; mkdir -p bin new/deep; echo o > bin/out; echo l > x.log
            printf '#!/bin/sh\n' > new/deep/run; chmod +x new/deep/run; ln -s ../src new/link
            printf x > "$(printf 'odd\351\nname')"; mkdir empty
            """);
        var after = await checkout.SnapshotAsync(None);
        (await repository.ChangesAsync(start, after, None)).Select(change => (change.Kind, change.Path, change.After?.Mode)).ShouldBe(
        [
            (TreeChangeKind.Added, "new/deep/run", EntryMode.Executable),
            (TreeChangeKind.Added, "new/link", EntryMode.SymbolicLink),
            (TreeChangeKind.Added, "odd\uDCE9\nname", EntryMode.Regular),
            (TreeChangeKind.Modified, "src/a.txt", EntryMode.Regular),
            (TreeChangeKind.Deleted, "src/b.txt", null),
        ]);
        (await checkout.SnapshotAsync(None)).ShouldBe(after);
    }

    [Fact]
    public async Task A_folder_and_a_file_may_change_places()
    {
        await using var checkout = await pool.RentAsync(start, keepIgnored: false, None);
        await RunAsync(checkout, "rm -r src; echo now a file > src");
        var file = await checkout.SnapshotAsync(None);
        (await repository.Tree(file).ListAsync(None)).ShouldBe([".gitignore", "src"]);
        await RunAsync(checkout, "rm src; mkdir src; echo back > src/c");
        (await repository.Tree(await checkout.SnapshotAsync(None)).ListAsync(None)).ShouldBe([".gitignore", "src/c"]);
        await RunAsync(checkout, "rm -r src; ln -s /etc src");
        var link = await checkout.SnapshotAsync(None);
        (await repository.Tree(link).ReadAsync("src", None))!.Kind.ShouldBe(FileKind.SymbolicLink);
    }

    [Fact]
    public async Task The_next_tenant_finds_its_tree_and_nothing_else()
    {
        string folder;
        await using (var checkout = await pool.RentAsync(start, keepIgnored: false, None))
        {
            folder = checkout.Folder;
            await RunAsync(checkout, """
                mkdir -p bin .git/hooks deep/er src2; touch bin/out x.log deep/er/f; rm -r src; echo file > src; git init -q nested
                (cd nested; git -c user.name=a -c user.email=b commit -q --allow-empty -m x); chmod 500 deep/er; ln -s / root
                """);
        }
        var next = await repository.WriteTreeAsync(start, [Put("src/a.txt", "next\n"), Put("deep", "a file\n")], None);
        await using var again = await pool.RentAsync(next, keepIgnored: false, None);
        Listing(again).Where(path => !path.StartsWith(".git/", StringComparison.Ordinal) && path != ".git")
            .ShouldBe([".gitignore", "deep", "src", "src/a.txt", "src/b.txt"]);
        Directory.Exists(Path.Combine(again.Folder, ".git")).ShouldBeFalse();
        (await again.SnapshotAsync(None)).ShouldBe(next);
        folder.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Ignored_files_stay_only_when_asked_for()
    {
        await using (var checkout = await pool.RentAsync(start, keepIgnored: false, None))
            await RunAsync(checkout, "mkdir bin; touch bin/out untracked");
        await using (var checkout = await pool.RentAsync(start, keepIgnored: true, None))
            Listing(checkout).ShouldBe([".gitignore", "bin", "bin/out", "src", "src/a.txt", "src/b.txt"]);
        await using (var checkout = await pool.RentAsync(start, keepIgnored: false, None))
            Listing(checkout).ShouldBe([".gitignore", "src", "src/a.txt", "src/b.txt"]);
    }

    [Fact]
    public async Task Content_changed_behind_equal_size_and_time_is_still_restored()
    {
        await using var checkout = await pool.RentAsync(start, keepIgnored: false, None);
        await RunAsync(checkout, "touch -r src/a.txt stamp; echo z > src/a.txt; touch -r stamp src/a.txt; rm stamp");
        await checkout.MoveToAsync(start, keepIgnored: false, folders: null, None);
        File.ReadAllText(Path.Combine(checkout.Folder, "src/a.txt")).ShouldBe("a\n");
    }

    [Fact]
    public async Task A_repository_planted_by_a_command_neither_runs_nor_becomes_part()
    {
        scratch.Git("update-index", "--add", "--cacheinfo", $"160000,{scratch.Git("rev-parse", "HEAD")},module");
        var tree = new TreeId(scratch.Git("write-tree"));
        await using var checkout = await pool.RentAsync(tree, keepIgnored: false, None);
        var marker = scratch.Beside("ran");
        foreach (var place in new[] { "module", "planted" })
        {
            await RunAsync(checkout, $"""
                git init -q {place}; cd {place}; touch f; git add f; git -c user.name=a -c user.email=b commit -qm x; echo dirty > f
                git config core.fsmonitor 'touch {marker}; false'; git config filter.x.clean 'touch {marker}'; echo '* filter=x' > .gitattributes
                """);
        }
        (await checkout.SnapshotAsync(None)).ShouldBe(tree);
        await checkout.MoveToAsync(start, keepIgnored: false, folders: null, None);
        Listing(checkout).ShouldBe([".gitignore", "src", "src/a.txt", "src/b.txt"]);
        File.Exists(marker).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_comes_when_all_are_in_use_waits_for_one()
    {
        var first = await pool.RentAsync(start, keepIgnored: false, None);
        var second = pool.RentAsync(start, keepIgnored: false, None);
        second.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        (await second).Folder.ShouldBe(first.Folder);
    }

    [Fact]
    public async Task Any_walk_between_trees_ends_with_exactly_the_trees_files()
    {
        await using var checkout = await pool.RentAsync(start, keepIgnored: false, None);
        var steps =
            from paths in Gen.ArrayOf(Gen.Elements("a", "b/c", "b/d/e", "b/d/f", "g/h", ".gitignore", "x.log", "bin/keep"))
            from contents in Gen.ArrayOf(Gen.Elements("", "1\n", "2\n", "*\n"), paths.Length)
            select paths.Zip(contents).DistinctBy(pair => pair.First).Select(pair => Put(pair.First, pair.Second)).ToArray();
        Prop.ForAll(Arb.From(steps), changes => Holds(checkout, changes)).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    // FsCheck's properties are synchronous.
    bool Holds(Checkout checkout, FileChange[] changes) => HoldsAsync(checkout, changes).GetAwaiter().GetResult();

    async Task<bool> HoldsAsync(Checkout checkout, FileChange[] changes)
    {
        var tree = await repository.WriteTreeAsync(await repository.EmptyTreeAsync(None), changes, None);
        // Something of a command's is always in the way.
        await File.WriteAllTextAsync(Path.Combine(checkout.Folder, "left.log"), "left");
        await checkout.MoveToAsync(tree, keepIgnored: false, folders: null, None);
        var files = Directory.EnumerateFiles(checkout.Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(checkout.Folder, file), file => Encoding.UTF8.GetString(File.ReadAllBytes(file)));
        files.Keys.Order(StringComparer.Ordinal).ShouldBe(changes.Select(change => change.Path).Order(StringComparer.Ordinal));
        foreach (var change in changes)
            files[change.Path].ShouldBe(Encoding.UTF8.GetString(change.After!.Content.Span));
        (await checkout.SnapshotAsync(None)).ShouldBe(tree);
        return true;
    }
}
