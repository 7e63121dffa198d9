using System.Text;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class ExactBytesTests
{
    private const string Reply = "a.txt\n<<<<<<< SEARCH\ntwo\n=======\n2\nII\n>>>>>>> REPLACE\n";

    [Theory]
    [InlineData("one\r\ntwo\r\nthree\r\n", "one\r\n2\r\nII\r\nthree\r\n")]
    [InlineData("one\ntwo\r\nthree\n", "one\n2\r\nII\r\nthree\n")]
    [InlineData("one\r\ntwo\nthree\r\n", "one\r\n2\nII\nthree\r\n")]
    [InlineData("\uFEFFone\ntwo", "\uFEFFone\n2\nII")]
    [InlineData("\uFEFFtwo\r\n", "\uFEFF2\r\nII\r\n")]
    [InlineData("one\r\ntwo", "one\r\n2\r\nII")]
    [InlineData("o\rn\fe\ntwo\n", "o\rn\fe\n2\nII\n")]
    public async Task Line_ends_mark_and_final_newline_stay_what_they_were(string before, string after)
    {
        (await new MemoryTree(("a.txt", before)).ApplyAsync(Reply)).ShouldBe(after);
        (await new MemoryTree(("a.txt", before)).ApplyAsync(Reply.Replace("\n", "\r\n", StringComparison.Ordinal))).ShouldBe(after);
    }

    [Fact]
    public async Task A_file_that_is_not_utf8_keeps_its_bytes_and_takes_only_ascii()
    {
        var latin = new MemoryTree().Add("a.txt", [.. "caf"u8, 0xE9, .. "\ntwo\n"u8]);
        var result = await latin.PlanAsync(Reply);
        result.Changes.ShouldHaveSingleItem().After!.Content.ToArray().ShouldBe([.. "caf"u8, 0xE9, .. "\n2\nII\n"u8]);
        (await latin.RefuseAsync(Reply.Replace("II", "é", StringComparison.Ordinal))).Reason.ShouldBe(RefusalReason.NotText);
    }

    [Fact]
    public async Task Binary_files_utf16_and_links_are_refused()
    {
        (await new MemoryTree().Add("a.txt", [0, 1, 2]).RefuseAsync(Reply)).Reason.ShouldBe(RefusalReason.NotText);
        (await new MemoryTree().Add("a.txt", Encoding.Unicode.GetPreamble()).RefuseAsync(Reply)).Reason.ShouldBe(RefusalReason.NotText);
        (await new MemoryTree().Add("a.txt", "two", FileKind.SymbolicLink).RefuseAsync(Reply)).Reason.ShouldBe(RefusalReason.NotText);
    }

    [Fact]
    public async Task An_executable_stays_one()
    {
        var result = await new MemoryTree().Add("a.txt", "two\n", FileKind.Executable).PlanAsync(Reply);
        result.Changes.ShouldHaveSingleItem().After!.Kind.ShouldBe(FileKind.Executable);
    }
}
