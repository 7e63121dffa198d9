using TaskBot.Bot.Events;

namespace TaskBot.Bot.Tests.Events;

public sealed class SlashCommandTests
{
    [Theory]
    [InlineData("/taskbot run", "run", "")]
    [InlineData("Please.\r\n\r\n   /taskbot   APPROVE  this one \r\nThanks.", "approve", "this one")]
    [InlineData("/taskbot", "", "")]
    [InlineData("```\nsome code\n```\n/taskbot cancel", "cancel", "")]
    [InlineData("~~~~\n~~~\n~~~~\n/taskbot run", "run", "")]
    [InlineData("```inline```\n/taskbot run", "run", "")]
    [InlineData("> quoted\n\n/taskbot run", "run", "")]
    [InlineData("/taskbot run\n/taskbot cancel", "run", "")]
    public void A_line_of_its_own_is_a_command(string comment, string verb, string arguments) =>
        SlashCommand.Find(comment).ShouldBe(new SlashCommand(verb, arguments));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Say /taskbot run to start.")]
    [InlineData("> /taskbot approve")]
    [InlineData("    /taskbot approve")]
    [InlineData("\t/taskbot approve")]
    [InlineData("  \t/taskbot approve")]
    [InlineData("```\n/taskbot approve\n```")]
    [InlineData("```\n/taskbot approve")]
    [InlineData("~~~ sh\n/taskbot approve\n~~~")]
    [InlineData("````\n```\n/taskbot approve\n````")]
    [InlineData("```\n~~~\n/taskbot approve\n```")]
    [InlineData("```\n    ```\n/taskbot approve\n```")]
    [InlineData("```\n``` not the end\n/taskbot approve\n```")]
    [InlineData("/taskbots approve")]
    [InlineData("/taskbot-run")]
    [InlineData("/TASKBOT run")]
    [InlineData("`/taskbot approve`")]
    public void What_is_quoted_shown_or_only_looks_like_one_is_none(string? comment) => SlashCommand.Find(comment).ShouldBeNull();
}
