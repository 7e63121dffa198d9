using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class SearchReplaceTests
{
    private const string Poem = "one\ntwo\n  three\n  four\nfive\n";

    private static string Block(string search, string replace, string path = "a.txt") =>
        $"{path}\n```\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n```\n";

    [Theory]
    [InlineData("a.txt\n```text\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n```")]
    [InlineData("a.txt\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE")]
    [InlineData("```text\na.txt\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n```")]
    [InlineData("**`a.txt`**:\n\n````\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n````")]
    [InlineData("### File: a.txt\n~~~\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n~~~")]
    [InlineData("1. .\\a.txt\n<source>\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n</source>")]
    [InlineData("```text a.txt\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n```")]
    [InlineData("<path>a.txt</path>\n<diff>\n------- SEARCH\ntwo\n=======\n2\n+++++++ REPLACE\n</diff>")]
    [InlineData("a.txt\n<<<<<<< SEARCH\n:start_line:2\n-------\ntwo\n=======\n2\n>>>>>>> REPLACE")]
    [InlineData("a.txt\n<<<<<<< ORIGINAL\ntwo\n=======\n2\n>>>>>>> UPDATED")]
    [InlineData("a.txt\n<<<<<<<<< SEARCH\ntwo\n=====\n2\n>>>>>>> REPLACE")]
    [InlineData("I change this:\r\n\r\na.txt\r\n```\r\n<<<<<<< SEARCH\r\ntwo\r\n=======\r\n2\r\n>>>>>>> REPLACE\r\n```\r\n")]
    public async Task Each_spelling_of_a_block_is_understood(string reply) =>
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync(reply)).ShouldBe("one\n2\n  three\n  four\nfive\n");

    [Fact]
    public async Task A_second_block_right_after_the_first_means_the_same_file() =>
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync(
            "a.txt\n```\n<<<<<<< SEARCH\none\n=======\n1\n>>>>>>> REPLACE\n\n<<<<<<< SEARCH\nfive\n=======\n5\n>>>>>>> REPLACE\n```"))
        .ShouldBe("1\ntwo\n  three\n  four\n5\n");

    [Fact]
    public async Task A_block_without_a_path_is_refused() =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync("Here is the change:\n```\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n```"))
        .Reason.ShouldBe(RefusalReason.NoPath);

    [Fact]
    public async Task Text_that_stands_twice_is_refused_with_both_lines()
    {
        var report = await new MemoryTree(("a.txt", "x\ny\nx\n")).RefuseAsync(Block("x\n", "z\n"));
        report.Reason.ShouldBe(RefusalReason.Ambiguous);
        report.Places.ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Two_identical_blocks_stand_for_two_identical_places() =>
        (await new MemoryTree(("a.txt", "x\ny\nx\n")).ApplyAsync(Block("x\n", "z\n") + Block("x\n", "z\n"))).ShouldBe("z\ny\nz\n");

    [Fact]
    public async Task Two_identical_blocks_whose_new_text_holds_the_old_one_are_refused() =>
        (await new MemoryTree(("a.txt", "x\ny\nx\n")).RefuseAsync(Block("x\n", "x\nz\n") + Block("x\n", "x\nz\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);

    [Fact]
    public async Task An_answer_given_twice_is_not_two_edits()
    {
        var answer = Block("x\n", "X\n") + Block("y\n", "Y\n");
        (await new MemoryTree(("a.txt", "x\ny\n-\nx\ny\n")).RefuseAsync(answer + answer)).Reason.ShouldBe(RefusalReason.Ambiguous);
    }

    [Fact]
    public async Task The_same_block_twice_for_one_place_is_refused() =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("two\n", "two\n2\n") + Block("two\n", "two\n2\n"))).Reason.ShouldBe(RefusalReason.Conflict);

    [Fact]
    public async Task A_block_may_build_upon_what_an_earlier_one_wrote() =>
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync(Block("two\n", "zwei\n") + Block("one\nzwei\n", "one\ndeux\n")))
        .ShouldBe("one\ndeux\n  three\n  four\nfive\n");

    [Fact]
    public async Task Overlapping_blocks_are_refused() =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("one\ntwo\n", "1\n2\n") + Block("two\n  three\n", "II\n  III\n")))
        .Reason.ShouldBe(RefusalReason.Conflict);

    [Fact]
    public async Task A_block_indented_evenly_moves_its_new_lines_with_it() =>
        (await new MemoryTree(("a.txt", "  if a:\n    b()\n    c()\n")).ApplyAsync(Block("if a:\n  b()\n", "if a and d:\n  while e:\n    b()\n")))
        .ShouldBe("  if a and d:\n    while e:\n      b()\n    c()\n");

    [Fact]
    public async Task A_block_too_deep_moves_back_and_a_new_line_that_cannot_is_refused()
    {
        var tree = new MemoryTree(("a.txt", "if a:\n  b()\nend\n"));
        (await tree.ApplyAsync(Block("    if a:\n      b()\n", "    if c:\n      b()\n"))).ShouldBe("if c:\n  b()\nend\n");
        (await tree.RefuseAsync(Block("    if a:\n      b()\n", "  if c:\n      b()\n"))).Reason.ShouldBe(RefusalReason.UnevenIndentation);
    }

    [Theory]
    [InlineData("if a:\n    b()\n", "if c:\n    b()\n")]
    [InlineData("    if a:\n    b()\n", "    if c:\n    b()\n")]
    public async Task Uneven_indentation_is_refused(string search, string replace) =>
        (await new MemoryTree(("a.txt", "  if a:\n    b()\n")).RefuseAsync(Block(search, replace))).Reason.ShouldBe(RefusalReason.UnevenIndentation);

    [Fact]
    public async Task Indentation_by_tabs_takes_no_new_line_of_spaces() =>
        (await new MemoryTree(("a.txt", "\tif a:\n\tend\n")).RefuseAsync(Block("if a:\n", "if a:\n    b()\n"))).Reason.ShouldBe(RefusalReason.UnevenIndentation);

    [Fact]
    public async Task Two_places_that_differ_in_indentation_are_two_places() =>
        (await new MemoryTree(("a.txt", "  x()\n    x()\n")).RefuseAsync(Block("x()\n", "y()\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);

    [Fact]
    public async Task Lax_readings_that_lead_to_different_places_contradict_each_other() =>
        (await new MemoryTree(("a.txt", "  x\nmiddle\n\nx\n")).RefuseAsync(Block("\n  x\n", "  y\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);

    [Fact]
    public async Task Blanks_at_line_ends_are_ignored_and_kept_lines_keep_theirs() =>
        (await new MemoryTree(("a.txt", "one  \ntwo \nthree\t\n")).ApplyAsync(Block("one\ntwo\nthree\n", "one\n2\nthree\n"))).ShouldBe("one  \n2\nthree\t\n");

    [Theory]
    [InlineData("\ntwo\n", "\n2\n", "one\n2\nend\n")]
    [InlineData("\ntwo\n", "2\n", "one\n2\nend\n")]
    public async Task An_empty_line_after_the_marker_that_the_file_has_not_is_left_out(string search, string replace, string expected) =>
        (await new MemoryTree(("a.txt", "one\ntwo\nend\n")).ApplyAsync(Block(search, replace))).ShouldBe(expected);

    [Fact]
    public async Task A_line_skipped_after_an_empty_first_line_is_not_written_twice() =>
        (await new MemoryTree(("a.txt", "\nhead\nbody\ntail\n")).RefuseAsync(Block("\nbody\ntail\n", "\nhead\nBODY\ntail\n"))).Reason.ShouldBe(RefusalReason.NotFound);

    [Fact]
    public async Task Only_the_empty_line_too_many_is_left_out() =>
        (await new MemoryTree(("a.txt", "one\n\n\ntwo\n")).ApplyAsync(Block("\n\n\ntwo\n", "\n\nx\n\ntwo\n"))).ShouldBe("one\n\n\nx\n\ntwo\n");

    [Theory]
    [InlineData("# ... rest of the code unchanged ...")]
    [InlineData("// ... existing code ...")]
    [InlineData("... rest of the file ...")]
    [InlineData("<!-- remaining content here -->")]
    [InlineData("// rest of the function stays the same")]
    [InlineData("// other methods remain the same")]
    [InlineData("# (rest unchanged)")]
    [InlineData("// Keep the existing implementation")]
    [InlineData("/* code omitted for brevity */")]
    [InlineData("# unchanged")]
    public async Task A_line_that_stands_for_others_is_never_written(string line) =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("two\n", $"2\n{line}\n"))).Reason.ShouldBe(RefusalReason.Elided);

    [Theory]
    [InlineData("// existing users keep their name")]
    [InlineData("// Returns the remaining code points.")]
    [InlineData("// unchanged since v2")]
    [InlineData("// ...and then retry")]
    [InlineData("# see the existing code in x.c")]
    public async Task A_comment_with_such_words_is_text(string line) =>
        (await new MemoryTree(("a.js", Poem)).ApplyAsync(Block("two\n", $"2\n{line}\n", "a.js"), "a.js")).ShouldBe($"one\n2\n{line}\n  three\n  four\nfive\n");

    [Fact]
    public async Task Typographic_quotes_and_blanks_are_not_written_into_code()
    {
        var tree = new MemoryTree(("a.js", "f(\"x\");\n  g();\n"), ("a.md", "f(\"x\");\n"));
        (await tree.RefuseAsync(Block("f(\"x\");\n", "f(\u201Cy\u201D);\n", "a.js"))).Reason.ShouldBe(RefusalReason.Escaped);
        (await tree.RefuseAsync(Block("  g();\n", "\u00A0\u00A0h();\n", "a.js"))).Reason.ShouldBe(RefusalReason.Escaped);
        (await tree.ApplyAsync(Block("f(\"x\");\n", "f(\"\u201Cy\u201D\");\n", "a.js"), "a.js")).ShouldBe("f(\"\u201Cy\u201D\");\n  g();\n");
        (await tree.ApplyAsync(Block("f(\"x\");\n", "\u201Cy\u201D\n", "a.md"), "a.md")).ShouldBe("\u201Cy\u201D\n");
    }

    [Fact]
    public async Task New_lines_are_indented_by_what_the_file_is_indented_by()
    {
        (await new MemoryTree(("a.go", "x\n\ty\n")).RefuseAsync(Block("x\n", "x\n    z\n", "a.go"))).Reason.ShouldBe(RefusalReason.Escaped);
        (await new MemoryTree(("a.go", "x\n  y\n")).RefuseAsync(Block("x\n", "x\n\tz\n", "a.go"))).Reason.ShouldBe(RefusalReason.Escaped);
        (await new MemoryTree(("a.go", "x\n\ty\n")).ApplyAsync(Block("x\n", "/*\n * x\n */\nx\n", "a.go"), "a.go")).ShouldBe("/*\n * x\n */\nx\n\ty\n");
        (await new MemoryTree(("Makefile", "all: a\n")).ApplyAsync(Block("all: a\n", "all: a\n\techo\n", "Makefile"), "Makefile")).ShouldBe("all: a\n\techo\n");
    }

    [Fact]
    public async Task Dots_that_mean_themselves_are_written() =>
        (await new MemoryTree(("a.py", "class A:\n    x = 1\n")).ApplyAsync(Block("    x = 1\n", "    def f(self):\n        ...\n    y = 'wait...'\n", "a.py"), "a.py"))
        .ShouldBe("class A:\n    def f(self):\n        ...\n    y = 'wait...'\n");

    [Fact]
    public async Task An_empty_search_makes_a_new_file_and_fills_an_empty_one_and_never_appends()
    {
        (await new MemoryTree().ApplyAsync(Block("", "hello\n"))).ShouldBe("hello\n");
        (await new MemoryTree(("a.txt", "")).ApplyAsync(Block("", "hello\n"))).ShouldBe("hello\n");
        (await new MemoryTree(("a.txt", "x\n")).RefuseAsync(Block("", "hello\n"))).Reason.ShouldBe(RefusalReason.FileExists);
    }

    [Fact]
    public async Task A_new_file_takes_the_line_ends_of_the_reply() =>
        (await new MemoryTree().ApplyAsync("n.cs\r\n```\r\n<<<<<<< SEARCH\r\n=======\r\na\r\nb\r\n>>>>>>> REPLACE\r\n```\r\n", "n.cs")).ShouldBe("a\r\nb\r\n");

    [Theory]
    [InlineData("a.txt\n```\n<<<<<<< SEARCH\ntwo\n=======\n2", RefusalReason.CutOff)]
    [InlineData("a.txt\n```\n<<<<<<< SEARCH\ntwo\n>>>>>>> REPLACE\n```", RefusalReason.Malformed)]
    [InlineData("a.txt\n```\ntwo\n=======\n2\n>>>>>>> REPLACE\n```", RefusalReason.Malformed)]
    [InlineData("a.txt\n<<<<<<< SEARCH\none\n=======\n1\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE", RefusalReason.Malformed)]
    [InlineData("a.txt\n<<<<<<< SEARCH\none\n=======\ntwo\n=======\n2\n>>>>>>> REPLACE", RefusalReason.Malformed)]
    public async Task A_damaged_block_is_refused(string reply, RefusalReason reason) =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(reply)).Reason.ShouldBe(reason);

    [Fact]
    public async Task A_heading_underlined_with_another_length_is_no_divider() =>
        (await new MemoryTree(("a.txt", "Title\n=====\ntext\n")).ApplyAsync(Block("Title\n=====\n", "Name\n====\n"))).ShouldBe("Name\n====\ntext\n");

    [Fact]
    public async Task Nothing_is_applied_when_one_block_fails_and_the_report_says_what_was_fine()
    {
        var result = await new MemoryTree(("a.txt", Poem), ("b.txt", "x\n")).PlanAsync(Block("two\n", "2\n") + Block("y\n", "z\n", "b.txt"));
        result.Applied.ShouldBeFalse();
        result.Changes.ShouldBeEmpty();
        result.Reports.Select(report => report.Status).ShouldBe([EditStatus.Fine, EditStatus.Refused]);
        result.Reports[0].Line.ShouldBe(2);
    }

    [Fact]
    public async Task A_block_that_changes_nothing_beside_one_that_does_is_no_obstacle_and_alone_is_refused()
    {
        var tree = new MemoryTree(("a.txt", Poem));
        (await tree.ApplyAsync(Block("one\n", "one\n") + Block("two\n", "2\n"))).ShouldBe("one\n2\n  three\n  four\nfive\n");
        (await tree.RefuseAsync(Block("one\n", "one\n"))).Reason.ShouldBe(RefusalReason.NoChange);
    }

    [Fact]
    public async Task A_reply_that_was_escaped_as_html_is_refused_and_an_escape_beside_plain_characters_is_text()
    {
        var tree = new MemoryTree(("a.txt", Poem));
        (await tree.RefuseAsync(Block("two\n", "if (a &lt; b)\n"))).Reason.ShouldBe(RefusalReason.Escaped);
        (await tree.ApplyAsync(Block("two\n", "<b>&lt;</b>\n"))).ShouldBe("one\n<b>&lt;</b>\n  three\n  four\nfive\n");
    }

    [Fact]
    public async Task A_file_that_is_announced_and_not_given_was_cut_off() =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("two\n", "2\n") + "\nb.txt\n```\n")).Reason.ShouldBe(RefusalReason.CutOff);

    [Fact]
    public async Task What_is_drafted_while_thinking_is_no_edit() =>
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync($"<think>\n{Block("one\n", "wrong\n")}</think>\n\n{Block("two\n", "2\n")}"))
        .ShouldBe("one\n2\n  three\n  four\nfive\n");

    [Fact]
    public async Task Blocks_and_a_diff_in_one_reply_are_refused() =>
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("two\n", "2\n") + "```diff\n--- a/a.txt\n+++ b/a.txt\n@@\n-one\n+1\n```\n"))
        .Reason.ShouldBe(RefusalReason.MixedFormats);

    public static TheoryData<string> PairsOfFormats()
    {
        string[] one =
        [
            Block("two\n", "2\n"), "```diff\n--- a/a.txt\n+++ b/a.txt\n@@\n-one\n+1\n```\n",
            "*** Begin Patch\n*** Update File: a.txt\n@@\n-five\n+5\n*** End Patch\n",
            "```json\n[{\"path\": \"a.txt\", \"search\": \"  three\", \"replace\": \"  3\"}]\n```\n",
        ];
        return [.. one.SelectMany(first => one.Where(second => second != first).Select(second => $"First:\n\n{first}\nThen:\n\n{second}"))];
    }

    [Theory]
    [MemberData(nameof(PairsOfFormats))]
    public async Task Any_two_formats_in_one_reply_are_refused_and_nothing_is_dropped(string reply)
    {
        var result = await new MemoryTree(("a.txt", Poem)).PlanAsync(reply);
        result.Applied.ShouldBeFalse();
        result.Reports.ShouldContain(report => report.Reason == RefusalReason.MixedFormats);
    }

    [Fact]
    public async Task A_diff_without_a_file_beside_blocks_only_shows_what_they_do() =>
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync("This is the change:\n\n```diff\n-two\n+2\n```\n\n" + Block("two\n", "2\n")))
        .ShouldBe("one\n2\n  three\n  four\nfive\n");

    [Fact]
    public async Task A_new_line_that_already_stands_right_beside_the_block_is_refused()
    {
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("two\n", "one\n2\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("  four\n", "  4\nfive\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
        // The line that stays moves up to its like: the old text was quoted without its first line.
        (await new MemoryTree(("a.txt", "#\none\n#\ntwo\n")).RefuseAsync(Block("one\n#\ntwo\n", "#\ntwo\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
    }

    [Fact]
    public async Task A_line_skipped_right_below_an_empty_one_is_refused()
    {
        const string Text = "one\n\ntwo\nthree\nfour\n";
        (await new MemoryTree(("a.txt", Text)).RefuseAsync(Block("\nthree\nfour\n", "\n3\nfour\n"))).Reason.ShouldBe(RefusalReason.NotFound);
        (await new MemoryTree(("a.txt", Text)).RefuseAsync(Block("\nthree\n", "\nthree\n") + Block("one\n", "1\n"))).Reason.ShouldBe(RefusalReason.NotFound);
    }

    [Fact]
    public async Task One_shifted_line_moves_new_lines_only_where_they_are_as_deep()
    {
        (await new MemoryTree(("a.txt", Poem)).ApplyAsync(Block("three\n", "3\n"))).ShouldBe("one\ntwo\n  3\n  four\nfive\n");
        (await new MemoryTree(("a.txt", Poem)).RefuseAsync(Block("three\n", "    3\n"))).Reason.ShouldBe(RefusalReason.UnevenIndentation);
    }

    [Fact]
    public async Task A_block_found_as_written_is_refused_where_the_shift_of_another_one_leads_elsewhere() =>
        (await new MemoryTree(("a.txt", "  c\n  q\n  {\n    {\n"))
            .RefuseAsync(Block("    c\n    q\n", "    see\n    q\n") + Block("    {\n", "    [\n"))).Reason.ShouldBe(RefusalReason.Ambiguous);
}
