using System.Text;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>A repository that is opened through a forge's API has exactly the trees that git has, whatever the archive makes of them.</summary>
public sealed class ApiMirrorTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tree_is_the_commits_own_whatever_the_archive_leaves_out_or_changes(bool truncates)
    {
        Fill(80);
        scratch.Write(".gitattributes", "/private/ export-ignore\n*.ver export-subst\n*.crlf text eol=crlf\n");
        scratch.Write("private/deep/er/secret.txt", "left out of archives\n");
        scratch.Write("about.ver", "$Format:%H$\n");
        scratch.Write("line.crlf", "one\ntwo\n");
        scratch.Write("empty.txt", "");
        scratch.Write("large.bin", [.. Enumerable.Range(0, 3_000_000).Select(at => (byte)(at * 7))]);
        scratch.Write("media/film.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
        scratch.Write($"long/{new string('n', 120)}/{new string('m', 140)}.txt", "a long path\n");
        scratch.Write("tool.sh", "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(scratch.Folder, "tool.sh"), (UnixFileMode)0x1ED);
        File.CreateSymbolicLink(Path.Combine(scratch.Folder, "link"), "tool.sh");
        File.CreateSymbolicLink(Path.Combine(scratch.Folder, "far"), $"/{new string('f', 150)}/x");
        scratch.Write("Case.txt", "one\n");
        scratch.Write("case.txt", "another\n");
        scratch.Git("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},vendor/library");
        var commit = new CommitId(scratch.Commit("everything"));
        var api = new ScratchApi(scratch) { Truncates = truncates };

        await using var repository = await Mirror(api).OpenAsync(commit, None);

        (await repository.TreeOfAsync(commit, None)).Value.ShouldBe(scratch.HeadTree);
        await ShouldBeWholeAsync(repository, commit);
        // The two files that the archive has otherwise or not at all came when they were read.
        api.Asked.Count(what => what == "archive").ShouldBe(1);
        api.Asked.Count(what => what == "blob").ShouldBe(3);
        api.Asked.Count(what => what == "tree").ShouldBe(truncates ? 11 : 1);
    }

    [Fact]
    public async Task Names_that_are_not_text_come_from_the_archive()
    {
        Fill(3);
        // git itself writes the names: .NET would not.
        var blob = scratch.Git("hash-object", "-w", Path.Combine(scratch.Folder, "d0/f0.txt"));
        var list = Encoding.Latin1.GetBytes($"100644 blob {blob}\tcaf\xE9.txt\0100755 blob {blob}\tca\uFFFDf.txt\0");
        var inner = Tree(list);
        var commit = new CommitId(scratch.Git("commit-tree", "-m", "names", Tree(Encoding.Latin1.GetBytes($"040000 tree {inner}\tn\xFC\0100644 blob {blob}\tplain.txt\0"))));

        await using var repository = await Mirror(new ScratchApi(scratch)).OpenAsync(commit, None);
        (await repository.Tree(await repository.TreeOfAsync(commit, None)).ListAsync(None)).ShouldContain("n\uDCFC/caf\uDCE9.txt");
        await ShouldBeWholeAsync(repository, commit);
    }

    [Theory]
    [InlineData("+0000", "+0000")]
    [InlineData("-0800", "-0800")]
    [InlineData("+0545", "+1400")]
    [InlineData("-0330", "+0100")]
    public async Task A_commit_is_rebuilt_though_its_offsets_are_not_told(string author, string committer)
    {
        Fill(2);
        scratch.Git("add", "-A");
        var commit = Raw($"tree {scratch.Git("write-tree")}\nauthor Grace O'Hopper <g@x> 1700000000 {author}\ncommitter Ada <a@x> 1700000005 {committer}\n\nfix: it\n\nWith a body.\n");
        await using var repository = await Mirror(new ScratchApi(scratch)).OpenAsync(commit, None);
        (await repository.ReadCommitAsync(commit, None)).Message.ShouldBe("fix: it\n\nWith a body.\n");
        repository.IsPartial.ShouldBeTrue();
    }

    [Theory]
    [InlineData("-----END PGP SIGNATURE-----")]
    [InlineData("-----END PGP SIGNATURE-----\n ")]
    public async Task A_signed_commit_is_rebuilt_from_what_was_signed(string end)
    {
        Fill(2);
        scratch.Git("add", "-A");
        var commit = Raw(
            $"tree {scratch.Git("write-tree")}\nparent {new string('a', 40)}\nauthor A <a@x> 1700000000 +0200\ncommitter GitHub <noreply@github.com> 1700000000 +0200\nencoding UTF-8\n"
            + $"gpgsig -----BEGIN PGP SIGNATURE-----\n \n wsFcBAABCAAQBQJ\n =x4Yz\n {end}\n\nMerge pull request #1\n\nWith no line end");
        await using var repository = await Mirror(new ScratchApi(scratch)).OpenAsync(commit, None);
        (await repository.ReadCommitAsync(commit, None)).Parents.ShouldHaveSingleItem().Value.ShouldBe(new string('a', 40));
    }

    [Fact]
    public async Task A_commit_with_a_header_that_is_not_told_is_refused_and_nothing_is_taken_for_it()
    {
        Fill(2);
        scratch.Git("add", "-A");
        var commit = Raw($"tree {scratch.Git("write-tree")}\nauthor A <a@x> 1700000000 +0000\ncommitter A <a@x> 1700000000 +0000\nencoding ISO-8859-1\n\nold\n");
        var refused = await Should.ThrowAsync<GitException>(() => Mirror(new ScratchApi(scratch)).OpenAsync(commit, None));
        refused.Problem.ShouldBe(GitProblem.AnswerWrong);
        refused.Message.ShouldContain("Open it with git");
    }

    [Fact]
    public async Task The_next_commit_costs_its_difference_and_the_same_one_nothing()
    {
        Fill(80);
        var first = new CommitId(scratch.Commit("first"));
        scratch.Write("d0/f0.txt", "changed\n");
        var second = new CommitId(scratch.Commit("second"));
        var api = new ScratchApi(scratch);
        await (await Mirror(api).OpenAsync(first, None)).DisposeAsync();
        api.Asked.ShouldBe(["commit", "tree", "archive"]);

        api.Asked.Clear();
        await using var repository = await Mirror(api).OpenAsync(second, None);
        api.Asked.ShouldBe(["commit", "tree"]);
        await ShouldBeWholeAsync(repository, second);
        api.Asked.ShouldBe(["commit", "tree", "blob"]);
        (await repository.ChangesAsync(await repository.TreeOfAsync(first, None), await repository.TreeOfAsync(second, None), None))
            .ShouldHaveSingleItem().Path.ShouldBe("d0/f0.txt");

        api.Asked.Clear();
        await (await Mirror(api).OpenAsync(second, None)).DisposeAsync();
        api.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_who_ask_at_the_same_time_share_one_download()
    {
        Fill(80);
        var commit = new CommitId(scratch.Commit());
        var api = new ScratchApi(scratch);
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Mirror(api).OpenAsync(commit, None)));
        api.Asked.ShouldBe(["commit", "tree", "archive"]);
        foreach (var repository in opened) await repository.DisposeAsync();
    }

    [Fact]
    public async Task A_download_that_breaks_off_leaves_no_commit_and_the_next_try_succeeds()
    {
        Fill(80);
        var commit = new CommitId(scratch.Commit());
        var api = new ScratchApi(scratch) { OnArchive = archive => archive[..(archive.Length / 2)] };
        (await Should.ThrowAsync<GitException>(() => Mirror(api).OpenAsync(commit, None))).Message.ShouldContain("Try again");
        await using (var half = await GitRepository.OpenAsync(Place, None)) (await half.Refs.ResolveAsync(commit.Value, None)).ShouldBeNull();
        api.OnArchive = archive => archive;
        await using var repository = await Mirror(api).OpenAsync(commit, None);
        await ShouldBeWholeAsync(repository, commit);
    }

    [Fact]
    public async Task An_api_that_lies_about_a_commit_a_tree_or_a_file_is_not_believed()
    {
        Fill(3);
        var other = scratch.Commit("other");
        var otherTree = scratch.HeadTree;
        scratch.Write("d0/f0.txt", "right\n");
        var commit = new CommitId(scratch.Commit());

        var api = new ScratchApi(scratch) { OnCommit = told => told with { Tree = new TreeId(otherTree) } };
        (await Should.ThrowAsync<GitException>(() => Mirror(api).OpenAsync(commit, None))).Problem.ShouldBe(GitProblem.AnswerWrong);

        api = new ScratchApi(scratch) { OnTree = told => told with { Entries = [.. told.Entries.Select(entry => entry.Path == "d0/f0.txt" ? entry with { Mode = EntryMode.Executable } : entry)] } };
        (await Should.ThrowAsync<GitException>(() => Mirror(api).OpenAsync(commit, None))).Message.ShouldContain("'/d0'");

        api = new ScratchApi(scratch) { OnTree = told => told with { Entries = [.. told.Entries.Where(entry => entry.Path != "d0")] } };
        (await Should.ThrowAsync<GitException>(() => Mirror(api).OpenAsync(commit, None))).Message.ShouldContain("not of its folder");

        api = new ScratchApi(scratch) { OnBlob = content => [.. content, (byte)'!'] };
        await using var repository = await Mirror(api).OpenAsync(commit, None);
        var tree = repository.Tree(await repository.TreeOfAsync(commit, None));
        (await Should.ThrowAsync<GitException>(async () => await tree.ReadAsync("d0/f0.txt", None))).Problem.ShouldBe(GitProblem.AnswerWrong);
        other.ShouldNotBe(commit.Value);
    }

    [Fact]
    public async Task Trees_are_derived_compared_and_merged_as_in_any_repository()
    {
        Fill(4);
        var commit = new CommitId(scratch.Commit());
        await using var repository = await Mirror(new ScratchApi(scratch)).OpenAsync(commit, None);
        var tree = await repository.TreeOfAsync(commit, None);
        var ours = await repository.WriteTreeAsync(tree, [ScratchRepository.Put("d0/f0.txt", "ours\n")], None);
        var theirs = await repository.WriteTreeAsync(tree, [ScratchRepository.Put("d1/f1.txt", "theirs\n")], None);
        var merged = (await repository.MergeAsync(tree, ours, theirs, None)).ShouldBeOfType<TreeMerge.Clean>().Tree;
        (await repository.DiffAsync(tree, merged, 3, None)).ShouldContain("+theirs");
        var made = await repository.CommitAsync(new CommitDraft(merged, [commit], By, By, "on top"), None);
        (await repository.TreeOfAsync(made, None)).ShouldBe(merged);
    }

    static CommitSignature By => new("Ada", "ada@example.test", DateTimeOffset.UnixEpoch);

    string Place => scratch.Beside("mirrors/acme/demo.api.git");

    ApiMirror Mirror(ScratchApi api) => new(Place, api, TimeProvider.System);

    void Fill(int files)
    {
        for (var at = 0; at < files; at++) scratch.Write($"d{at % 4}/f{at}.txt", $"file {at}\n");
    }

    /// <summary>Every file, link and submodule is git's own, and git finds nothing wrong with what is stored.</summary>
    async Task ShouldBeWholeAsync(GitRepository repository, CommitId commit)
    {
        var tree = repository.Tree(await repository.TreeOfAsync(commit, None));
        foreach (var path in await tree.ListAsync(None))
            (await tree.ReadAsync(path, None)).ShouldNotBeNull().Content.ToArray().ShouldBe(scratch.GitBytes("cat-file", "blob", await IdAsync(path)), path);
        var (_, output, error) = ScratchRepository.Run(repository.Folder, "ls-tree", "-r", "-z", commit.Value);
        output.ShouldBe(scratch.GitBytes("ls-tree", "-r", "-z", commit.Value), error);

        async Task<string> IdAsync(string path) => (await repository.ListAsync(tree.Id, None)).Single(entry => entry.Path == path).ObjectId;
    }

    string Tree(byte[] entries)
    {
        var list = scratch.Beside("entries");
        File.WriteAllBytes(list, entries);
        return Encoding.UTF8.GetString(Shell($"git mktree -z < '{list}'")).Trim();
    }

    CommitId Raw(string text)
    {
        var file = scratch.Beside("commit");
        File.WriteAllText(file, text);
        return new CommitId(scratch.Git("hash-object", "-w", "-t", "commit", "--literally", file));
    }

    byte[] Shell(string command)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = scratch.Folder, RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
        return output.ToArray();
    }
}
