using System.Runtime.Versioning;
using System.Text;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Trees;

public sealed class GitRepositoryTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    Task<GitRepository> OpenAsync() => GitRepository.OpenAsync(scratch.Folder, None);

    async Task<(GitRepository Repository, TreeId Tree)> OpenHeadAsync()
    {
        var repository = await OpenAsync();
        return (repository, await repository.TreeOfAsync((await repository.Refs.HeadAsync(None))!.Value, None));
    }

    [Fact]
    public async Task A_plain_folder_is_refused_even_inside_a_repository()
    {
        var inner = Directory.CreateDirectory(Path.Combine(scratch.Folder, "inner")).FullName;
        var e = await Should.ThrowAsync<GitException>(GitRepository.OpenAsync(inner, None));
        e.Problem.ShouldBe(GitProblem.NotARepository);
        e.Message.ShouldContain(inner);
        (await Should.ThrowAsync<GitException>(GitRepository.OpenAsync(inner + "/missing", None))).Problem.ShouldBe(GitProblem.NotARepository);
    }

    [Fact]
    public async Task An_empty_repository_has_a_branch_and_no_head()
    {
        await using var repository = await OpenAsync();
        (await repository.Refs.HeadAsync(None)).ShouldBeNull();
        (await repository.Refs.HeadBranchAsync(None)).ShouldBe("main");
        var first = await repository.WriteTreeAsync(await repository.EmptyTreeAsync(None), [Put("a.txt", "a\n")], None);
        (await repository.Tree(first).ListAsync(None)).ShouldBe(["a.txt"]);
    }

    [Fact]
    public async Task Opens_checkouts_bare_repositories_and_linked_worktrees_alike()
    {
        scratch.Write("a.txt", "a\n");
        var commit = scratch.Commit();
        scratch.Git("clone", "-q", "--bare", ".", scratch.Beside("bare.git"));
        scratch.Git("worktree", "add", "-q", "-b", "other", scratch.Beside("linked"));
        foreach (var folder in new[] { scratch.Folder, scratch.Beside("bare.git"), scratch.Beside("linked") })
        {
            await using var repository = await GitRepository.OpenAsync(folder, None);
            (await repository.Refs.HeadAsync(None))!.Value.Value.ShouldBe(commit);
            repository.WorkTree.ShouldBe(folder.EndsWith(".git", StringComparison.Ordinal) ? null : folder);
            (await repository.DirtyPathsAsync(None)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Resolves_branches_tags_ids_and_says_null_to_what_is_not_there()
    {
        scratch.Write("a.txt", "a\n");
        var first = scratch.Commit();
        scratch.Git("tag", "-a", "v1", "-m", "one");
        var second = scratch.Commit();
        await using var repository = await OpenAsync();
        (await repository.Refs.ResolveAsync("v1", None))!.Value.Value.ShouldBe(first);
        (await repository.Refs.ResolveAsync("main", None))!.Value.Value.ShouldBe(second);
        (await repository.Refs.ResolveAsync("HEAD~1", None))!.Value.Value.ShouldBe(first);
        (await repository.Refs.ResolveAsync("nowhere", None)).ShouldBeNull();
        (await repository.Refs.ResolveAsync("--all", None)).ShouldBeNull();
        (await repository.Refs.ResolveAsync(new string('1', 40), None)).ShouldBeNull();
        (await repository.Refs.ListAsync("refs/", None)).Select(found => found.Name).ShouldBe(["refs/heads/main", "refs/tags/v1"]);
        (await repository.ReadCommitAsync(new CommitId(second), None)).Parents.ShouldBe([new CommitId(first)]);
    }

    [Fact]
    public async Task Reads_exact_bytes_kinds_and_odd_names()
    {
        byte[] crlf = "one\r\ntwo"u8.ToArray();
        scratch.Write(".gitattributes", "* text=auto eol=lf\n");
        scratch.Git("add", "-A");
        scratch.Git("commit", "-qm", "attributes");
        scratch.Write("crlf.txt", crlf);
        var blob = scratch.Git("hash-object", "-w", "--no-filters", "crlf.txt");
        scratch.Git("update-index", "--add", "--cacheinfo", $"100644,{blob},win/crlf.txt");
        scratch.Git("update-index", "--add", "--cacheinfo", $"100755,{blob},run.sh");
        scratch.Git("update-index", "--add", "--cacheinfo", $"120000,{blob},link");
        scratch.Git("update-index", "--add", "--cacheinfo", $"160000,{scratch.Git("rev-parse", "HEAD")},module");
        scratch.Git("update-index", "--add", "--cacheinfo", $"100644,{blob},README");
        scratch.Git("update-index", "--add", "--cacheinfo", $"100644,{blob},readme");
        scratch.Git("update-index", "--add", "--cacheinfo", $"100644,{blob},wörter/new\nline\t\"q\".txt");
        scratch.Git("commit", "-qm", "odd");
        var (repository, id) = await OpenHeadAsync();
        await using var _ = repository;
        var tree = repository.Tree(id);
        (await tree.ReadAsync("win/crlf.txt", None))!.Content.ToArray().ShouldBe(crlf);
        (await tree.ReadAsync("run.sh", None))!.Kind.ShouldBe(FileKind.Executable);
        (await tree.ReadAsync("link", None))!.Kind.ShouldBe(FileKind.SymbolicLink);
        (await tree.ReadAsync("wörter/new\nline\t\"q\".txt", None)).ShouldNotBeNull();
        (await tree.ReadAsync("module", None)).ShouldBeNull();
        (await tree.FindAsync("module", None))!.Mode.ShouldBe(EntryMode.Submodule);
        foreach (var nothing in new[] { "win", "win/", "", "run.sh/x", "module/x", "../x", "none" })
            (await tree.ReadAsync(nothing, None)).ShouldBeNull(nothing);
        (await tree.ListAsync(None)).ShouldBe(
            [".gitattributes", "README", "link", "readme", "run.sh", "win/crlf.txt", "wörter/new\nline\t\"q\".txt"]);
        (await repository.SizeAsync(new BlobId(blob), None)).ShouldBe(crlf.Length);
    }

    [Fact]
    public async Task Names_that_are_not_utf8_survive_reading_writing_and_comparing()
    {
        await using var repository = await OpenAsync();
        // Byte 0xE9 is é in Latin-1 and no UTF-8.
        const string name = "caf\uDCE9/\uDCFF.txt";
        var empty = await repository.EmptyTreeAsync(None);
        var tree = await repository.WriteTreeAsync(empty, [Put(name, "x")], None);
        (await repository.Tree(tree).ListAsync(None)).ShouldBe([name]);
        (await repository.Tree(tree).ReadAsync(name, None))!.Content.ToArray().ShouldBe("x"u8.ToArray());
        (await repository.ChangesAsync(empty, tree, None)).Single().Path.ShouldBe(name);
        scratch.GitBytes("ls-tree", "-r", "-z", "--name-only", tree.Value).ShouldBe([.. "caf"u8, 0xE9, (byte)'/', 0xFF, .. ".txt\0"u8]);
    }

    [Fact]
    public async Task A_sha256_repository_works_the_same()
    {
        using var wide = new ScratchRepository("sha256");
        wide.Write("d/a.txt", "a\n");
        wide.Commit();
        await using var repository = await GitRepository.OpenAsync(wide.Folder, None);
        var head = (await repository.Refs.HeadAsync(None))!.Value;
        head.Value.Length.ShouldBe(64);
        var tree = await repository.WriteTreeAsync(await repository.TreeOfAsync(head, None), [Put("d/b.txt", "b\n")], None);
        wide.Write("d/b.txt", "b\n");
        wide.Git("add", "-A");
        tree.Value.ShouldBe(wide.Git("write-tree"));
        (await repository.Refs.CreateBranchAsync("next", head, None)).ShouldBeOfType<RefUpdate.Done>();
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("")]
    [InlineData("a/")]
    [InlineData(".git/config")]
    [InlineData("a/.GIT/hooks/pre-commit")]
    [InlineData(".git /x")]
    [InlineData(".git./x")]
    [InlineData("git~1/x")]
    [InlineData(".g\u200Cit/x")]
    [InlineData(".git::$INDEX_ALLOCATION/x")]
    public async Task An_unsafe_path_is_never_written(string path)
    {
        await using var repository = await OpenAsync();
        var empty = await repository.EmptyTreeAsync(None);
        await Should.ThrowAsync<ArgumentException>(repository.WriteTreeAsync(empty, [Put(path, "x")], None));
    }

    [Fact]
    public async Task A_file_and_a_folder_never_silently_replace_each_other()
    {
        scratch.Write("d/a.txt", "a");
        scratch.Write("f", "f");
        scratch.Commit();
        var (repository, tree) = await OpenHeadAsync();
        await using var _ = repository;
        async Task Refused(params FileChange[] changes) =>
            await Should.ThrowAsync<ArgumentException>(repository.WriteTreeAsync(tree, changes, None));
        await Refused(Put("d", "x"));
        await Refused(Put("f/x", "x"));
        await Refused(Deleted("d"));
        await Refused(Put("n", "x"), Put("n/y", "y"));
        await Refused(Put("f", "1"), Put("f", "2"));
        async Task<IReadOnlyList<string>> Paths(params FileChange[] changes) =>
            await repository.Tree(await repository.WriteTreeAsync(tree, changes, None)).ListAsync(None);
        (await Paths(Put("d", "x"), Deleted("d/a.txt"))).ShouldBe(["d", "f"]);
        (await Paths(Deleted("f"), Put("f/x", "x"))).ShouldBe(["d/a.txt", "f/x"]);
        (await Paths(Deleted("d/a.txt"), Deleted("nowhere/x"))).ShouldBe(["f"]);
        (await Paths(Deleted("d/a.txt"), Deleted("f"))).ShouldBeEmpty();
        (await repository.WriteTreeAsync(tree, [], None)).ShouldBe(tree);
        (await repository.WriteTreeAsync(tree, [Put("f", "f")], None)).ShouldBe(tree);
    }

    [Fact]
    public async Task The_difference_is_text_and_a_list_of_paths()
    {
        scratch.Write("a.txt", "one\ntwo\nthree\n");
        scratch.Write("gone.txt", "x\n");
        scratch.Commit();
        scratch.Git("config", "diff.external", "false");
        scratch.Git("config", "diff.noprefix", "true");
        var (repository, before) = await OpenHeadAsync();
        await using var _ = repository;
        var after = await repository.WriteTreeAsync(
            before, [Put("a.txt", "one\n2\nthree\n"), Deleted("gone.txt"), Put("new.sh", "n\n", FileKind.Executable)], None);
        var text = await repository.DiffAsync(before, after, 3, None);
        text.ShouldStartWith("diff --git a/a.txt b/a.txt\nindex ");
        text.ShouldContain("@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
        text.ShouldContain("new file mode 100755");
        (await repository.ChangesAsync(before, after, None)).Select(change => (change.Kind, change.Path)).ShouldBe(
            [(TreeChangeKind.Modified, "a.txt"), (TreeChangeKind.Deleted, "gone.txt"), (TreeChangeKind.Added, "new.sh")]);
        (await repository.DiffAsync(after, after, 3, None)).ShouldBe("");
    }

    [Fact]
    public async Task Trees_merge_or_say_where_they_conflict()
    {
        scratch.Write("a.txt", "1\n2\n3\n4\n5\n");
        scratch.Write("b.txt", "b\n");
        scratch.Commit();
        var (repository, start) = await OpenHeadAsync();
        await using var _ = repository;
        var ours = await repository.WriteTreeAsync(start, [Put("a.txt", "ONE\n2\n3\n4\n5\n"), Put("ours.txt", "o")], None);
        var theirs = await repository.WriteTreeAsync(start, [Put("a.txt", "1\n2\n3\n4\nFIVE\n")], None);
        var merged = (await repository.MergeAsync(start, ours, theirs, None)).ShouldBeOfType<TreeMerge.Clean>().Tree;
        Encoding.UTF8.GetString((await repository.Tree(merged).ReadAsync("a.txt", None))!.Content.Span).ShouldBe("ONE\n2\n3\n4\nFIVE\n");
        var other = await repository.WriteTreeAsync(start, [Put("a.txt", "uno\n2\n3\n4\n5\n"), Deleted("b.txt")], None);
        var changed = await repository.WriteTreeAsync(ours, [Put("b.txt", "changed\n")], None);
        var conflicts = (await repository.MergeAsync(start, changed, other, None)).ShouldBeOfType<TreeMerge.Conflicted>().Conflicts;
        conflicts.SelectMany(conflict => conflict.Paths).Order().ShouldBe(["a.txt", "b.txt"]);
        conflicts.Select(conflict => conflict.Kind).Order().ShouldBe(["CONFLICT (contents)", "CONFLICT (modify/delete)"]);
        (await repository.MergeAsync(start, start, theirs, None)).ShouldBe(new TreeMerge.Clean(theirs));
        (await repository.MergeAsync(start, ours, start, None)).ShouldBe(new TreeMerge.Clean(ours));
    }

    [Fact]
    public async Task A_commit_has_exactly_what_it_was_given()
    {
        scratch.Write("a.txt", "a\n");
        var parent = new CommitId(scratch.Commit());
        var (repository, tree) = await OpenHeadAsync();
        await using var _ = repository;
        scratch.Git("config", "commit.gpgSign", "true");
        scratch.Git("config", "gpg.program", "/bin/false");
        var author = new CommitSignature("Grace Hopper", "grace@example.test", new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(-5)));
        var committer = new CommitSignature("TaskBot", "bot@example.test", new DateTimeOffset(1960, 1, 1, 0, 0, 0, TimeSpan.Zero).AddYears(50));
        var commit = await repository.CommitAsync(new CommitDraft(tree, [parent], author, committer, "Fix: größer\n\nBody # kept"), None);
        scratch.Git("cat-file", "commit", commit.Value).ShouldBe($"""
            tree {tree}
            parent {parent}
            author Grace Hopper <grace@example.test> 1709226000 -0500
            committer TaskBot <bot@example.test> 1262304000 +0000

            Fix: größer

            Body # kept
            """);
        (await repository.ReadCommitAsync(commit, None)).Message.ShouldBe("Fix: größer\n\nBody # kept\n");
    }

    [Fact]
    public async Task A_ref_moves_only_from_where_it_is_expected()
    {
        var first = new CommitId(scratch.Commit());
        var second = new CommitId(scratch.Commit());
        await using var repository = await OpenAsync();
        var refs = repository.Refs;
        (await refs.CreateBranchAsync("taskbot/1", first, None)).ShouldBeOfType<RefUpdate.Done>();
        (await refs.CreateBranchAsync("taskbot/1", second, None)).ShouldBe(new RefUpdate.Moved(first));
        (await refs.UpdateAsync("refs/heads/taskbot/1", second, expected: second, None)).ShouldBe(new RefUpdate.Moved(first));
        (await refs.UpdateAsync("refs/heads/taskbot/1", second, expected: first, None)).ShouldBeOfType<RefUpdate.Done>();
        scratch.Git("rev-parse", "taskbot/1").ShouldBe(second.Value);
        (await refs.DeleteBranchAsync("taskbot/1", first, None)).ShouldBe(new RefUpdate.Moved(second));
        (await refs.DeleteBranchAsync("taskbot/1", second, None)).ShouldBeOfType<RefUpdate.Done>();
        (await refs.ResolveAsync("taskbot/1", None)).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(refs.UpdateAsync("refs/heads/a..b", first, null, None));
    }

    [Fact]
    public async Task Says_which_paths_of_the_checkout_are_dirty()
    {
        scratch.Write(".gitignore", "*.log\n");
        scratch.Write("a.txt", "a\n");
        scratch.Write("b.txt", "b\n");
        scratch.Commit();
        await using var repository = await OpenAsync();
        (await repository.DirtyPathsAsync(None)).ShouldBeEmpty();
        scratch.Write("a.txt", "changed\n");
        scratch.Write("new.txt", "n\n");
        scratch.Write("x.log", "l\n");
        scratch.Write("staged.txt", "s\n");
        scratch.Git("add", "staged.txt");
        File.Delete(Path.Combine(scratch.Folder, "b.txt"));
        scratch.Write("excluded.txt", "e\n");
        File.WriteAllText(Path.Combine(scratch.Folder, ".git/info/exclude"), "excluded.txt\n");
        (await repository.DirtyPathsAsync(None)).ShouldBe(["a.txt", "b.txt", "new.txt", "staged.txt"]);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Nothing_that_the_repository_configures_runs()
    {
        var marker = scratch.Beside("ran");
        var trap = $"touch {marker};false";
        scratch.Write(".gitattributes", "*.txt filter=trap diff=trap merge=trap\n");
        scratch.Write("a.txt", "1\n2\n3\n");
        scratch.Commit();
        foreach (var hook in new[] { "reference-transaction", "post-index-change", "pre-push", "post-checkout", "fsmonitor-watchman" })
        {
            File.WriteAllText(Path.Combine(scratch.Folder, ".git/hooks", hook), $"#!/bin/sh\n{trap}\n");
            File.SetUnixFileMode(Path.Combine(scratch.Folder, ".git/hooks", hook), (UnixFileMode)0b111_101_101);
        }
        string[] keys =
        [
            "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass", "core.alternateRefsCommand", "credential.helper",
            "diff.external", "diff.trap.command", "diff.trap.textconv", "merge.trap.driver", "filter.trap.clean", "filter.trap.smudge",
            "filter.trap.process", "gpg.program", "alias.status", "uploadpack.packObjectsHook",
        ];
        foreach (var key in keys)
            scratch.Git("config", key, key.StartsWith("alias", StringComparison.Ordinal) ? "!" + trap : trap);
        scratch.Git("config", "filter.trap.required", "true");
        scratch.Git("config", "commit.gpgSign", "true");
        File.AppendAllText(Path.Combine(scratch.Folder, "a.txt"), "dirty\n");
        var (repository, tree) = await OpenHeadAsync();
        await using var _ = repository;
        (await repository.DirtyPathsAsync(None)).ShouldBe(["a.txt"]);
        var ours = await repository.WriteTreeAsync(tree, [Put("a.txt", "one\n2\n3\n")], None);
        var theirs = await repository.WriteTreeAsync(tree, [Put("a.txt", "1\n2\nthree\n")], None);
        (await repository.MergeAsync(tree, ours, theirs, None)).ShouldBeOfType<TreeMerge.Clean>();
        (await repository.DiffAsync(ours, theirs, 3, None)).ShouldContain("+three");
        var head = (await repository.Refs.HeadAsync(None))!.Value;
        (await repository.Refs.CreateBranchAsync("x", head, None)).ShouldBeOfType<RefUpdate.Done>();
        await using var bare = await GitRepository.CreateBareAsync(scratch.Beside("mirror.git"), None);
        await new GitRemote(bare, scratch.Folder).FetchAsync(["+refs/heads/*:refs/heads/*"], blobless: false, None);
        (await new GitRemote(repository, scratch.Beside("mirror.git")).PushAsync("refs/heads/y", head, null, None)).ShouldBeOfType<RefUpdate.Done>();
        (await new GitRemote(bare, scratch.Folder).PushAsync("refs/heads/z", head, null, None)).ShouldBeOfType<RefUpdate.Done>();
        File.Exists(marker).ShouldBeFalse();
    }

    [Fact]
    public async Task A_missing_object_names_itself()
    {
        await using var repository = await OpenAsync();
        var e = await Should.ThrowAsync<GitException>(repository.ReadBlobAsync(new BlobId(new string('2', 40)), None));
        e.Problem.ShouldBe(GitProblem.ObjectMissing);
        e.Message.ShouldContain(new string('2', 40));
    }

    [Fact]
    public async Task Many_readers_and_writers_share_one_repository()
    {
        scratch.Write("a.txt", "a\n");
        scratch.Commit();
        var (repository, tree) = await OpenHeadAsync();
        await using var _ = repository;
        var trees = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            var made = await repository.WriteTreeAsync(tree, [Put($"d{i % 3}/f{i}.txt", $"{i}\n")], None);
            return Encoding.UTF8.GetString((await repository.Tree(made).ReadAsync($"d{i % 3}/f{i}.txt", None))!.Content.Span);
        }));
        trees.ShouldBe(Enumerable.Range(0, 40).Select(i => $"{i}\n"));
    }

    [Fact]
    public async Task A_cancelled_call_leaves_the_repository_usable()
    {
        scratch.Write("a.txt", "a\n");
        scratch.Commit();
        var (repository, tree) = await OpenHeadAsync();
        await using var _ = repository;
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(repository.WriteTreeAsync(tree, [Put("b.txt", "b")], cancelled.Token));
        (await repository.Tree(tree).ReadAsync("a.txt", None)).ShouldNotBeNull();
    }
}
