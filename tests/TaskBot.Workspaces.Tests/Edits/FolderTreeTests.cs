using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class FolderTreeTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("taskbot-folder").FullName;
    private readonly string _root;
    private readonly FolderTree _tree;

    public FolderTreeTests()
    {
        _root = Directory.CreateDirectory(Path.Combine(_base, "root")).FullName;
        Write("a.txt", "a");
        Write("d/b.txt", "b");
        _tree = new FolderTree(_root);
    }

    public void Dispose() => Directory.Delete(_base, recursive: true);

    [Fact]
    public async Task Lists_and_reads_files_but_not_gits_own_nor_nested_repositories()
    {
        Write(".git/config", "x");
        Write("nested/.git", "gitdir: x");
        Write("nested/c.txt", "c");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), _base);
        (await _tree.ListAsync(default)).ShouldBe(["a.txt", "d/b.txt", "link"]);
        (await _tree.ReadAsync("d/b.txt", default))!.Content.ToArray().ShouldBe("b"u8.ToArray());
        (await _tree.ReadAsync("link", default))!.Kind.ShouldBe(FileKind.SymbolicLink);
        foreach (var path in (string[])[".git/config", "nested/c.txt", "link/root/a.txt", "../root/a.txt", "/etc/passwd", "d", "", "missing"])
        {
            (await _tree.ReadAsync(path, default)).ShouldBeNull(path);
        }
    }

    [Fact]
    public async Task Writes_new_changed_and_deleted_files_and_leaves_nothing_behind()
    {
        await _tree.WriteAsync([Text("a.txt", "A"), Text("new/deep/c.txt", "c"), new FileChange("d/b.txt", null)], default);
        (await _tree.ListAsync(default)).ShouldBe(["a.txt", "new/deep/c.txt"]);
        (await File.ReadAllTextAsync(Path.Combine(_root, "a.txt"))).ShouldBe("A");
    }

    [Fact]
    public async Task A_deleted_file_makes_room_for_a_folder()
    {
        await _tree.WriteAsync([new FileChange("d/b.txt", null), Text("e", "e")], default);
        (await _tree.ListAsync(default)).ShouldBe(["a.txt", "e"]);
    }

    [Theory]
    [InlineData("../out.txt")]
    [InlineData("link/out.txt")]
    [InlineData(".git/config")]
    [InlineData("nested/x.txt")]
    [InlineData("d")]
    [InlineData("a.txt/x")]
    public async Task One_change_that_cannot_be_written_undoes_all_others(string path)
    {
        Write("nested/.git", "gitdir: x");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), _base);
        await Should.ThrowAsync<IOException>(() => _tree.WriteAsync([Text("a.txt", "A"), Text("n/c.txt", "c"), new FileChange("d/b.txt", null), Text(path, "x")], default));
        (await File.ReadAllTextAsync(Path.Combine(_root, "a.txt"))).ShouldBe("a");
        (await _tree.ListAsync(default)).ShouldBe(["a.txt", "d/b.txt", "link"]);
        Directory.Exists(Path.Combine(_root, "n")).ShouldBeFalse();
        Directory.GetFiles(_base, "*.txt").ShouldBeEmpty();
    }

    [Fact]
    public async Task Executable_bits_are_set_kept_and_taken()
    {
        if (OperatingSystem.IsWindows()) return;
        await _tree.WriteAsync([new FileChange("run", new FileEntry(FileKind.Executable, "x"u8.ToArray()))], default);
        (await _tree.ReadAsync("run", default))!.Kind.ShouldBe(FileKind.Executable);
        await _tree.WriteAsync([Text("run", "y")], default);
        (await _tree.ReadAsync("run", default))!.Kind.ShouldBe(FileKind.Regular);
    }

    private static FileChange Text(string path, string text) => new(path, new FileEntry(FileKind.Regular, System.Text.Encoding.UTF8.GetBytes(text)));

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
