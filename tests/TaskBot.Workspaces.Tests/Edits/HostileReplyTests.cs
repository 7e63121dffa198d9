using System.Text;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>Replies made to be slow. Each ends within the test run; without near-linear matching they take hours.</summary>
public sealed class HostileReplyTests
{
    [Fact]
    public async Task Thousands_of_blocks_on_a_large_file_are_placed()
    {
        var file = new StringBuilder();
        var reply = new StringBuilder();
        for (var i = 0; i < 100_000; i++)
        {
            file.Append("line ").Append(i).Append('\n');
            if (i % 25 == 0) reply.Append("a.txt\n<<<<<<< SEARCH\nline ").Append(i).Append("\n=======\nchanged ").Append(i).Append("\n>>>>>>> REPLACE\n");
        }
        var result = await new MemoryTree(("a.txt", file.ToString())).PlanAsync(reply.ToString());
        result.Applied.ShouldBeTrue();
        result.Reports.Length.ShouldBe(4_000);
    }

    [Fact]
    public async Task Long_runs_of_one_line_in_file_and_blocks_are_refused()
    {
        var file = string.Concat(Enumerable.Repeat("x\n", 100_000));
        var search = string.Concat(Enumerable.Repeat("x\n", 5_000));
        var reply = string.Concat(Enumerable.Range(0, 100).Select(i => $"a.txt\n<<<<<<< SEARCH\n{search}=======\n{i}\n>>>>>>> REPLACE\n"));
        var result = await new MemoryTree(("a.txt", file)).PlanAsync(reply);
        result.Applied.ShouldBeFalse();
        result.Reports.ShouldAllBe(report => report.Reason == RefusalReason.Ambiguous);
    }

    [Fact]
    public async Task Thousands_of_blocks_that_are_not_in_the_file_are_refused()
    {
        var file = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"    some code {i % 977} and more of it {i}\n"));
        var reply = string.Concat(Enumerable.Range(0, 4_000).Select(i => $"--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n some cod {i}\n-and les of it\n+new\n"));
        (await new MemoryTree(("a.txt", file)).PlanAsync(reply)).Reports.Length.ShouldBe(4_000);
    }

    [Fact]
    public async Task Blocks_that_each_build_upon_the_one_before_are_bounded()
    {
        var reply = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"a.txt\n<<<<<<< SEARCH\nn{i}\n=======\nn{i + 1}\n>>>>>>> REPLACE\n"));
        var file = "n0\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n"));
        (await new MemoryTree(("a.txt", file)).PlanAsync(reply)).Applied.ShouldBeFalse();
    }

    [Theory]
    [InlineData("```\n")]
    [InlineData("<<<<<<< SEARCH\n")]
    [InlineData("=======\n")]
    [InlineData("@@ -1 +1 @@\n")]
    [InlineData("--- a\n+++ b\n")]
    [InlineData("\n")]
    [InlineData("[{")]
    [InlineData("a.txt\n```\n")]
    [InlineData("*** Begin Patch\n*** Update File: a.txt\n")]
    public async Task A_megabyte_of_one_line_ends(string line)
    {
        var reply = string.Concat(Enumerable.Repeat(line, 1_000_000 / line.Length));
        (await new MemoryTree(("a.txt", "x\n")).PlanAsync(reply)).Applied.ShouldBeFalse();
        (await new MemoryTree(("a.txt", "x\n")).PlanAsync("--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-y\n" + reply)).Applied.ShouldBeFalse();
    }

    [Fact]
    public async Task A_reply_beyond_the_bound_is_refused() =>
        (await new MemoryTree().RefuseAsync(new string('x', 9 * 1024 * 1024))).Reason.ShouldBe(RefusalReason.TooLarge);
}
