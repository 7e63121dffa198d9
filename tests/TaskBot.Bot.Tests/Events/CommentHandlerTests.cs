using System.Text;
using TaskBot.Bot.Events;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Events;

public sealed class CommentHandlerTests
{
    [Theory]
    [InlineData("ada", "/taskbot dance", "`/taskbot dance` is not a command. There are `approve`, `ask`")]
    [InlineData("ada", "/taskbot `@acme/owners`", "`/taskbot '@acme/owners'` is not a command.")]
    [InlineData("ada", "/taskbot aprove", "Did you mean `/taskbot approve`?")]
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

    [Theory]
    [InlineData("It is slow here too.", false)]
    [InlineData("/taskbot run", true)]
    [InlineData("@taskbot why?", true)]
    [InlineData("\\/taskbot run", true)]
    [InlineData("\\u002Ftaskbot run", true)]
    [InlineData("\\u0040taskbot why?", true)]
    [InlineData("Line one\\nline two \\u2026", false)]
    public void An_event_that_cannot_hold_a_command_is_not_read(string text, bool mayBeTold)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"comment":{"body":"{{text}}","id":1},"action":"created"}""");

        (CommentHandler.MayBeTold(body), EventDispatcher.ActsOn("issue_comment", body)).ShouldBe((mayBeTold, mayBeTold));
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
    public async Task What_is_asked_is_seen_at_once_and_told_in_the_end()
    {
        await using var lab = await RunLab.CreateAsync(waitForChecks: false);
        lab.Reply("llm.edit", RunLab.Fix);
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        await lab.SayAsync(issue, isPullRequest: false, "ada", "/taskbot run");
        (await lab.ReactionsAsync(issue, lab.LastComment)).ShouldBe("eyes");
        var run = await lab.AdvanceAsync((await lab.Runs.FindByIssueAsync("acme/calculator", issue, default))!);

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        (await lab.ReactionsAsync(issue, lab.LastComment)).ShouldBe("eyes hooray");
        await lab.SayAsync(run, "eve", "/taskbot cancel");
        (await lab.ReactionsAsync(issue, lab.LastComment)).ShouldBe("eyes confused");
    }

    [Fact]
    public async Task An_edited_comment_counts_once_and_a_command_that_the_edit_added_counts_too()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.AdvanceAsync(await lab.StartAsync());
        run = await lab.SayAsync(run, "ada", "/taskbot budget 5");
        var layers = run.Layers.Length;

        run = await lab.SayAsync(run, "ada", "Now, please:\n/taskbot budget 5", edited: lab.LastComment);
        run.Layers.Length.ShouldBe(layers);
        run = await lab.SayAsync(run, "ada", "Now, please:\n/taskbot budget 5\n/taskbot model code=other", edited: lab.LastComment);

        run.Layers.Length.ShouldBe(layers + 1);
        (RunParameters.Of(run).BudgetUsd, RunParameters.Of(run).Models["code"]).ShouldBe((5m, "other"));
    }

    [Theory]
    [InlineData("helper[bot]", "Bot", null, "another bot")]
    [InlineData("taskbot", "User", null, "the bot itself, whatever its type")]
    [InlineData("ada", "User", "eve", "someone who edits another's comment")]
    public async Task Whoever_is_no_person_who_speaks_for_themselves_is_not_listened_to(string login, string type, string? author, string because)
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        (await lab.SayAsync(run, login, "/taskbot cancel", type: type, author: author)).ShouldBe(run, because);

        (await lab.ReactionsAsync(run.Issue, lab.LastComment)).ShouldBe("");
        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bot_that_the_project_allows_is_listened_to()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\npermissions: { allow: ['helper[bot]'] }\n"));
        var run = await lab.StartAsync();

        (await lab.SayAsync(run, "helper[bot]", "/taskbot cancel", type: "Bot")).Outcome.ShouldBe(Outcome.Cancelled);
    }

    [Fact]
    public async Task Several_commands_of_a_comment_are_done_in_their_order()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.AdvanceAsync(await lab.StartAsync());

        run = await lab.SayAsync(run, "ada", "/taskbot cancel\n/taskbot run write-tests strictness=thorough");

        (run.Stage, run.Wish?.Task, run.Wish?.Select["strictness"]).ShouldBe((RunStage.Queued, "taskbot:core/write-tests", "thorough"));
        (await lab.Runs.ListAsync(10, default)).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("/taskbot run write-test", "There is no task `write-test`. Did you mean 'write-tests'?")]
    [InlineData("/taskbot run fix-bug write-tests", "`write-tests` would be a second task.")]
    [InlineData("/taskbot run strictness=", "`strictness=` selects no variant.")]
    public async Task What_cannot_be_run_is_named(string comment, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        await lab.SayAsync(issue, isPullRequest: false, "ada", comment);

        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
        File.ReadAllText(Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", $"{issue}")).ShouldHaveSingleItem()).ShouldContain(reason);
    }

    [Fact]
    public async Task On_a_pull_request_that_is_not_ours_no_work_is_started()
    {
        await using var lab = await RunLab.CreateAsync();

        await lab.SayAsync(77, isPullRequest: true, "ada", "/taskbot run\n/taskbot resume\n@taskbot make it faster");

        (await lab.Runs.ListAsync(10, default)).ShouldAllBe(run => run.Purpose == RunPurpose.Answer);
        File.ReadAllText(Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", "77")).First()).ShouldContain("Nothing was started here yet");
    }

    [Fact]
    public async Task A_run_that_waits_for_words_can_be_started_anew()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();
        run = await lab.Runs.SaveAsync(run with { Stage = RunStage.WaitingForHuman, Outcome = Outcome.WaitingForHuman }, default);

        var next = await lab.SayAsync(run, "ada", "/taskbot run");

        next.Id.ShouldNotBe(run.Id);
        next.Stage.ShouldBe(RunStage.Queued);
    }
}
