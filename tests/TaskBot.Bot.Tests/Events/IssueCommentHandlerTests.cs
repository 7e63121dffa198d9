using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;

namespace TaskBot.Bot.Tests.Events;

public sealed class IssueCommentHandlerTests
{
    [Theory]
    [InlineData("ada", "/taskbot dance", "`/taskbot dance` is not a command. Known are `/taskbot run`")]
    [InlineData("ada", "/taskbot `@acme/owners`", "`/taskbot '@acme/owners'` is not a command.")]
    [InlineData("eve", "/taskbot cancel", "takes write permission")]
    [InlineData("ada", "/taskbot approve", "Nothing waits for an approval.")]
    [InlineData("ada", "/taskbot run", "is being worked on already")]
    public async Task What_cannot_be_done_is_refused_with_the_reason(string login, string comment, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        (await lab.SayAsync(run, login, comment)).ShouldBe(run);

        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldContain($"@{login} ");
        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldContain(reason);
    }

    [Fact]
    public async Task Talk_is_not_answered()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        await lab.SayAsync(run, "eve", "I would say /taskbot cancel.\n\n> /taskbot cancel\n");

        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_waits_for_words_can_be_started_anew()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();
        run = await lab.Runs.SaveAsync(run with { Stage = RunStage.WaitingForHuman, Outcome = Engine.Runs.Outcome.WaitingForHuman }, default);

        var next = await lab.SayAsync(run, "ada", "/taskbot run");

        next.Id.ShouldNotBe(run.Id);
        next.Stage.ShouldBe(RunStage.Queued);
    }
}
