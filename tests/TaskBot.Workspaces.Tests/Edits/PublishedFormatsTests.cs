namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>
/// Every spelling that the formats' own descriptions give, one by one: git's diff-format and diff-config pages, aider's edit formats, Cline's
/// and Roo's tools, the grammar of Codex's apply_patch, and the calls that other agents' edit tools are described by.
/// </summary>
public sealed class PublishedFormatsTests
{
    private const string Old = "        return self.data[key]";
    private const string New = "        return self.data.get(key)";
    private const string Before = "import os\n\n\nclass Store:\n    def get(self, key):\n" + Old + "\n\n    def put(self, key, value):\n        self.data[key] = value\n";
    private const string Hunk = "@@ -4,3 +4,3 @@ import os\n class Store:\n     def get(self, key):\n-" + Old + "\n+" + New + "\n";
    private const string Names = "--- a/src/store.py\n+++ b/src/store.py\n";
    private const string Block = "<<<<<<< SEARCH\n" + Old + "\n=======\n" + New + "\n>>>>>>> REPLACE\n";
    private const string Section = "*** Update File: src/store.py\n@@ class Store:\n     def get(self, key):\n-" + Old + "\n+" + New + "\n";

    private static string After => Before.Replace(Old, New, StringComparison.Ordinal);

    public static TheoryData<string, string> Spellings { get; } = new()
    {
        { "git diff", "diff --git a/src/store.py b/src/store.py\nindex 1234567..89abcde 100644\n" + Names + Hunk },
        { "git diff, fenced", "```diff\n" + Names + Hunk + "```\n" },
        { "git diff --no-prefix", "diff --git src/store.py src/store.py\n--- src/store.py\n+++ src/store.py\n" + Hunk },
        { "diff.mnemonicPrefix, index and work tree", "diff --git i/src/store.py w/src/store.py\n--- i/src/store.py\n+++ w/src/store.py\n" + Hunk },
        { "diff.mnemonicPrefix, commit and index", "--- c/src/store.py\n+++ i/src/store.py\n" + Hunk },
        { "diff.mnemonicPrefix, object and work tree", "--- o/src/store.py\n+++ w/src/store.py\n" + Hunk },
        { "diff -u, with times", "--- src/store.py\t2024-01-01 00:00:00.000000000 +0000\n+++ src/store.py\t2024-01-02 00:00:00.000000000 +0000\n" + Hunk },
        { "svn diff", "Index: src/store.py\n===================================================================\n--- src/store.py\t(revision 1)\n+++ src/store.py\t(working copy)\n" + Hunk },
        { "git format-patch", "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH] fix\n\nText\n---\n src/store.py | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\ndiff --git a/src/store.py b/src/store.py\n" + Names + Hunk + "-- \n2.40.0\n" },
        { "git show", "commit 1234567890\nAuthor: A <a@b>\nDate:   Mon\n\n    fix\n\ndiff --git a/src/store.py b/src/store.py\n" + Names + Hunk },
        { "a hunk's count left out where it is one", Names + "@@ -6 +6 @@\n-" + Old + "\n+" + New + "\n" },
        { "aider udiff", "```diff\n--- src/store.py\n+++ src/store.py\n@@ ... @@\n class Store:\n     def get(self, key):\n-" + Old + "\n+" + New + "\n```\n" },
        { "aider diff", "src/store.py\n```python\n" + Block + "```\n" },
        { "aider diff-fenced", "```\nsrc/store.py\n" + Block + "```\n" },
        { "aider, a fence of four", "src/store.py\n````python\n" + Block + "````\n" },
        { "aider, a fence of tags", "src/store.py\n<source>\n" + Block + "</source>\n" },
        { "aider, as its own parser reads names", "#### `src/store.py`:\n```python\n" + Block + "```\n" },
        { "aider, bold", "**src/store.py**\n```\n" + Block + "```\n" },
        { "aider's former words", "src/store.py\n```python\n" + Block.Replace("SEARCH", "ORIGINAL", StringComparison.Ordinal).Replace("REPLACE", "UPDATED", StringComparison.Ordinal) + "```\n" },
        { "the path as a comment of the language", "```js\n// src/store.py\n" + Block + "```\n" },
        { "the path in the fence's own line", "```python:src/store.py\n" + Block + "```\n" },
        { "the path at the end of a short line", "1. In `src/store.py`:\n```python\n" + Block + "```\n" },
        { "the path with git's prefix", "a/src/store.py\n```python\n" + Block + "```\n" },
        { "markers in small letters", "src/store.py\n```\n" + Block.Replace("SEARCH", "search", StringComparison.Ordinal).Replace("REPLACE", "replace", StringComparison.Ordinal) + "```\n" },
        { "cline replace_in_file", "<replace_in_file>\n<path>src/store.py</path>\n<diff>\n------- SEARCH\n" + Old + "\n=======\n" + New + "\n+++++++ REPLACE\n</diff>\n</replace_in_file>\n" },
        { "cline replace_in_file, its former markers", "<replace_in_file>\n<path>src/store.py</path>\n<diff>\n" + Block + "</diff>\n</replace_in_file>\n" },
        { "roo apply_diff", "<apply_diff>\n<path>src/store.py</path>\n<diff>\n<<<<<<< SEARCH\n:start_line:6\n-------\n" + Old + "\n=======\n" + New + "\n>>>>>>> REPLACE\n</diff>\n</apply_diff>\n" },
        { "roo apply_diff of several files", "<apply_diff>\n<args>\n<file>\n  <path>src/store.py</path>\n  <diff>\n    <content><![CDATA[\n" + Block + "]]></content>\n    <start_line>6</start_line>\n  </diff>\n</file>\n</args>\n</apply_diff>\n" },
        { "apply_patch", "*** Begin Patch\n" + Section + "*** End Patch\n" },
        { "apply_patch, padding around the markers", "  *** Begin Patch\n" + Section + "*** End Patch  \n" },
        { "apply_patch, a first chunk without its @@", "*** Begin Patch\n" + Section.Replace("@@ class Store:\n", "", StringComparison.Ordinal) + "*** End Patch\n" },
        { "apply_patch, two anchors", "*** Begin Patch\n*** Update File: src/store.py\n@@ class Store:\n@@     def get(self, key):\n-" + Old + "\n+" + New + "\n*** End Patch\n" },
        { "apply_patch in a here-document", "```bash\napply_patch <<'EOF'\n*** Begin Patch\n" + Section + "*** End Patch\nEOF\n```\n" },
        { "apply_patch in a call of the shell", "{\"command\":[\"apply_patch\",\"*** Begin Patch\\n" + Section.Replace("\n", "\\n", StringComparison.Ordinal) + "*** End Patch\\n\"]}\n" },
        { "apply_patch as a function's input", "```json\n{\"name\":\"apply_patch\",\"arguments\":{\"input\":\"*** Begin Patch\\n" + Section.Replace("\n", "\\n", StringComparison.Ordinal) + "*** End Patch\"}}\n```\n" },
        { "JSON edits", "[{\"path\":\"src/store.py\",\"search\":\"" + Old + "\",\"replace\":\"" + New + "\"}]" },
        { "str_replace of a text editor tool", "{\"command\":\"str_replace\",\"path\":\"src/store.py\",\"old_str\":\"" + Old + "\",\"new_str\":\"" + New + "\"}" },
        { "Edit", "{\"name\":\"Edit\",\"input\":{\"file_path\":\"src/store.py\",\"old_string\":\"" + Old + "\",\"new_string\":\"" + New + "\",\"replace_all\":false}}" },
        { "MultiEdit", "{\"file_path\":\"src/store.py\",\"edits\":[{\"old_string\":\"" + Old + "\",\"new_string\":\"" + New + "\"}]}" },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_spelling_of_a_description_is_read(string spelling, string reply) =>
        (await new MemoryTree(("src/store.py", Before)).ApplyAsync(reply, "src/store.py")).ShouldBe(After, spelling);

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task The_same_with_line_ends_of_windows_is_read_and_the_files_own_are_kept(string spelling, string reply) =>
        (await new MemoryTree(("src/store.py", Before)).ApplyAsync(reply.ReplaceLineEndings("\r\n"), "src/store.py")).ShouldBe(After, spelling);

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task Two_places_for_it_are_refused_unless_its_number_or_anchor_tells(string spelling, string reply)
    {
        var result = await new MemoryTree(("src/store.py", Before + "\n\n" + Before.Replace("Store", "Other", StringComparison.Ordinal))).PlanAsync(reply);
        if (!result.Applied) return;
        MemoryTree.Text(result.Changes.ShouldHaveSingleItem().After!.Content).ShouldBe(After + "\n\n" + Before.Replace("Store", "Other", StringComparison.Ordinal), spelling);
    }

    [Theory]
    [InlineData("git, a mode alone", "diff --git a/tool.sh b/tool.sh\nold mode 100644\nnew mode 100755\n", "tool.sh:Executable:x")]
    [InlineData("git, new file", "diff --git a/n.txt b/n.txt\nnew file mode 100644\nindex 0000000..587be6b\n--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n", "n.txt:Regular:x")]
    [InlineData("git, new empty file", "diff --git a/n.txt b/n.txt\nnew file mode 100755\nindex 0000000..e69de29\n", "n.txt:Executable:")]
    [InlineData("git, deleted", "diff --git a/tool.sh b/tool.sh\ndeleted file mode 100644\nindex 587be6b..0000000\n--- a/tool.sh\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "tool.sh:gone")]
    [InlineData("git, renamed", "diff --git a/tool.sh b/bin/tool\nsimilarity index 100%\nrename from tool.sh\nrename to bin/tool\n", "bin/tool:Regular:x tool.sh:gone")]
    [InlineData("git, a quoted name", "diff --git \"a/caf\\303\\251 \\\"x\\\".txt\" \"b/caf\\303\\251 \\\"x\\\".txt\"\n--- \"a/caf\\303\\251 \\\"x\\\".txt\"\n+++ \"b/caf\\303\\251 \\\"x\\\".txt\"\n@@ -1 +1 @@\n-x\n+y\n", "café \"x\".txt:Regular:y")]
    [InlineData("apply_patch, add", "*** Begin Patch\n*** Add File: new/n.txt\n+x\n+\n+y\n*** End Patch\n", "new/n.txt:Regular:x||y")]
    [InlineData("apply_patch, delete", "*** Begin Patch\n*** Delete File: tool.sh\n*** End Patch\n", "tool.sh:gone")]
    [InlineData("apply_patch, move", "*** Begin Patch\n*** Update File: tool.sh\n*** Move to: bin/tool\n@@\n-x\n+y\n*** End of File\n*** End Patch\n", "bin/tool:Regular:y tool.sh:gone")]
    [InlineData("create of a text editor tool", "{\"command\":\"create\",\"path\":\"n.txt\",\"file_text\":\"x\\n\"}", "n.txt:Regular:x")]
    [InlineData("aider, an empty search for a new file", "n.txt\n```\n<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n```\n", "n.txt:Regular:x")]
    public async Task Files_are_made_removed_moved_and_switched(string spelling, string reply, string changes)
    {
        var result = await new MemoryTree(("tool.sh", "x\n"), ("café \"x\".txt", "x\n")).PlanAsync(reply);
        result.Applied.ShouldBeTrue($"{spelling}: {result}");
        string.Join(' ', result.Changes.Select(change => change.After is { } file
            ? $"{change.Path}:{file.Kind}:{MemoryTree.Text(file.Content).TrimEnd('\n').Replace('\n', '|')}"
            : $"{change.Path}:gone")).ShouldBe(changes, spelling);
    }

    [Theory]
    [InlineData("git, copy", "diff --git a/tool.sh b/c.sh\nsimilarity index 100%\ncopy from tool.sh\ncopy to c.sh\n")]
    [InlineData("git, binary", "diff --git a/tool.sh b/tool.sh\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n")]
    [InlineData("git, binary files differ", "diff --git a/tool.sh b/tool.sh\nindex 1..2 100644\nBinary files a/tool.sh and b/tool.sh differ\n")]
    [InlineData("git, combined", "diff --cc tool.sh\nindex 1,2..3\n--- a/tool.sh\n+++ b/tool.sh\n@@@ -1,1 -1,1 +1,1 @@@\n- x\n -x\n++y\n")]
    [InlineData("git, link", "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+tool.sh\n\\ No newline at end of file\n")]
    [InlineData("git, submodule", "diff --git a/s b/s\nindex 1..2 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n")]
    [InlineData("apply_patch, an absolute path", "*** Begin Patch\n*** Update File: /tool.sh\n@@\n-x\n+y\n*** End Patch\n")]
    [InlineData("apply_patch, cut off in a call", "{\"command\":[\"apply_patch\",\"*** Begin Patch\\n*** Update File: tool.sh\\n@@\\n-x\\n+y\\n\"]}")]
    [InlineData("apply_patch, half a call", "{\"command\":[\"apply_patch\",\"*** Begin Patch\\n*** Update File: tool.sh\\n@@\\n-x\\n+y\\n*** End Patch\\n\"]")]
    [InlineData("insert of a text editor tool", "{\"command\":\"insert\",\"path\":\"tool.sh\",\"insert_line\":1,\"new_str\":\"y\\n\"}")]
    [InlineData("aider, an empty search for a file that is there", "tool.sh\n```\n<<<<<<< SEARCH\n=======\ny\n>>>>>>> REPLACE\n```\n")]
    [InlineData("the same with git's prefix", "a/tool.sh\n```\n<<<<<<< SEARCH\n=======\ny\n>>>>>>> REPLACE\n```\n")]
    public async Task What_a_description_has_and_we_do_not_is_refused(string spelling, string reply)
    {
        var result = await new MemoryTree(("tool.sh", "x\n")).PlanAsync(reply);
        result.Applied.ShouldBeFalse($"{spelling}: {result}");
        result.Changes.ShouldBeEmpty(spelling);
    }
}
