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
    [InlineData("<!-- a note\n/taskbot cancel\n-->\n/taskbot run", "run", "")]
    [InlineData("@taskbot /retry", "retry", "")]
    [InlineData("@Taskbot /taskbot retry now", "retry", "now")]
    [InlineData("@acme-bot: fix the typo too", "@", "fix the typo too")]
    [InlineData("@taskbot, why is it slow?", "@", "why is it slow?")]
    public void A_line_of_its_own_is_a_command(string comment, string verb, string arguments)
    {
        var command = SlashCommand.Read(comment, "acme-bot").ShouldHaveSingleItem();
        (command.Verb, command.Arguments).ShouldBe((verb, arguments));
    }

    [Theory]
    [InlineData("@Robot: fix it", "fix it")]
    [InlineData("robot, fix it", null)]
    [InlineData("@robots fix it", null)]
    [InlineData("Ask @robot to fix it", null)]
    public void A_mention_may_begin_with_something_else(string comment, string? asked)
    {
        (SlashCommand.Read(comment, "acme-bot", "@robot").SingleOrDefault()?.Text).ShouldBe(asked);
        SlashCommand.Read("Robot, fix it", "acme-bot", "robot").ShouldHaveSingleItem().Text.ShouldBe("fix it");
        SlashCommand.Read("@taskbot fix it", "acme-bot", "@robot").ShouldBeEmpty();
    }

    [Fact]
    public void Several_commands_come_in_their_order() =>
        SlashCommand.Read("/taskbot budget 5\nand then\n/taskbot run write-tests\n@taskbot approve", "taskbot")
            .Select(command => $"{command.Verb} {command.Arguments}").ShouldBe(["budget 5", "run write-tests", "@ approve"]);

    [Fact]
    public void A_text_goes_on_to_the_next_command_with_its_code()
    {
        var commands = SlashCommand.Read("Hello.\n/taskbot refine Keep this:\n\n```sh\n/taskbot cancel\n```\n\nPlease.\n/taskbot status\n", "taskbot");

        commands.Select(command => command.Verb).ShouldBe(["refine", "status"]);
        commands[0].Text.ShouldBe("Keep this:\n\n```sh\n/taskbot cancel\n```\n\nPlease.");
        commands[1].Text.ShouldBe("");
    }

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
    [InlineData("<!--\n/taskbot approve\n-->")]
    [InlineData("<!-- /taskbot approve -->")]
    [InlineData("text <!-- begins here\n/taskbot approve")]
    [InlineData("Ask @taskbot approve")]
    [InlineData("> @taskbot approve")]
    [InlineData("@taskbots approve")]
    [InlineData("@taskbot-dev approve")]
    [InlineData("@someone approve")]
    public void What_is_quoted_shown_or_only_looks_like_one_is_none(string? comment) => SlashCommand.Read(comment, "acme-bot").ShouldBeEmpty();
}
