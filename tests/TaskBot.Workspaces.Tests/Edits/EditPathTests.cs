using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class EditPathTests
{
    [Theory]
    [InlineData("../out.txt")]
    [InlineData("a/../../out.txt")]
    [InlineData("..\\out.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("\\\\server\\share\\x")]
    [InlineData("C:\\x.txt")]
    [InlineData("c:/x.txt")]
    [InlineData("~/x.txt")]
    [InlineData(".git/config")]
    [InlineData("a/.GIT/hooks/pre-commit")]
    [InlineData(".git./config")]
    [InlineData(".git /config")]
    [InlineData("GIT~1/config")]
    [InlineData(".git::$INDEX_ALLOCATION/config")]
    [InlineData(".g\u200cit/config")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a/...")]
    [InlineData("a\0b")]
    public async Task Paths_that_escape_are_refused_under_every_format(string path)
    {
        var json = System.Text.Json.JsonSerializer.Serialize(path);
        (await new MemoryTree().RefuseAsync($"[{{\"path\": {json}, \"content\": \"x\"}}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
        (await new MemoryTree().PlanAsync($"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n")).Applied.ShouldBeFalse();
        (await new MemoryTree().PlanAsync($"{path}\n<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n")).Applied.ShouldBeFalse();
        (await new MemoryTree().PlanAsync($"--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+x\n")).Applied.ShouldBeFalse();
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData(".gitignore")]
    [InlineData("a b/c.txt")]
    [InlineData("app/(group)/[id]/page.tsx")]
    [InlineData("ä/ö.txt")]
    public async Task Ordinary_paths_are_allowed(string path) =>
        (await new MemoryTree().ApplyAsync($"[{{\"path\": \"{path}\", \"content\": \"x\\n\"}}]", path)).ShouldBe("x\n");

    [Fact]
    public async Task Nothing_is_made_below_a_file_a_link_or_a_submodule()
    {
        var tree = new MemoryTree(("file", "x"), (".gitmodules", "[submodule \"s\"]\n\tpath = lib/sub\n\turl = x\n")).Add("link", "/etc", FileKind.SymbolicLink);
        foreach (var path in (string[])["file/x", "link/x", "lib/sub/x", "lib/sub"])
        {
            (await tree.RefuseAsync($"[{{\"path\": \"{path}\", \"content\": \"x\"}}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
        }
        (await tree.PlanAsync("[{\"path\": \"lib/other\", \"content\": \"x\"}]")).Applied.ShouldBeTrue();
    }

    [Fact]
    public async Task A_file_and_a_folder_of_one_name_are_refused_before_anything_is_written()
    {
        var tree = new MemoryTree(("d/b.txt", "b\n"), ("a.txt", "a\n"));
        (await tree.RefuseAsync("[{\"path\": \"d\", \"content\": \"x\"}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
        (await tree.RefuseAsync("[{\"path\": \"a.txt\", \"rename_to\": \"d\"}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
        (await tree.RefuseAsync("[{\"path\": \"a.txt/c\", \"content\": \"x\"}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
        (await tree.RefuseAsync("[{\"path\": \"n\", \"content\": \"x\"}, {\"path\": \"n/m/o\", \"content\": \"x\"}]")).Reason.ShouldBe(RefusalReason.Conflict);
        (await tree.RefuseAsync("[{\"path\": \"d\", \"search\": \"x\", \"replace\": \"y\"}]")).Reason.ShouldBe(RefusalReason.UnsafePath);
    }

    [Fact]
    public async Task A_renamed_file_stays_inside_too() =>
        (await new MemoryTree(("a.txt", "x\n")).RefuseAsync("[{\"path\": \"a.txt\", \"rename_to\": \"../b.txt\"}]")).Reason.ShouldBe(RefusalReason.UnsafePath);

    [Fact]
    public async Task A_missing_file_names_the_ones_that_may_be_meant() =>
        (await new MemoryTree(("src/Deep/Thing.cs", "x\n")).RefuseAsync("thing.cs\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n"))
        .Message.ShouldContain("src/Deep/Thing.cs");
}
