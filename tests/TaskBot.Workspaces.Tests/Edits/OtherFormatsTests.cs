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
    public async Task An_anchor_tells_which_of_two_places_is_meant_where_one_follows_it_or_stands_in_what_it_opens()
    {
        var tree = new MemoryTree(("a.py", Before));
        (await tree.ApplyAsync(Patch("*** Update File: a.py\n@@ def g():\n-        pass\n+        return 2\n"), "a.py"))
            .ShouldBe("class A:\n    def f():\n        pass\n    def g():\n        return 2\n");
        (await tree.ApplyAsync(Patch("*** Update File: a.py\n@@ def f():\n-        pass\n+        return 2\n"), "a.py"))
            .ShouldBe("class A:\n    def f():\n        return 2\n    def g():\n        pass\n");
        (await tree.ApplyAsync(Patch("*** Update File: a.py\n@@ class A:\n@@ def g():\n-        pass\n+        return 2\n"), "a.py"))
            .ShouldBe("class A:\n    def f():\n        pass\n    def g():\n        return 2\n");
        (await tree.RefuseAsync(Patch("*** Update File: a.py\n@@ class A:\n-        pass\n+        return 2\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
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
    [InlineData("{\"path\": \"a.py\", \"edits\": [{\"search\": \"class A:\", \"replace\": \"class B:\"}]}")]
    [InlineData("{\"files\": [{\"path\": \"a.py\", \"edits\": [{\"oldText\": \"class A:\", \"newText\": \"class B:\"}]}]}")]
    [InlineData("{\"name\": \"str_replace\", \"arguments\": {\"path\": \"a.py\", \"old_str\": \"class A:\", \"new_str\": \"class B:\"}}")]
    [InlineData("```json\n{\"path\": \"a.py\", \"search\": \"class A:\", \"replace\": \"class B:\"}\n{\"path\": \"a.py\", \"search\": \"class B:\", \"replace\": \"class B:\"}\n```")]
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

    [Fact]
    public async Task A_json_edit_may_rename_too_and_says_one_thing_besides()
    {
        var tree = new MemoryTree(("c.txt", "y\n"));
        var result = await tree.PlanAsync("{\"path\": \"c.txt\", \"rename_to\": \"d.txt\", \"search\": \"y\", \"replace\": \"z\"}");
        result.Changes.Select(change => (change.Path, change.After is null ? null : MemoryTree.Text(change.After.Content))).ShouldBe([("c.txt", null), ("d.txt", "z\n")]);
        (await tree.RefuseAsync("{\"path\": \"c.txt\", \"delete\": true, \"content\": \"z\"}")).Reason.ShouldBe(RefusalReason.Malformed);
        (await tree.RefuseAsync("{\"path\": \"c.txt\", \"rename_to\": \"d.txt\", \"content\": \"z\"}")).Reason.ShouldBe(RefusalReason.Malformed);
    }

    [Fact]
    public async Task A_fence_of_json_edits_that_is_no_json_refuses_the_whole_reply() =>
        (await new MemoryTree(("a.py", Before)).RefuseAsync(
            "```json\n{\"path\": \"a.py\", \"search\": \"class A:\", \"replace\": \"class B:\"}\n```\n```json\n{\"path\": \"a.py\", \"search\": \"    def g():\n```\n"))
        .Reason.ShouldBe(RefusalReason.Malformed);

    [Fact]
    public async Task A_json_file_that_looks_like_an_edit_is_that_file()
    {
        const string Package = "{\n  \"path\": \"a.py\",\n  \"content\": \"one\"\n}\n";
        (await new MemoryTree(("p.json", Package), ("a.py", Before)).ApplyAsync("p.json\n```json\n" + Package.Replace("one", "two", StringComparison.Ordinal) + "```\n", "p.json"))
            .ShouldBe(Package.Replace("one", "two", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whole_file_beside_blocks_is_not_dropped() =>
        (await new MemoryTree(("a.py", Before)).RefuseAsync(
            "a.py\n```\n<<<<<<< SEARCH\nclass A:\n=======\nclass B:\n>>>>>>> REPLACE\n```\n\nb.py\n```python\nimport a\n\na.B()\n```\nThat is all.\n"))
        .Reason.ShouldBe(RefusalReason.MixedFormats);

    [Theory]
    [InlineData("n.js\n```js\nf();\n// ... existing code ...\n```\n")]
    [InlineData("--- /dev/null\n+++ b/n.js\n@@ -0,0 +1,2 @@\n+f();\n+// ... rest of the code ...\n")]
    public async Task A_new_file_of_code_with_a_line_that_stands_for_others_is_refused(string reply) =>
        (await new MemoryTree().RefuseAsync(reply)).Reason.ShouldBe(RefusalReason.Elided);

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
