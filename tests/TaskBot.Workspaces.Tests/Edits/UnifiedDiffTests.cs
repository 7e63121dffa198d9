using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class UnifiedDiffTests
{
    private const string Before = "one\n\ntwo\n  three\nfour\n";
    private const string After = "one\n\ntwo\n  drei\nfour\n";
    private const string Names = "--- a/a.txt\n+++ b/a.txt\n";
    private const string Body = " two\n-  three\n+  drei\n four\n";

    [Theory]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n" + Body)]
    [InlineData("diff --git a/a.txt b/a.txt\nindex 123..456 100644\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@ heading\n" + Body)]
    [InlineData("diff --git a.txt a.txt\n--- a.txt\n+++ a.txt\n@@ -3,3 +3,3 @@\n" + Body)]
    [InlineData("--- a.txt\t2023-04-10 12:34:56.000000000 +0800\n+++ a.txt\t2023-04-10 12:35:00.000000000 +0800\n@@ -3,3 +3,3 @@\n" + Body)]
    [InlineData("--- ./a.txt\n+++ ./a.txt\n@@ -99,7 +1 @@\n" + Body)]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@ ... @@\n" + Body)]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@\n" + Body)]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n" + Body)]
    [InlineData("--- a/a.txt\n+++ b/invented.txt\n@@ -3,3 +3,3 @@\n" + Body)]
    [InlineData("--- \"a/a.txt\"\n+++ \"b/a.txt\"\n@@ -3,3 +3,3 @@\n" + Body)]
    [InlineData("Here:\n\n````diff\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n" + Body + "````\nDone.\n")]
    [InlineData("```python\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n" + Body + "```")]
    [InlineData("Here:\n\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n" + Body + "\nThis keeps the rest.\n")]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@ -1,5 +1,5 @@\n one\n\n two\n-  three\n+  drei\n four\n")]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@ -1,5 +1,5 @@\none\n\ntwo\n-  three\n+  drei\nfour\n")]
    [InlineData("--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n two\n-   three\n+   drei\n four\n")]
    [InlineData("*** Begin Patch\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,3 @@\n" + Body + "*** End Patch\n")]
    public async Task Each_spelling_of_a_diff_is_understood(string reply) => (await new MemoryTree(("a.txt", Before)).ApplyAsync(reply)).ShouldBe(After);

    [Fact]
    public async Task Backslash_paths_are_understood() =>
        (await new MemoryTree(("src/a.txt", Before)).ApplyAsync("--- src\\a.txt\n+++ src\\a.txt\n@@ -3,3 +3,3 @@\n" + Body, "src/a.txt")).ShouldBe(After);

    [Fact]
    public async Task Of_two_equal_places_only_an_exact_line_number_chooses()
    {
        var tree = new MemoryTree(("a.txt", "x\ny\nz\nx\ny\n"));
        (await tree.ApplyAsync(Names + "@@ -4,2 +4,2 @@\n x\n-y\n+Y\n")).ShouldBe("x\ny\nz\nx\nY\n");
        (await tree.RefuseAsync(Names + "@@ -3,2 +3,2 @@\n x\n-y\n+Y\n")).Places.ShouldBe([1, 4]);
        (await tree.RefuseAsync(Names + "@@ ... @@\n x\n-y\n+Y\n")).Reason.ShouldBe(RefusalReason.Ambiguous);
    }

    [Fact]
    public async Task A_context_line_that_lost_indentation_takes_along_the_new_lines_that_close_its_block()
    {
        var tree = new MemoryTree(("a.txt", "    if (a) {\n        return 1;\n    }\n"));
        (await tree.ApplyAsync(Names + "@@ -2,1 +2,3 @@\n     return 1;\n+} else {\n+    b();\n")).ShouldBe("    if (a) {\n        return 1;\n    } else {\n        b();\n    }\n");
        (await tree.RefuseAsync(Names + "@@ -2,1 +2,3 @@\n     return 1;\n+  b();\n")).Reason.ShouldBe(RefusalReason.UnevenIndentation);
    }

    [Fact]
    public async Task Two_hunks_for_the_same_line_number_are_one_hunk_given_twice() =>
        (await new MemoryTree(("a.txt", "x\ny\nz\nx\ny\n")).RefuseAsync(Names + "@@ -4,2 +4,2 @@\n x\n-y\n+Y\n" + Names + "@@ -4,2 +4,2 @@\n x\n-y\n+Y\n"))
        .Reason.ShouldBe(RefusalReason.Conflict);

    [Fact]
    public async Task A_hunk_without_signs_whose_header_promises_a_change_is_refused() =>
        (await new MemoryTree(("a.txt", "x\ny\nz\n")).RefuseAsync(Names + "@@ -1,2 +1,3 @@\n x\n y\n@@ -3 +3 @@\n-z\n+Z\n")).Reason.ShouldBe(RefusalReason.NoChange);

    [Fact]
    public async Task The_signature_of_a_mailed_patch_is_no_removed_line() =>
        (await new MemoryTree(("a.txt", "x\ny\n")).ApplyAsync("diff --git a/a.txt b/a.txt\n" + Names + "@@ -1,2 +1,2 @@\n-x\n+X\n y\n-- \n2.39.5\n\n")).ShouldBe("X\ny\n");

    [Fact]
    public async Task Hunks_may_come_in_any_order_and_share_context() =>
        (await new MemoryTree(("a.txt", "a\nb\nc\nd\ne\n")).ApplyAsync(Names + "@@ -3,3 +3,3 @@\n c\n d\n-e\n+E\n@@ -1,3 +1,3 @@\n-a\n+A\n b\n c\n")).ShouldBe("A\nb\nc\nd\nE\n");

    [Fact]
    public async Task Lines_put_between_the_same_two_lines_stay_beside_their_own_context() =>
        (await new MemoryTree(("a.txt", "a\nb\n")).ApplyAsync(Names + "@@\n a\n+after a\n@@\n+before b\n b\n")).ShouldBe("a\nafter a\nbefore b\nb\n");

    [Fact]
    public async Task Context_that_lost_its_column_does_not_move_new_lines() =>
        (await new MemoryTree(("a.txt", "    a()\n    b()\n")).ApplyAsync(Names + "@@ -1,2 +1,3 @@\n    a()\n+    x()\n    b()\n")).ShouldBe("    a()\n    x()\n    b()\n");

    [Fact]
    public async Task A_whole_hunk_moved_by_one_delta_moves_its_new_lines() =>
        (await new MemoryTree(("a.txt", "    a()\n    b()\n")).ApplyAsync(Names + "@@\n a()\n-b()\n+c()\n")).ShouldBe("    a()\n    c()\n");

    [Theory]
    [InlineData("@@ -1,2 +1,2 @@\n one\n-gone\n+new\n", RefusalReason.NotFound)]
    [InlineData("@@ -2,0 +3,1 @@\n+new\n", RefusalReason.NothingToFind)]
    [InlineData("@@ ... @@\n+new\n", RefusalReason.NothingToFind)]
    [InlineData("@@ -1,4 +1,4 @@\n one\n ...\n-  three\n+  drei\n", RefusalReason.NotFound)]
    public async Task A_hunk_that_cannot_be_placed_is_refused(string hunk, RefusalReason reason) =>
        (await new MemoryTree(("a.txt", Before)).RefuseAsync("```diff\n" + Names + hunk + "```")).Reason.ShouldBe(reason);

    [Fact]
    public async Task A_stale_context_line_is_not_dropped() =>
        (await new MemoryTree(("a.txt", Before)).RefuseAsync(Names + "@@ -3,3 +3,3 @@\n TWO\n-  three\n+  drei\n four\n")).Reason.ShouldBe(RefusalReason.NotFound);

    [Fact]
    public async Task A_diff_cut_off_inside_its_fence_is_refused() =>
        (await new MemoryTree(("a.txt", Before)).RefuseAsync("```diff\n" + Names + "@@ -3,3 +3,9 @@\n two\n-  three\n+  dr")).Reason.ShouldBe(RefusalReason.CutOff);

    [Fact]
    public async Task Signed_lines_beyond_a_short_count_still_belong_to_the_hunk() =>
        (await new MemoryTree(("a.txt", Before)).ApplyAsync("```diff\n" + Names + "@@ -3,1 +3,1 @@\n" + Body + "-x\n```".Replace("-x\n", "", StringComparison.Ordinal))).ShouldBe(After);

    [Fact]
    public async Task A_fence_inside_a_diff_of_markdown_is_context() =>
        (await new MemoryTree(("a.md", "# T\n```sh\nls\n```\nend\n")).ApplyAsync("```diff\n--- a/a.md\n+++ b/a.md\n@@ -2,3 +2,3 @@\n ```sh\n-ls\n+ls -l\n ```\n```", "a.md"))
        .ShouldBe("# T\n```sh\nls -l\n```\nend\n");

    [Fact]
    public async Task New_deleted_renamed_and_executable_files()
    {
        (await new MemoryTree().ApplyAsync("--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,9 @@\n+a\n+b\n", "new.txt")).ShouldBe("a\nb\n");
        (await new MemoryTree().ApplyAsync("--- a/new.txt\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n", "new.txt")).ShouldBe("a\nb\n");
        (await new MemoryTree(("a.txt", "x\ny\n")).ApplyAsync("--- a/a.txt\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n")).ShouldBeNull();
        var tree = new MemoryTree(("a.txt", Before));
        var renamed = await tree.PlanAsync("diff --git a/a.txt b/d/b.txt\nsimilarity index 90%\nrename from a.txt\nrename to d/b.txt\n--- a/a.txt\n+++ b/d/b.txt\n@@ -3,3 +3,3 @@\n" + Body);
        renamed.Changes.Select(change => (change.Path, change.After is null)).ShouldBe([("a.txt", true), ("d/b.txt", false)]);
        MemoryTree.Text(renamed.Changes[1].After!.Content).ShouldBe(After);
        var mode = await tree.PlanAsync("diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n");
        mode.Changes.ShouldHaveSingleItem().After!.Kind.ShouldBe(FileKind.Executable);
    }

    [Theory]
    [InlineData("--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n", RefusalReason.FileExists)]
    [InlineData("--- a/a.txt\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-one\n", RefusalReason.NotFound)]
    [InlineData("--- a/other.txt\n+++ b/other.txt\n@@ -1 +1 @@\n-one\n+1\n", RefusalReason.MissingFile)]
    [InlineData("diff --git a/a.txt b/a.txt\nindex 1..2\nBinary files a/a.txt and b/a.txt differ\n", RefusalReason.NotText)]
    [InlineData("diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 120000\n", RefusalReason.NotText)]
    [InlineData("```diff\n@@ -1 +1 @@\n-one\n+1\n```", RefusalReason.NoPath)]
    public async Task What_a_diff_may_not_do_is_refused(string reply, RefusalReason reason) =>
        (await new MemoryTree(("a.txt", Before)).RefuseAsync(reply)).Reason.ShouldBe(reason);

    [Theory]
    [InlineData("a\nb", " a\n-b\n+c\n", "a\nc")]
    [InlineData("a\nb", " a\n b\n+c\n", "a\nb\nc")]
    [InlineData("a\nb\n", " a\n-b\n+c\n\\ No newline at end of file\n", "a\nc")]
    [InlineData("a\nb", " a\n-b\n\\ No newline at end of file\n+b\n", "a\nb\n")]
    [InlineData("a\nb", " a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n", "a\nc")]
    [InlineData("a\nb", " a\n-b\n", "a")]
    public async Task The_final_newline_is_the_files_own_unless_the_diff_speaks_of_it(string before, string hunk, string after) =>
        (await new MemoryTree(("a.txt", before)).ApplyAsync(Names + "@@ -1,2 +1,2 @@\n" + hunk)).ShouldBe(after);

    [Fact]
    public async Task A_bare_diff_of_Markdown_keeps_its_hunks_between_fences_that_are_context() =>
        (await new MemoryTree(("a.md", "one\n```\ntwo\nthree\n```\nfour\n"))
            .ApplyAsync("--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n-one\n+1\n ```\n@@ -3,1 +3,1 @@\n-two\n+2\n@@ -5,2 +5,2 @@\n ```\n-four\n+4\n", "a.md"))
        .ShouldBe("1\n```\n2\nthree\n```\n4\n");
}
