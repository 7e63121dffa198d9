using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class OtherFormatsTests
{
    private const string Before = "class A:\n    def f():\n        pass\n    def g():\n        pass\n";

    private static string Patch(string sections) => $"I do this:\n\n*** Begin Patch\n{sections}*** End Patch\n";

    [Fact]
    public async Task A_patch_envelope_changes_adds_deletes_and_moves()
    {
        var tree = new MemoryTree(("a.py", Before), ("b.txt", "x\n"), ("c.txt", "y\n"));
        var result = await tree.PlanAsync(Patch(
            "*** Add File: n.txt\n+a\n+\n+b\n*** Delete File: b.txt\n*** Update File: c.txt\n*** Move to: d/c.txt\n@@\n-y\n+z\n"
            + "*** Update File: a.py\n@@ class A:\n     def f():\n-        pass\n+        return 1\n"));
        result.Applied.ShouldBeTrue(result.ToString());
        result.Format.ShouldBe(EditFormat.ApplyPatch);
        result.Changes.Select(change => (change.Path, change.After is null ? null : MemoryTree.Text(change.After.Content))).ShouldBe(
        [
            ("a.py", "class A:\n    def f():\n        return 1\n    def g():\n        pass\n"),
            ("b.txt", null),
            ("c.txt", null),
            ("d/c.txt", "z\n"),
            ("n.txt", "a\n\nb\n"),
        ]);
    }

    [Fact]
    public async Task An_anchor_tells_which_of_two_places_is_meant_only_where_one_follows_it()
    {
        var tree = new MemoryTree(("a.py", Before));
        (await tree.ApplyAsync(Patch("*** Update File: a.py\n@@ def g():\n-        pass\n+        return 2\n"), "a.py"))
            .ShouldBe("class A:\n    def f():\n        pass\n    def g():\n        return 2\n");
        (await tree.RefuseAsync(Patch("*** Update File: a.py\n@@ def f():\n-        pass\n+        return 2\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
        (await tree.RefuseAsync(Patch("*** Update File: a.py\n@@ def h():\n-        pass\n+        return 2\n"))).Reason.ShouldBe(RefusalReason.NotFound);
        (await tree.ApplyAsync(Patch("*** Update File: a.py\n@@\n-        pass\n+        return 3\n*** End of File\n"), "a.py")).ShouldNotBeNull().ShouldEndWith("return 3\n");
    }

    [Theory]
    [InlineData("*** Begin Patch\n*** Update File: a.py\n@@\n-        pass\n+        x\n", RefusalReason.Ambiguous)]
    [InlineData("*** Begin Patch\n*** Update File: a.py\n@@\n-class A:\n+class B:\n", RefusalReason.CutOff)]
    [InlineData("*** Update File: a.py\n@@\n-class A:\n+class B:\n*** End Patch\n", RefusalReason.Malformed)]
    [InlineData("*** Begin Patch\n*** Add File: n.txt\nno sign\n*** End Patch\n", RefusalReason.Malformed)]
    [InlineData("*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch\n", RefusalReason.FileExists)]
    public async Task A_damaged_envelope_is_refused(string reply, RefusalReason reason) =>
        (await new MemoryTree(("a.py", Before)).PlanAsync(reply)).Reports.Select(report => report.Reason).ShouldContain(reason);

    [Fact]
    public async Task A_whole_file_replaces_one_that_it_resembles_and_a_snippet_does_not()
    {
        var tree = new MemoryTree(("src/a.py", Before));
        (await tree.ApplyAsync("src/a.py\n```python\n" + Before.Replace("f()", "e()", StringComparison.Ordinal) + "```\n", "src/a.py"))
            .ShouldBe(Before.Replace("f()", "e()", StringComparison.Ordinal));
        (await tree.RefuseAsync("src/a.py\n```python\n    def f():\n        return 1\n```\n")).Reason.ShouldBe(RefusalReason.NoEdit);
        (await tree.ApplyAsync("src/a.py\n```python\nx = 1\n```\n", "src/a.py", EditFormat.WholeFile)).ShouldBe("x = 1\n");
        (await tree.RefuseAsync("src/a.py\n```python\nclass A:\n    # ... existing code ...\n```\n", EditFormat.WholeFile)).Reason.ShouldBe(RefusalReason.Elided);
    }

    [Fact]
    public async Task A_whole_file_may_hold_fences_and_must_be_closed()
    {
        (await new MemoryTree().ApplyAsync("`docs/a.md`\n```markdown\n# T\n```sh\nls\n```\nend\n```\nBye.\n", "docs/a.md")).ShouldBe("# T\n```sh\nls\n```\nend\n");
        (await new MemoryTree().RefuseAsync("docs/a.md\n```markdown\n# T\n")).Reason.ShouldBe(RefusalReason.CutOff);
    }

    [Fact]
    public async Task A_whole_file_keeps_line_ends_and_mark()
    {
        var tree = new MemoryTree(("a.txt", "\uFEFFa\r\nb\r\nc\r\n"));
        (await tree.ApplyAsync("a.txt\n```\na\nx\nc\n```\n")).ShouldBe("\uFEFFa\r\nx\r\nc\r\n");
    }

    [Theory]
    [InlineData("[{\"path\": \"a.py\", \"search\": \"class A:\\n\", \"replace\": \"class B:\\n\"}]")]
    [InlineData("Sure:\n```json\n{\"edits\": [{\"file_path\": \"a.py\", \"old_string\": \"class A:\", \"new_string\": \"class B:\"}]}\n```")]
    [InlineData("{\"path\": \"a.py\", \"old\": \"class A:\", \"new\": \"class B:\",}")]
    public async Task Json_edits_are_whole_lines(string reply) =>
        (await new MemoryTree(("a.py", Before)).ApplyAsync(reply, "a.py")).ShouldBe(Before.Replace("class A", "class B", StringComparison.Ordinal));

    [Fact]
    public async Task Json_edits_create_replace_delete_and_rename_and_do_not_match_inside_a_line()
    {
        var tree = new MemoryTree(("a.py", Before), ("b.txt", "x\n"), ("c.txt", "y\n"));
        var result = await tree.PlanAsync("""
            [{"path": "n.txt", "content": "new\n"}, {"path": "a.py", "content": "all"}, {"path": "b.txt", "delete": true}, {"path": "c.txt", "rename_to": "d.txt"}]
            """);
        result.Changes.Select(change => (change.Path, change.After is null ? null : MemoryTree.Text(change.After.Content)))
            .ShouldBe([("a.py", "all"), ("b.txt", null), ("c.txt", null), ("d.txt", "y\n"), ("n.txt", "new\n")]);
        (await tree.RefuseAsync("[{\"path\": \"a.py\", \"search\": \"class\", \"replace\": \"struct\"}]")).Reason.ShouldBe(RefusalReason.NotFound);
        (await tree.RefuseAsync("[{\"path\": \"a.py\", \"search\": \"class A:\"}]", EditFormat.Json)).Reason.ShouldBe(RefusalReason.Malformed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("I would change the second line, but I am not sure.")]
    [InlineData("```sh\nnpm start\n```\n")]
    public async Task A_reply_without_an_edit_is_refused(string reply) =>
        (await new MemoryTree(("a.py", Before)).RefuseAsync(reply)).Reason.ShouldBe(RefusalReason.NoEdit);

    [Fact]
    public void Every_format_has_a_name()
    {
        foreach (var format in Enum.GetValues<EditFormat>())
        {
            EditFormats.TryParse(EditFormats.NameOf(format), out var parsed).ShouldBeTrue();
            parsed.ShouldBe(format);
        }
        EditFormats.Names.Count().ShouldBe(Enum.GetValues<EditFormat>().Length);
    }
}
