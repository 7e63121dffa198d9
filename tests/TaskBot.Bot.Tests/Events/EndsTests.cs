using System.Text.Json.Nodes;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Events;

/// <summary>What ends a run from outside, and what people are told to do then.</summary>
public sealed class EndsTests
{
    [Theory]
    [InlineData("closed", "eve", null, "@eve closed the issue. Reopen it and write `/taskbot resume`")]
    [InlineData("unassigned", "eve", "taskbot", "@eve took the issue off TaskBot.")]
    [InlineData("transferred", "eve", null, "Ask again where it is now")]
    [InlineData("deleted", "eve", null, "@eve deleted the issue.")]
    public async Task An_issue_that_goes_stops_its_run(string action, string login, string? assignee, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        run = await lab.IssueAsync(run, action, login, assignee);

        (run.Stage, run.Outcome).ShouldBe((RunStage.Finished, Outcome.Cancelled));
        run.Reason.ShouldNotBeNull().ShouldContain(reason);
        (await lab.CommentAsync(run)).ShouldContain("### TaskBot: cancelled");
    }

    [Theory]
    [InlineData("closed", "taskbot", null)]
    [InlineData("unassigned", "eve", "ada")]
    public async Task What_is_not_about_us_stops_nothing(string action, string login, string? assignee)
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        (await lab.IssueAsync(run, action, login, assignee)).ShouldBe(run);
    }

    [Theory]
    [InlineData(true, PullRequestEnding.Merged, Outcome.Succeeded, "@eve merged pull request #2.")]
    [InlineData(false, PullRequestEnding.ClosedUnmerged, Outcome.Cancelled, "`/taskbot run` starts anew")]
    public async Task How_a_pull_request_ended_is_remembered(bool merged, PullRequestEnding ending, Outcome outcome, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        run = await lab.PullAsync(run, "closed", "eve", merged: merged);

        (run.Ending, run.Outcome, run.Stage).ShouldBe((ending, outcome, RunStage.Finished));
        run.Reason.ShouldNotBeNull().ShouldContain(reason);
        (await lab.PullAsync(run, "reopened", "eve")).Ending.ShouldBeNull();
    }

    [Fact]
    public async Task Merged_is_merged_in_whatever_order_it_is_told()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        run = await lab.PullAsync(await lab.IssueAsync(run, "closed", "eve"), "closed", "eve", merged: true);

        (run.Outcome, run.Ending, run.Reason).ShouldBe((Outcome.Succeeded, PullRequestEnding.Merged, "@eve merged pull request #2."));
    }

    [Fact]
    public async Task A_new_run_after_a_pull_request_that_ended_has_a_branch_of_its_own()
    {
        await using var lab = await RunLab.CreateAsync(waitForChecks: false);
        lab.Reply("llm.edit", RunLab.Fix);
        var first = await lab.PullAsync(await lab.StartAndAdvanceAsync(), "closed", "eve");

        var second = await lab.AdvanceAsync((await lab.StartAsync(first.Issue, "ada")).ShouldBeOfType<RunStart.Started>().Run);

        second.Outcome.ShouldBe(Outcome.Succeeded, second.Reason);
        second.Branch.ShouldBe($"{first.Branch}-2");
    }

    [Fact]
    public async Task Our_own_push_holds_nothing_up()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        (await lab.PullAsync(run, "synchronize", "taskbot", new string('1', 40))).ShouldBe(run);
        (await lab.PullAsync(run, "synchronize", "ada", run.HeadSha)).ShouldBe(run, "that is the head that we know");
    }

    [Theory]
    [InlineData("refs/heads/BRANCH", true, RunStage.Finished, "deleted the branch taskbot/issue-1-add-is-wrong. `/taskbot run` makes a new one")]
    [InlineData("refs/heads/main", true, RunStage.Finished, "`/taskbot run` starts from the default branch")]
    [InlineData("refs/heads/main", false, RunStage.WaitingForHuman, "@eve rewrote main")]
    public async Task A_branch_that_is_deleted_or_rewritten_is_answered(string reference, bool deleted, RunStage stage, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        await TellPushAsync(lab, reference.Replace("BRANCH", run.Branch, StringComparison.Ordinal), deleted, forced: !deleted);

        run = (await lab.Runs.FindAsync(run.Id, default))!;
        run.Stage.ShouldBe(stage);
        run.Reason.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public async Task An_ordinary_push_is_nobodys_business()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        await TellPushAsync(lab, "refs/heads/main", deleted: false, forced: false);

        (await lab.Runs.FindAsync(run.Id, default)).ShouldBe(run);
    }

    [Fact]
    public async Task A_renamed_or_transferred_repository_keeps_its_runs()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        Move(lab, "acme/calculator", "acme/adder");
        await TellRepositoryAsync(lab, "renamed", "acme/adder", """{"repository":{"name":{"from":"calculator"}}}""");
        (await lab.Runs.FindAsync(run.Id, default))!.Repository.ShouldBe("acme/adder");
        Move(lab, "acme/adder", "globex/adder");
        await TellRepositoryAsync(lab, "transferred", "globex/adder", """{"owner":{"from":{"organization":{"id":1,"login":"acme"}}}}""");
        (await lab.Runs.FindAsync(run.Id, default))!.Repository.ShouldBe("globex/adder");
    }

    static void Move(RunLab lab, string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(lab.Forge.Root, to))!);
        Directory.Move(Path.Combine(lab.Forge.Root, from), Path.Combine(lab.Forge.Root, to));
    }

    [Theory]
    [InlineData("archived", "Unarchive it and write `/taskbot resume`")]
    [InlineData("deleted", "deleted the repository")]
    public async Task A_repository_that_takes_no_changes_any_more_ends_its_runs(string action, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        await TellRepositoryAsync(lab, action, "acme/calculator", "{}");

        run = (await lab.Runs.FindAsync(run.Id, default))!;
        run.Outcome.ShouldBe(Outcome.Cancelled);
        run.Reason.ShouldNotBeNull().ShouldContain(reason);
    }

    public static TheoryData<Obstacle> EveryObstacle => [.. Enum.GetValues<Obstacle>().Where(obstacle => obstacle != Obstacle.Other)];

    [Theory]
    [MemberData(nameof(EveryObstacle))]
    public async Task Whatever_stands_in_the_way_has_an_answer_that_says_what_to_do(Obstacle obstacle)
    {
        obstacle.Answer().ShouldEndWith(".");
        await using var lab = await RunLab.CreateAsync(SeenForge.With(SeenForge.Refusing(nameof(IForge.MarkReadyAsync), obstacle, "GitHub says no.")));
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.CheckAsync(await lab.StartAndAdvanceAsync(), "success", "");

        (run.Stage, run.Outcome).ShouldBe((RunStage.Finished, Outcome.Failed));
        run.Reason.ShouldBe($"GitHub says no.\n\n{obstacle.Answer()}");
    }

    [Theory]
    [InlineData(Obstacle.ConversationLocked)]
    [InlineData(Obstacle.RepositoryArchived)]
    [InlineData(Obstacle.NotFound)]
    public async Task A_run_ends_also_where_nobody_can_be_told(Obstacle obstacle)
    {
        await using var lab = await RunLab.CreateAsync(SeenForge.With(
            SeenForge.Refusing(nameof(IForge.PutCommentAsync), obstacle), SeenForge.Refusing(nameof(IForge.PutCheckAsync), obstacle), SeenForge.Refusing(nameof(IForge.ReactAsync), obstacle)));
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.CheckAsync(await lab.StartAndAdvanceAsync(), "success", "");

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
    }

    static Task TellPushAsync(RunLab lab, string reference, bool deleted, bool forced) => lab.TellAsync("push", new JsonObject
    {
        ["ref"] = reference,
        ["before"] = new string('1', 40),
        ["after"] = new string(deleted ? '0' : '2', 40),
        ["deleted"] = deleted,
        ["forced"] = forced,
        ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "eve", ["type"] = "User" },
    });

    static Task TellRepositoryAsync(RunLab lab, string action, string name, string changes) => lab.TellAsync("repository", new JsonObject
    {
        ["action"] = action,
        ["changes"] = JsonNode.Parse(changes),
        ["repository"] = new JsonObject { ["id"] = 1, ["name"] = name.Split('/')[1], ["full_name"] = name },
        ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "eve", ["type"] = "User" },
    });
}
