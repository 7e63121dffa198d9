using TaskBot.Commands;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot task set</c>, with the real program.</summary>
public sealed class TaskSetCommandTests : IDisposable
{
    const string Text = """
        # The task of this repository.
        taskbot: 1
        nodes:
          check:
            type: graph
            nodes:
              # Slow on purpose.
              test: { type: command, run: "make test", timeoutMinutes: 20 }   # minutes
              build: { type: command, run: make }

        """;

    readonly TaskFolder folder = new();

    public TaskSetCommandTests() => folder.Write("check.task.yml", Text);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_value_is_set_and_everything_else_stays()
    {
        var exit = await folder.RunAsync("task", "set", "check.task.yml", "/check/test.timeoutMinutes", "45");

        exit.Code.ShouldBe(0, exit.Error);
        folder.Read("check.task.yml").ShouldBe(Text.Replace("timeoutMinutes: 20", "timeoutMinutes: 45", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_attribute_takes_text_as_it_is()
    {
        var exit = await folder.RunAsync("task", "set", "check.task.yml", "/check/build.title", "Build: all # of it");

        exit.Code.ShouldBe(0, exit.Error);
        folder.Read("check.task.yml").ShouldBe(Text.Replace("run: make }", "run: make, title: \"Build: all # of it\" }", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/check/test.timeoutMinuets", "45", "timeoutMinuets")]
    [InlineData("/check/test.timeoutMinutes", "soon", "timeoutMinutes")]
    [InlineData("/check/tset.timeoutMinutes", "45", "tset")]
    [InlineData("/check/test", "45", "names no attribute")]
    [InlineData("check/test.run", "45", "is no path")]
    public async Task What_would_be_an_error_is_refused_and_the_file_stays(string path, string value, string expected)
    {
        var exit = await folder.RunAsync("task", "set", "check.task.yml", path, value);

        exit.Code.ShouldBe(2);
        exit.Error.ShouldContain(expected);
        folder.Read("check.task.yml").ShouldBe(Text);
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("2.5", "2.5")]
    [InlineData("true", "true")]
    [InlineData("null", "null")]
    [InlineData("~", "null")]
    [InlineData("[a, b]", """["a","b"]""")]
    [InlineData("{a: 1}", """{"a":1}""")]
    [InlineData("\"5\"", "\"5\"")]
    [InlineData("'5'", "\"5\"")]
    [InlineData("", "\"\"")]
    [InlineData("plain words", "\"plain words\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("text # and more", "\"text # and more\"")]
    [InlineData("[WIP] words", "\"[WIP] words\"")]
    [InlineData("- item", "\"- item\"")]
    public void A_value_is_read_as_a_layer_would_and_text_is_never_cut(string text, string json) => TaskSetCommand.ParseValue(text).ToJson().ShouldBe(json);
}
