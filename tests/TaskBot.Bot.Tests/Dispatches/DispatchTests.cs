using System.Text.Json;
using System.Text.Json.Nodes;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Tests.Dispatches;

/// <summary>Work in the hands of jobs, from the moment it is given away until it is back or lost.</summary>
public sealed class DispatchTests
{
    [Fact]
    public async Task What_a_job_made_is_published_by_the_server_and_nothing_else_of_it_runs_there()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAndAdvanceAsync();
        (run.Stage, run.Outcome, run.HeadSha).ShouldBe((RunStage.WaitingForRunner, null, null));
        lab.Jobs.Started.ShouldBe([$"{run.Id}-1"]);
        run = await lab.JobAsync(run);

        (run.Stage, run.Reason).ShouldBe((RunStage.WaitingForChecks, null));
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + $2)); }\n");
        run.IsTested.ShouldBeTrue();
        var attempt = run.Attempts.ShouldHaveSingleItem();
        attempt.NodesRun.ShouldBeGreaterThan(3);
        attempt.Tokens.ShouldBeGreaterThan(0);
        run.Models.ShouldBe(["played"]);
        var nodes = (await lab.Viewer.ViewAsync(run, default)).Attempts.Single().Nodes;
        nodes.ShouldAllBe(node => node.State == NodeState.Succeeded);
    }

    [Fact]
    public async Task A_failure_in_a_job_is_refined_by_a_second_job_and_a_third_makes_only_what_changed()
    {
        var counted = new List<string>();
        using var meters = Meters.Count(counted);
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix, "Plus it is");
        lab.Reply("llm.edit", RunLab.Edit("*"));
        lab.Refine("Plus it is.");

        var run = await lab.StartAndAdvanceAsync();
        run = await lab.JobAsync(run);
        (run.Stage, run.Attempts.Length).ShouldBe((RunStage.WaitingForRunner, 0), "where it stands is kept, and the step is taken again when the refinement is there");
        (await lab.NewestAsync(run)).Order.Kind.ShouldBe(WorkKind.Refinement);
        run = await lab.JobAsync(run);
        (await lab.NewestAsync(run)).Order.ShouldBe(new WorkOrder(WorkKind.Attempt, 2));
        run.Attempts.ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Failed);
        run = await lab.JobAsync(run);

        (run.Stage, run.Attempts.Length).ShouldBe((RunStage.WaitingForChecks, 2));
        run.Attempts[1].NodesCached.ShouldBeGreaterThan(0);
        run.Attempts[1].NodesRun.ShouldBeLessThan(run.Attempts[0].NodesRun);
        counted.Count(name => name == "taskbot.attempts").ShouldBe(2, "a step that is taken again makes no second attempt");
    }

    [Fact]
    public async Task The_tracking_comment_links_the_job_that_has_the_work_and_the_servers_page()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAndAdvanceAsync();
        var comment = (await lab.Forge.FindCommentAsync(lab.Repository, run.Issue, TrackingComment.Marker, default)).ShouldNotBeNull();
        comment.ShouldContain("is with GitHub Actions");
        comment.ShouldContain("```mermaid");
        comment.ShouldContain($"See the [job](https://github.test/{lab.Repository}/actions/runs/{lab.Jobs.Newest}), the [dashboard](https://taskbot.example.com/runs/{run.Id}).");
        run = await lab.CheckAsync(await lab.JobAsync(run), "success", "");

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        (await lab.Forge.FindCommentAsync(lab.Repository, run.Issue, TrackingComment.Marker, default))!.ShouldContain($"See the [check run]({run.CheckUrl}), the [job](");
    }

    [Fact]
    public async Task Where_GitHub_does_not_say_which_run_it_started_the_workflows_page_is_linked_until_the_job_says_who_it_is()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Jobs.TellsRun = false;

        var run = await lab.StartAndAdvanceAsync();

        (await lab.Places.FindAsync(run, default))[0].ShouldBe(new RunLink("job", $"https://github.test/{lab.Repository}/actions/workflows/taskbot-dispatched.yml"));
        await lab.Desk.ClaimAsync((await lab.NewestAsync(run)).Id, lab.TokenOf(77), default);
        (await lab.Places.FindAsync(run, default))[0].Url.ShouldEndWith("/actions/runs/77");
    }

    [Fact]
    public async Task A_job_of_another_repository_workflow_branch_or_run_gets_nothing()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();
        var id = (await lab.NewestAsync(run)).Id;

        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711, repository: 18), default)).Result.ShouldBe(DeskResult.NotProven);
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4712), default)).Result.ShouldBe(DeskResult.NotProven);
        (await lab.Desk.ClaimAsync(id, token: null, default)).Result.ShouldBe(DeskResult.NotProven);
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711, workflow: "other.yml@refs/heads/main"), default)).Result.ShouldBe(DeskResult.NotTheJob);
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711, workflow: "taskbot-dispatched.yml@refs/heads/mine"), default)).Result.ShouldBe(DeskResult.NotTheJob);
        (await lab.Desk.ClaimAsync("made-up", lab.TokenOf(4711), default)).Result.ShouldBe(DeskResult.Unknown);
        (await lab.NewestAsync(run)).State.ShouldBe(DispatchState.Dispatched);
        lab.Time.Advance(TimeSpan.FromDays(2));
        lab.Issuer!.IsUp = false;
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711), default)).Result.ShouldBe(DeskResult.Unavailable);
    }

    [Fact]
    public async Task Where_GitHub_does_not_say_which_run_it_started_the_first_that_claims_has_the_work()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Jobs.TellsRun = false;
        var run = await lab.StartAndAdvanceAsync();
        var id = (await lab.NewestAsync(run)).Id;

        (await lab.Desk.ClaimAsync(id, lab.TokenOf(77), default)).Result.ShouldBe(DeskResult.Accepted);
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(78), default)).Result.ShouldBe(DeskResult.NotProven);
        (await lab.NewestAsync(run)).ActionsRun.ShouldBe(77);
    }

    [Fact]
    public async Task A_job_that_is_run_again_begins_anew_and_the_one_before_it_is_over()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();
        var id = (await lab.NewestAsync(run)).Id;
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711), default)).Result.ShouldBe(DeskResult.Accepted);
        (await lab.TellAsync(id, lab.TokenOf(4711), [new(0) { Told = "a" }, new(1) { Told = "b" }])).Value!.Next.ShouldBe(2);

        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711, attempt: 2), default)).Result.ShouldBe(DeskResult.Accepted);

        (await lab.TellAsync(id, lab.TokenOf(4711), [new(2) { Told = "c" }])).Result.ShouldBe(DeskResult.Over);
        (await lab.Desk.ClaimAsync(id, lab.TokenOf(4711), default)).Result.ShouldBe(DeskResult.Over);
        (await lab.TellAsync(id, lab.TokenOf(4711, attempt: 2), [new(0) { Told = "a" }])).Value!.Next.ShouldBe(1);
    }

    [Fact]
    public async Task Lines_that_are_sent_twice_count_once_and_a_result_is_taken_only_with_all_of_them()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        var (work, story) = await lab.WorkAsync((await lab.Desk.ClaimAsync(id, token, default)).Value!);
        var lines = story.Peek(1000);

        var early = await lab.TellAsync(id, token, [lines[3]]);
        (early.Result, early.Value!.Next).ShouldBe((DeskResult.OutOfOrder, 0));
        (await lab.TellAsync(id, token, [.. lines.Take(5)])).Value!.Next.ShouldBe(5);
        (await lab.TellAsync(id, token, [.. lines.Take(8)])).Value!.Next.ShouldBe(8);
        (await lab.LeaveAsync(id, token, work, story.Told)).Result.ShouldBe(DeskResult.OutOfOrder);
        (await lab.TellAsync(id, token, [lines[8], lines[8]])).Result.ShouldBe(DeskResult.Malformed);
        (await lab.TellAsync(id, token, [.. lines.Skip(2)])).Value!.Next.ShouldBe(lines.Count);
        (await lab.TellAsync(id, token, lines)).Value!.Next.ShouldBe(lines.Count);

        (await lab.LeaveAsync(id, token, work, story.Told, new byte[32])).Result.ShouldBe(DeskResult.Malformed);
        (await lab.LeaveAsync(id, token, work with { Dispatch = "another" }, story.Told)).Result.ShouldBe(DeskResult.Malformed);
        (await lab.LeaveAsync(id, token, work with { Nodes = work.Nodes.Add(work.Nodes[0]) }, story.Told)).Result.ShouldBe(DeskResult.Malformed);
        (await lab.LeaveAsync(id, token, work, story.Told)).Result.ShouldBe(DeskResult.Accepted);
        (await lab.LeaveAsync(id, token, work, story.Told)).Result.ShouldBe(DeskResult.Accepted, "the answer may have been lost");
        var calls = await lab.Ledger.ReadCallsAsync(lab.AccountOf(run), default).ToListAsync();
        calls.Count.ShouldBe(lines.Count(line => line.Call is not null));
        calls.ShouldNotBeEmpty();
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);
        run.Stage.ShouldBe(RunStage.WaitingForChecks);
    }

    [Theory]
    [InlineData("../outside", "100644")]
    [InlineData(".git/config", "100644")]
    [InlineData("calc.sh", "160000")]
    [InlineData("calc.sh", "100644")]
    public async Task A_tree_that_is_not_what_it_says_is_not_published(string path, string mode)
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        var (work, story) = await lab.WorkAsync((await lab.Desk.ClaimAsync(id, token, default)).Value!);
        await lab.TellAsync(id, token, story.Peek(1000));
        var forged = work with { Trees = [work.Trees[0] with { Files = [new SealedFile(path, mode, "add() { rm -rf /; }\n"u8.ToArray())] }] };
        (await lab.LeaveAsync(id, token, forged, story.Told)).Result.ShouldBe(DeskResult.Accepted);

        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        (run.Outcome, run.HeadSha).ShouldBe((Outcome.Failed, null));
        run.Reason!.ShouldContain("does not hold");
    }

    [Fact]
    public async Task A_job_cannot_say_that_a_person_approved()
    {
        await using var lab = await RunLab.CreateDispatchingAsync(files: (".github/taskbot/project.yml", "test: sh test.sh\nlanguages: [shell]\nprotected: [calc.sh]\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.JobAsync(await lab.StartAndAdvanceAsync());

        (run.Stage, run.HeadSha).ShouldBe((RunStage.WaitingForHuman, null));
        run.Reason!.ShouldContain("protected");
        run = await lab.SayAsync(run, "ada", "/taskbot approve");
        run = await lab.AdvanceAsync(run);
        run = await lab.JobAsync(run);
        run.Stage.ShouldBe(RunStage.WaitingForChecks);
    }

    [Fact]
    public async Task A_job_that_nobody_starts_is_tried_once_more_and_then_people_are_told_what_to_do()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();

        lab.Time.Advance(TimeSpan.FromMinutes(29));
        await lab.Clock.LookAsync(default);
        (await lab.Runs.FindAsync(run.Id, default))!.Stage.ShouldBe(RunStage.WaitingForRunner);
        lab.Time.Advance(TimeSpan.FromMinutes(2));
        run = await LookAsync(lab, run);
        (run.Stage, lab.Jobs.Started.Count).ShouldBe((RunStage.WaitingForRunner, 2));
        lab.Time.Advance(TimeSpan.FromMinutes(31));
        run = await LookAsync(lab, run);

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain("No job took up the work within 30 minutes.");
        run.Reason!.ShouldContain("runs-on");
        lab.Jobs.Cancelled.ShouldBe([4711, 4712]);

        // Asked again, it is tried again.
        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot resume"));
        (run.Stage, lab.Jobs.Started.Count).ShouldBe((RunStage.WaitingForRunner, 3), run.Reason);
    }

    [Fact]
    public async Task A_job_that_goes_silent_is_given_up_and_what_it_brings_later_is_not_taken()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        var (work, story) = await lab.WorkAsync((await lab.Desk.ClaimAsync(id, token, default)).Value!);
        lab.Time.Advance(TimeSpan.FromMinutes(4));
        await lab.TellAsync(id, lab.TokenOf(4711), story.Peek(3));
        lab.Time.Advance(TimeSpan.FromMinutes(4));
        await lab.Clock.LookAsync(default);
        (await lab.NewestAsync(run)).State.ShouldBe(DispatchState.Running, "a sign of life counts");

        lab.Time.Advance(TimeSpan.FromMinutes(2));
        run = await LookAsync(lab, run);

        lab.Jobs.Started.Count.ShouldBe(2);
        (await lab.LeaveAsync(id, lab.TokenOf(4711), work, 3)).Result.ShouldBe(DeskResult.Over);
        (await lab.JobAsync(run)).Stage.ShouldBe(RunStage.WaitingForChecks);
    }

    [Theory]
    [InlineData(false, "failure", 1)]
    [InlineData(true, "failure", 2)]
    [InlineData(true, "cancelled", 1)]
    public async Task A_job_that_ends_without_a_result_is_lost_at_once(bool claimed, string conclusion, int started)
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();
        var id = (await lab.NewestAsync(run)).Id;
        if (claimed) await lab.Desk.ClaimAsync(id, lab.TokenOf(4711), default);

        await EndJobAsync(lab, id, 4711, conclusion);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        lab.Jobs.Started.Count.ShouldBe(started);
        if (started > 1) return;
        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain($"GitHub says: {conclusion}");
        run.Reason!.ShouldContain("id-token: write");
    }

    [Fact]
    public async Task A_job_that_ended_before_GitHub_said_its_number_is_known_by_its_title()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Jobs.TellsRun = false;
        var run = await lab.StartAndAdvanceAsync();

        await EndJobAsync(lab, (await lab.NewestAsync(run)).Id, 4711, "startup_failure");

        (await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!)).Outcome.ShouldBe(Outcome.Failed);
    }

    [Fact]
    public async Task A_job_that_could_not_work_says_why_where_people_asked()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        var offer = (await lab.Desk.ClaimAsync(id, token, default)).Value!;

        await lab.LeaveAsync(id, token, DispatchedWork.Failed(offer, "No model has a key."), 0);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        run.Outcome.ShouldBe(Outcome.Failed);
        (await lab.CommentAsync(run)).ShouldContain("No model has a key.");
        lab.Jobs.Started.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Cancel_reaches_the_job_with_its_next_word_and_ends_its_workflow_run()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        await lab.Desk.ClaimAsync(id, token, default);

        (await lab.SayAsync(run, "ada", "/taskbot cancel")).Outcome.ShouldBe(Outcome.Cancelled);

        (await lab.TellAsync(id, token, [])).Result.ShouldBe(DeskResult.Over);
        await lab.Clock.LookAsync(default);
        lab.Jobs.Cancelled.ShouldBe([4711]);
        (await lab.NewestAsync(run)).State.ShouldBe(DispatchState.Withdrawn);
    }

    [Fact]
    public async Task A_correction_meanwhile_withdraws_the_old_work_and_gives_away_the_new()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var old = await lab.NewestAsync(run);
        await lab.Desk.ClaimAsync(old.Id, lab.TokenOf(4711), default);

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot refine Use plus."));

        run.Stage.ShouldBe(RunStage.WaitingForRunner);
        (await lab.Dispatches.FindAsync(old.Id, default))!.State.ShouldBe(DispatchState.Withdrawn);
        lab.Jobs.Cancelled.ShouldBe([4711]);
        (await lab.JobAsync(run)).Stage.ShouldBe(RunStage.WaitingForChecks);
    }

    [Fact]
    public async Task A_job_may_spend_what_is_left_and_what_it_did_not_spend_is_there_again()
    {
        await using var lab = await RunLab.CreateDispatchingAsync(files: (".github/taskbot/project.yml", "test: sh test.sh\nlanguages: [shell]\nbudget: { run: 2, day: 10 }\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        (await lab.NewestAsync(run)).GrantedUsd.ShouldBe(2m);
        (await lab.Ledger.GetBalanceAsync(lab.AccountOf(run), default)).ReservedUsd.ShouldBe(2m);

        await lab.JobAsync(run);

        (await lab.Ledger.GetBalanceAsync(lab.AccountOf(run), default)).ReservedUsd.ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_spends_more_than_it_was_granted_is_told_to_stop_and_its_work_is_over_budget()
    {
        await using var lab = await RunLab.CreateDispatchingAsync(files: (".github/taskbot/project.yml", "test: sh test.sh\nlanguages: [shell]\nbudget: { run: 2 }\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var (id, token) = ((await lab.NewestAsync(run)).Id, lab.TokenOf(4711));
        var (work, _) = await lab.WorkAsync((await lab.Desk.ClaimAsync(id, token, default)).Value!);
        var call = new CallLine(Guid.NewGuid(), "/task/implement", "gpt-x", "openai", null, ModelCallOutcome.Succeeded, null, 10, 0, 10, 0, 2.5m, Estimated: false, lab.Time.GetUtcNow(), TimeSpan.FromSeconds(1));

        (await lab.TellAsync(id, token, [new(0) { Call = call }])).Value!.Stop.ShouldBeTrue();
        await lab.LeaveAsync(id, token, work, told: 1);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        (run.Outcome, run.HeadSha).ShouldBe((Outcome.OverBudget, null));
        run.Reason!.ShouldContain("$2.5 of the $2");
        (await lab.Ledger.GetBalanceAsync(lab.AccountOf(run), default)).ShouldBe(new BudgetBalance(2.5m, 0));
    }

    [Fact]
    public async Task A_project_may_ask_for_jobs_and_is_told_where_the_server_cannot_be_reached_by_them()
    {
        await using var lab = await RunLab.CreateDispatchingAsync(_ => new DispatchOptions(), (".github/taskbot/project.yml", "executor: actions\n"));

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain("Dispatch:PublicUrl");
    }

    [Theory]
    [InlineData(Obstacle.WorkflowMissing, "taskbot-dispatched.yml")]
    [InlineData(Obstacle.ActionsDisabled, "Turn Actions on")]
    [InlineData(Obstacle.PermissionMissing, "permission")]
    public async Task What_keeps_a_job_from_being_started_is_said_with_what_to_do(Obstacle obstacle, string says)
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Jobs.Refusal = new ForgeException("No.") { Obstacle = obstacle };

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain(says);
        lab.Jobs.Refusal = null;
        (await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot resume"))).Stage.ShouldBe(RunStage.WaitingForRunner);
    }

    [Fact]
    public async Task A_server_that_died_after_it_wrote_down_what_it_wants_starts_the_job_and_one_that_died_after_starts_no_second()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        lab.Jobs.Refusal = TransientFailure.Of("The connection was lost.");
        var run = await lab.StartAsync();
        await Should.ThrowAsync<ForgeException>(() => lab.AdvanceAsync(run));
        (await lab.NewestAsync(run)).State.ShouldBe(DispatchState.Requested);

        lab.Jobs.Refusal = null;
        lab.Jobs.TellsRun = false;
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);
        run = await lab.AdvanceAsync(await lab.Runs.SaveAsync(run with { Stage = RunStage.Queued }, default));

        run.Stage.ShouldBe(RunStage.WaitingForRunner);
        lab.Jobs.Started.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_secret_is_in_what_a_job_is_given()
    {
        await using var lab = await RunLab.CreateDispatchingAsync();
        var run = await lab.StartAndAdvanceAsync();

        var offer = (await lab.Desk.ClaimAsync((await lab.NewestAsync(run)).Id, lab.TokenOf(4711), default)).Value!;

        JsonNode.Parse(JsonSerializer.Serialize(offer, DispatchJsonContext.Default.WorkOffer))!.AsObject().Select(member => member.Key)
            .ShouldBe(["dispatch", "server", "run", "order", "granted_usd", "known", "earlier"], ignoreOrder: true);
    }

    static async Task<RunRecord> LookAsync(RunLab lab, RunRecord run)
    {
        await lab.Clock.LookAsync(default);
        return await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);
    }

    static Task EndJobAsync(RunLab lab, string dispatch, long run, string conclusion) => lab.TellAsync("workflow_run", new JsonObject
    {
        ["action"] = "completed",
        ["workflow_run"] = new JsonObject
        {
            ["id"] = run,
            ["head_sha"] = "deadbeef",
            ["event"] = "workflow_dispatch",
            ["display_title"] = $"TaskBot {dispatch}",
            ["run_attempt"] = 1,
            ["conclusion"] = conclusion,
            ["html_url"] = "https://github.test/acme/calculator/actions/runs/1",
        },
        ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "taskbot[bot]", ["type"] = "Bot" },
    });
}
