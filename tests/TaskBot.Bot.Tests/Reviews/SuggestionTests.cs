using System.Text;
using TaskBot.Bot.Reviews;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Files;

namespace TaskBot.Bot.Tests.Reviews;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("Please:\r\n```suggestion\r\nnew\r\n```\r\n", "new")]
    [InlineData("````suggestion\n```\ninner\n```\n````", "```\ninner\n```")]
    [InlineData("```suggestion\n\n```", "")]
    [InlineData("```suggestion\n```", null)]
    [InlineData("```suggestion\n  keeps its indent\n```", "  keeps its indent")]
    public void A_block_is_taken_as_it_is(string body, string? text) => Suggestion.BlocksOf(body).ShouldBe([text]);

    [Theory]
    [InlineData("```sh\nls\n```")]
    [InlineData("suggestion")]
    [InlineData("```suggestion\nnever closed")]
    public void Other_code_is_no_suggestion(string body) => Suggestion.BlocksOf(body).ShouldBeEmpty();

    [Theory]
    [InlineData("one\ntwo\nthree\n", 2, 2, "two", "2", "one\n2\nthree\n")]
    [InlineData("one\ntwo\nthree\n", 1, 3, "one\ntwo\nthree", "all", "all\n")]
    [InlineData("one\ntwo\nthree\n", 2, 2, "two", "2\n2b", "one\n2\n2b\nthree\n")]
    [InlineData("one\ntwo\nthree\n", 2, 2, "two", null, "one\nthree\n")]
    [InlineData("one\ntwo\nthree\n", 2, 2, "two", "", "one\n\nthree\n")]
    [InlineData("one\r\ntwo\r\n", 1, 1, "one", "1\n1b", "1\r\n1b\r\ntwo\r\n")]
    [InlineData("one\ntwo", 2, 2, "two", "2", "one\n2")]
    public async Task It_replaces_exactly_its_lines(string file, int start, int end, string old, string? text, string expected) =>
        (await ApplyAsync(file, new Suggestion(1, "a.txt", start, end, "c", old, text))).ShouldBe((expected, ""));

    [Theory]
    [InlineData("zero\none\ntwo\n", "they moved")]
    [InlineData("one\ntoo\n", "they changed")]
    [InlineData("one\n", "they are gone")]
    public async Task Where_the_lines_are_not_what_was_commented_on_it_is_refused(string file, string because)
    {
        var (text, refused) = await ApplyAsync(file, new Suggestion(1, "a.txt", 2, 2, "c", "two", "2"));

        text.ShouldBe(file, because);
        refused.ShouldContain("2 to 2 of a.txt");
    }

    [Fact]
    public async Task Several_of_one_commit_do_not_move_each_others_lines() =>
        (await ApplyAsync("one\ntwo\nthree\n", new(1, "a.txt", 1, 1, "c", "one", "1\n1b"), new(2, "a.txt", 3, 3, "c", "three", "3"))).ShouldBe(("1\n1b\ntwo\n3\n", ""));

    [Fact]
    public async Task Those_of_a_later_commit_come_after() =>
        (await ApplyAsync("one\ntwo\n", new(1, "a.txt", 1, 1, "c1", "one", "1\n1b"), new(2, "a.txt", 3, 3, "c2", "two", "2"))).ShouldBe(("1\n1b\n2\n", ""));

    [Fact]
    public void It_survives_being_an_attribute()
    {
        Suggestion[] all = [new(1, "a.txt", 1, 2, "c", "one\ntwo", "1"), new(2, "b.txt", 3, 3, "c", "", null)];

        Suggestion.ListOf(TaskValue.Parse(TaskValue.ListOf(all.Select(suggestion => suggestion.ToValue())).ToJson())).ShouldBe(all);
    }

    static async Task<(string Text, string Refused)> ApplyAsync(string file, params Suggestion[] suggestions)
    {
        await using var lab = await RunLab.CreateAsync();
        var tree = await lab.Git.WriteTreeAsync(
            await lab.Git.EmptyTreeAsync(default), [new FileChange("a.txt", new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file)))], default);
        var (after, refused) = await Suggestion.ApplyAsync(lab.Git, tree, suggestions, default);
        var text = Encoding.UTF8.GetString((await lab.Git.Tree(after).ReadAsync("a.txt", default))!.Content.Span);
        return (text, string.Join(' ', refused.Values));
    }
}
