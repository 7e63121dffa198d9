using System.Text.Json;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

public sealed class EditReportTests
{
    private const string File = "alpha\nbeta gamma delta\nepsilon\nzeta\n";
    private const string Reply = "a.txt\n<<<<<<< SEARCH\nalpha\nbeta gama delta\n=======\nx\n>>>>>>> REPLACE\n\na.txt\n<<<<<<< SEARCH\nzeta\n=======\nz\n>>>>>>> REPLACE\n";

    [Fact]
    public async Task A_refused_block_names_the_nearest_lines_what_differs_and_what_to_copy()
    {
        var nearest = (await new MemoryTree(("a.txt", File)).RefuseAsync(Reply)).Nearest.ShouldNotBeNull();
        nearest.Line.ShouldBe(1);
        nearest.Similarity.ShouldBeInRange(0.8, 0.999);
        nearest.Differences.ShouldBe([new LineDifference(2, "beta gama delta", "beta gamma delta")]);
        nearest.Text.ShouldBe(["alpha", "beta gamma delta"]);
    }

    [Fact]
    public async Task Without_any_equal_line_the_likest_line_is_found() =>
        (await new MemoryTree(("a.txt", File)).RefuseAsync("a.txt\n<<<<<<< SEARCH\nepsilom\n=======\nx\n>>>>>>> REPLACE\n")).Nearest!.Line.ShouldBe(3);

    [Fact]
    public async Task The_text_for_people_says_it_all()
    {
        var text = (await new MemoryTree(("a.txt", File)).PlanAsync(Reply)).ToString().ReplaceLineEndings("\n");
        text.ShouldBe("""
            Refused, nothing changed (search-replace): 1 refused, 1 fine.
            refused block 1 (reply line 2), a.txt: The old text is not in the file. Copy it from the file, whole lines, nothing left out.
              nearest: line 1, 98 % alike
                reply has: beta gama delta
                line 2 is: beta gamma delta
              the file has, to be copied exactly:
                |alpha
                |beta gamma delta
            fine block 2 (reply line 10), a.txt:4: found exactly

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Json_is_snake_case_and_complete()
    {
        using var json = JsonDocument.Parse((await new MemoryTree(("a.txt", File)).PlanAsync(Reply)).ToJson());
        var root = json.RootElement;
        root.GetProperty("applied").GetBoolean().ShouldBeFalse();
        root.GetProperty("format").GetString().ShouldBe("search-replace");
        root.GetProperty("files").GetArrayLength().ShouldBe(0);
        var report = root.GetProperty("reports")[0];
        report.GetProperty("status").GetString().ShouldBe("refused");
        report.GetProperty("reason").GetString().ShouldBe("not_found");
        report.GetProperty("reply_line").GetInt32().ShouldBe(2);
        report.GetProperty("nearest").GetProperty("differences")[0].GetProperty("file").GetString().ShouldBe("beta gamma delta");
        root.GetProperty("reports")[1].GetProperty("tier").GetString().ShouldBe("exact");
    }

    [Fact]
    public async Task Of_several_places_each_is_shown_with_the_lines_that_make_it_the_only_one()
    {
        var report = await new MemoryTree(("a.txt", "one\nx\ntwo\nx\n")).RefuseAsync("a.txt\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n");
        report.Choices.Select(choice => (choice.Line, string.Join(' ', choice.Text))).ShouldBe([(1, "one x"), (3, "two x")]);
        (await new MemoryTree(("a.txt", "one\nx\ntwo\nx\n")).PlanAsync("a.txt\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n")).ToString()
            .ShouldContain("the place at line 3 is the only one with these lines");
    }

    [Fact]
    public async Task An_edit_that_was_made_before_is_called_so() =>
        (await new MemoryTree(("a.txt", "new\n")).RefuseAsync("a.txt\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n")).Message.ShouldContain("made before");
}
