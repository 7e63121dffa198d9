using TaskBot.Bot.Learning;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunCoordinatorTests
{
    const string Approved = """
        taskbot: 1
        default: looked-at
        nodes:
          looked-at:
            type: graph
            uses: taskbot:core/fix-bug
            nodes:
              look:
                type: human.approve
                question: May the change be published?
                inputs: { subject: { from: implement.patch } }
            over:
              open-pr: { needs: [look] }
        """;

    [Fact]
    public async Task A_change_that_is_right_at_once_becomes_a_pull_request_that_is_ready_when_its_checks_pass()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAndAdvanceAsync();

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.FilesChanged.ShouldBe(["calc.sh"]);
        run.Models.ShouldBe(["played"]);
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + $2)); }\n");
        (await lab.Forge.GetPullRequestAsync(lab.Repository, run.PullRequest!.Value, default)).IsDraft.ShouldBeTrue();
        (await lab.Coordinator.LookAtChecksAsync(run, default)).ShouldBe(run, "no check has answered yet");

        run = await lab.CheckAsync(run, "success", "");

        (run.Stage, run.Outcome).ShouldBe((RunStage.Finished, Outcome.Succeeded));
        run.Attempts.ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Succeeded);
        (await lab.Forge.GetPullRequestAsync(lab.Repository, run.PullRequest!.Value, default)).IsDraft.ShouldBeFalse();
        (await lab.Forge.GetChecksAsync(lab.Repository, new CommitId(run.HeadSha!), default))
            .Single(check => check.Name == CheckReports.Name).Conclusion.ShouldBe("success");
        (await lab.CommentAsync(run)).ShouldContain("### TaskBot: succeeded");
    }

    [Fact]
    public async Task An_attempt_that_fails_its_own_tests_is_refined_and_nothing_of_it_is_published()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix, "Use the plus sign");
        lab.Reply("llm.edit", RunLab.Edit("*"));
        lab.Refine("add must add. Use the plus sign.");

        var run = await lab.StartAndAdvanceAsync();

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.Select(attempt => attempt.Outcome).ShouldBe([Outcome.Failed, Outcome.Succeeded]);
        run.Attempts[0].Summary.ShouldContain("1 of 1 tests failed: adds");
        run.Attempts[1].NodesCached.ShouldBeGreaterThan(0, "what a corrected description does not touch is not done again");
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + $2)); }\n");
        (await lab.Git.ReadCommitAsync(new CommitId(run.HeadSha!), default)).Parents.ShouldBe([new CommitId(run.BaseCommit)]);
    }

    [Fact]
    public async Task Failing_checks_start_another_attempt_from_the_base_in_the_same_pull_request()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Edit("+ 0 +"), "Write it with a zero");
        lab.Reply("llm.edit", RunLab.Fix);
        lab.Refine("add must add. Write it with a zero.");
        var first = await lab.StartAndAdvanceAsync();

        var second = await lab.CheckAsync(first, "failure", "not ok 1 - reads well\n");

        second.Stage.ShouldBe(RunStage.WaitingForChecks, second.Reason);
        second.PullRequest.ShouldBe(first.PullRequest);
        second.Branch.ShouldBe(first.Branch);
        second.HeadSha.ShouldNotBe(first.HeadSha);
        second.Attempts[0].Summary.ShouldBe("The checks failed: not ok 1 - reads well");
        (await lab.FileAsync(second.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + 0 + $2)); }\n");
        (await lab.Git.ReadCommitAsync(new CommitId(second.HeadSha!), default)).Parents.ShouldBe([new CommitId(second.BaseCommit)]);
        (await lab.CheckAsync(second, "success", "")).Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task The_same_failure_twice_changes_the_strategy_and_three_times_asks_a_person()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nattempts: 5\n"));
        lab.Reply("llm.edit", RunLab.Edit("*"));
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", Planned("calc.sh"));
        lab.Reply("review.self", """{"summary": "It multiplies.", "findings": []}""");
        lab.Reply("llm.refine", """{"description": "Try still harder.", "notes": [], "summary": "Again.", "question": null}""", "Try harder.");
        lab.Refine("Try harder.");

        var run = await lab.StartAndAdvanceAsync();

        (run.Stage, run.Outcome, run.Attempts.Length).ShouldBe((RunStage.WaitingForHuman, Outcome.WaitingForHuman, 3), run.Reason);
        run.Layers.Select(layer => layer.Name).ShouldBe(["issue", "attempt-2", "strategy", "stronger-model", "attempt-3"]);
        run.Reason.ShouldNotBeNull().ShouldStartWith("The same failure came back:");
        run.Reason.ShouldEndWith("?");
        run.PullRequest.ShouldBeNull();
        (await lab.CommentAsync(run)).ShouldContain("> The same failure came back");
    }

    [Fact]
    public async Task A_failure_corrects_the_step_of_the_plan_that_it_speaks_against_and_no_other_is_done_again()
    {
        await using var lab = await RunLab.CreateAsync(
            ("notes.txt", "To do.\n"), (".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nlabels: { careful: { task: 'taskbot:core/fix-bug', select: { strictness: thorough } } }\n"));
        lab.Reply("llm.edit", "SUMMARY: Noted.\nnotes.txt\n<<<<<<< SEARCH\nTo do.\n=======\nDone.\n>>>>>>> REPLACE\n", "Do the step notes.");
        lab.Reply("llm.edit", RunLab.Fix, "Use the plus sign.");
        lab.Reply("llm.edit", RunLab.Edit("*"));
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", Planned("notes.txt", "calc.sh"));
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");
        lab.Refine("Use the plus sign.");

        var run = await lab.StartAndAdvanceAsync("careful");

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        var (first, second) = (run.Attempts[0], run.Attempts[1]);
        run.Layers[^1].Text.ShouldContain("\"calc\":{\"description\":\"Use the plus sign.\"");
        ((double)second.NodesRun / (second.NodesRun + second.NodesCached)).ShouldBeLessThan(0.4, $"{second.NodesRun} of {second.NodesRun + second.NodesCached} nodes ran again");
        ((double)second.Tokens / first.Tokens).ShouldBeLessThan(0.5, $"{second.Tokens} of {first.Tokens} tokens were sent again");
        run.FilesChanged.ShouldBe(["calc.sh", "notes.txt"]);
        var statistics = RunStatistics.Of([run], new Dictionary<string, PreferenceModel>()).Retries.ShouldNotBeNull();
        statistics.NodesAgain.ShouldBeLessThan(0.4);
        statistics.TokensAgain.ShouldBeLessThan(0.5);
    }

    [Fact]
    public async Task What_was_missing_is_named_to_the_refinement_and_shown_to_the_next_attempt()
    {
        await using var lab = await RunLab.CreateAsync(("zebra.txt", "Quagga stripes.\n"));
        lab.Reply("llm.edit", RunLab.Fix, "Quagga");
        lab.Reply("llm.edit", "CANNOT: I was not shown zebra.txt.");
        lab.Reply("llm.refine", """{"description": "add must add.", "notes": [], "summary": "It was not shown.", "question": null, "files": ["zebra.txt"]}""", "FactsMissing", "- zebra.txt");

        var run = await lab.StartAndAdvanceAsync();

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.Select(attempt => attempt.Outcome).ShouldBe([Outcome.Failed, Outcome.Succeeded]);
        run.Layers[^1].Text.ShouldContain("refined-files");
        (await lab.ReplayAsync(run)).ShouldReproduce(run);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stronger_model_is_asked_only_where_an_answer_failed_its_check(bool fails)
    {
        await using var lab = await RunLab.CreateAsync(
            (".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nlabels: { careful: { task: 'taskbot:core/fix-bug', select: { strictness: thorough } } }\n"));
        lab.Settings["Models:Model"] = "";
        foreach (var (profile, model) in new[] { ("fast", "small"), ("code", "coder"), ("reason", "thinker") }) lab.Settings[$"Models:Profiles:{profile}:0"] = $"{model}@scripted";
        lab.Reply("llm.edit", RunLab.Fix);
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", Planned("calc.sh"), "This cannot be accepted", "'calc' has no acceptance");
        lab.Reply("llm.plan", fails ? Planned("calc.sh").Replace("[\"Done\"]", "[\" \"]", StringComparison.Ordinal) : Planned("calc.sh"));
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");

        var run = await lab.StartAndAdvanceAsync("careful");

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        var asked = await lab.Ledger.ReadCallsAsync(lab.AccountOf(run), default).Select(call => $"{call.Prompt}: {call.Model}").ToListAsync();
        asked.ShouldBe(["llm.clarify: small", "llm.plan: small", .. fails ? (string[])["llm.plan: thinker"] : [], "llm.edit: coder", "review.self: thinker"]);
    }

    /// <summary>A plan with a step for each file.</summary>
    [Theory]
    [InlineData("llm.edit")]
    [InlineData("llm.plan", "careful")]
    public async Task What_worked_and_what_to_avoid_is_put_into_editing_and_planning(string prompt, params string[] labels)
    {
        await using var lab = await RunLab.CreateAsync(
            (".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nlabels: { careful: { task: 'taskbot:core/fix-bug', select: { strictness: thorough } } }\n"));
        var learnt = lab.Time.GetUtcNow().AddDays(-1);
        await lab.Patterns.ChangeAsync(
            [
                new("acme/calculator", PatternKind.Solution, "add was wrong before", "Changed the sign in calc.sh.", [], learnt),
                new("acme/calculator", PatternKind.Failure, "add is wrong again", "The test was changed instead.", [], learnt),
                new("acme/other", PatternKind.Solution, "add is wrong elsewhere", "A lesson of another repository.", [], learnt),
            ],
            [], default);
        var asked = new[] { "Worked before:\n- add was wrong before: Changed the sign in calc.sh.", "Avoid this:\n- add is wrong again: The test was changed instead." };
        if (prompt != "llm.edit") lab.Reply("llm.edit", RunLab.Fix);
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply(prompt, prompt == "llm.edit" ? RunLab.Edit("*") : "", "A lesson of another repository");
        lab.Reply(prompt, prompt == "llm.edit" ? RunLab.Fix : Planned("calc.sh"), asked);
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");

        var run = await lab.StartAndAdvanceAsync(labels);

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.ShouldHaveSingleItem();
    }

    static string Planned(params string[] files) => $$"""
        {"summary": "By file.", "context": [], "steps": [{{string.Join(", ", files.Select(file =>
            $$"""{"name": "{{Path.GetFileNameWithoutExtension(file)}}", "type": "llm.edit", "description": "Do the step {{Path.GetFileNameWithoutExtension(file)}}.", "acceptance": ["Done"], "files": ["{{file}}"], "context": [], "after": []}"""))}}]}
        """;

    [Fact]
    public async Task When_all_attempts_are_used_up_a_person_is_asked()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nattempts: 1\n"));
        lab.Reply("llm.edit", RunLab.Edit("*"));

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.WaitingForHuman);
        run.Reason.ShouldNotBeNull().ShouldStartWith("All 1 attempts are used up.");
    }

    [Fact]
    public async Task A_question_of_the_refinement_is_put_to_a_person()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Edit("*"));
        lab.Refine("add must add.", "Should add take negative numbers?");

        var run = await lab.StartAndAdvanceAsync();

        (run.Stage, run.Reason).ShouldBe((RunStage.WaitingForHuman, "Should add take negative numbers?"));
    }

    [Fact]
    public async Task An_edit_that_leaves_the_repository_is_refined_and_never_published()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nattempts: 2\n"));
        lab.Reply("llm.edit", "../calc.sh\n<<<<<<< SEARCH\n=======\nadd() { :; }\n>>>>>>> REPLACE\n");
        lab.Refine("Change calc.sh.");

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.WaitingForHuman, "both attempts were refused");
        run.Reason.ShouldNotBeNull().ShouldContain("refused");
        lab.Forge.Pulls(lab.Repository).ShouldBeEmpty();
        (await lab.Git.Refs.ListAsync("refs/heads/", default)).Select(branch => branch.Name).ShouldBe(["refs/heads/main"]);
    }

    [Theory]
    [InlineData("unreachable")]
    [InlineData("unauthorized")]
    public async Task A_model_that_cannot_be_asked_ends_the_run_with_the_reason(string kind)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Fail(kind);

        var run = await lab.StartAndAdvanceAsync();

        (run.Stage, run.Outcome).ShouldBe((RunStage.Finished, Outcome.Failed));
        run.Reason.ShouldNotBeNull().ShouldContain("implement");
        lab.Forge.Pulls(lab.Repository).ShouldBeEmpty();
        (await lab.CommentAsync(run)).ShouldContain("### TaskBot: failed");
    }

    [Fact]
    public async Task Every_mistake_of_the_projects_file_is_told_at_once()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "tset: sh test.sh\nattempts: 99\nbudget: { run: lots }\n"));

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.Failed);
        foreach (var part in new[] { "project.yml:1", "tset", "project.yml:2", "attempts", "project.yml:3", "budget.run" }) run.Reason.ShouldNotBeNull().ShouldContain(part);
        run.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_anyone_to_hear_the_checks_a_run_ends_with_its_draft()
    {
        await using var lab = await RunLab.CreateAsync(waitForChecks: false);
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAndAdvanceAsync();

        (run.Stage, run.Outcome).ShouldBe((RunStage.Finished, Outcome.Succeeded));
        run.Reason.ShouldNotBeNull().ShouldContain("draft");
        (await lab.Forge.GetPullRequestAsync(lab.Repository, run.PullRequest!.Value, default)).IsDraft.ShouldBeTrue();
    }

    [Fact]
    public async Task An_approval_is_asked_of_people_who_may_write_and_then_the_run_goes_on()
    {
        await using var lab = await RunLab.CreateAsync(
            (".github/taskbot/tasks/looked-at.task.yml", Approved), (".github/taskbot/project.yml", "test: sh test.sh\nlabels: { careful: .github/taskbot/tasks/looked-at.task.yml }\n"));
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAndAdvanceAsync("Careful");

        run.Stage.ShouldBe(RunStage.WaitingForHuman, run.Reason);
        run.WaitingNode.ShouldBe("/task/look");
        run.Reason.ShouldNotBeNull().ShouldStartWith("May the change be published?");
        run.PullRequest.ShouldBeNull("nothing is published before it was approved");
        (await lab.CommentAsync(run)).ShouldContain("\nAnswer with `/taskbot approve`");

        run = await lab.SayAsync(run, "eve", "/taskbot approve");
        run.Stage.ShouldBe(RunStage.WaitingForHuman);
        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldContain("@eve eve may not give commands in acme/calculator: that takes write permission");

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "Fine.\n\n/taskbot approve"));
        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.ShouldHaveSingleItem().Number.ShouldBe(1);
        (await lab.CheckAsync(run, "success", "")).Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task A_cancelled_run_is_not_carried_on_and_its_waiting_work_is_stale()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        var cancelled = await lab.SayAsync(run, "ada", "/taskbot cancel");

        (cancelled.Stage, cancelled.Outcome, cancelled.Reason).ShouldBe((RunStage.Finished, Outcome.Cancelled, "Cancelled by @ada. `/taskbot resume` goes on from here."));
        (await lab.CheckAsync(cancelled, "success", "")).Outcome.ShouldBe(Outcome.Cancelled);
        await Should.ThrowAsync<StaleRunException>(() => lab.Coordinator.LookAtChecksAsync(run, default));
    }

    [Fact]
    public async Task A_second_run_of_an_issue_goes_on_in_its_branch_and_pull_request()
    {
        await using var lab = await RunLab.CreateAsync(waitForChecks: false);
        lab.Reply("llm.edit", RunLab.Fix);
        var first = await lab.StartAndAdvanceAsync();
        await lab.CommitAsync("main", ("README.md", "Adds.\n"));

        var second = await lab.AdvanceAsync((await lab.StartAsync(first.Issue, "ada")).ShouldBeOfType<RunStart.Started>().Run);

        second.Outcome.ShouldBe(Outcome.Succeeded, second.Reason);
        second.Id.ShouldNotBe(first.Id);
        second.BaseCommit.ShouldNotBe(first.BaseCommit);
        (second.Branch, second.PullRequest).ShouldBe((first.Branch, first.PullRequest));
        lab.Forge.Pulls(lab.Repository).ShouldHaveSingleItem();
        (await lab.FileAsync(second.Branch!, "README.md")).ShouldBe("Adds.\n");
    }

    [Fact]
    public async Task What_someone_else_pushed_is_never_overwritten_and_no_description_is_blamed_for_it()
    {
        await using var lab = await RunLab.CreateAsync(waitForChecks: false);
        lab.Reply("llm.edit", RunLab.Fix);
        var first = await lab.StartAndAdvanceAsync();
        var theirs = await lab.CommitAsync(first.Branch!, ("theirs.txt", "mine\n"));
        await lab.CommitAsync("main", ("README.md", "Adds.\n"));

        var second = await lab.AdvanceAsync((await lab.StartAsync(first.Issue, "ada")).ShouldBeOfType<RunStart.Started>().Run);

        second.Outcome.ShouldBe(Outcome.Failed);
        second.Reason.ShouldNotBeNull().ShouldContain("Someone else worked on it");
        second.Attempts.ShouldHaveSingleItem();
        (await lab.Git.Refs.ResolveAsync($"refs/heads/{first.Branch}", default)).ShouldBe(theirs);
    }

    [Fact]
    public async Task What_the_base_branch_changed_meanwhile_is_not_published_over()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAsync();
        await lab.CommitAsync("main", ("calc.sh", "add() { expr $1 + $2; }\n"));

        run = await lab.AdvanceAsync(run);

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason.ShouldNotBeNull().ShouldContain("changed meanwhile in what this run changed (calc.sh)");
        lab.Forge.Pulls(lab.Repository).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_labels_variants_are_selected_even_where_the_issue_chooses_the_task()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nlabels: { taskbot: { select: { verify: ci } } }\n"));
        lab.Reply("llm.edit", RunLab.Edit("*"));

        var run = await lab.StartAndAdvanceAsync("taskbot");

        run.Stage.ShouldBe(RunStage.WaitingForChecks, "the tests run in the forge's checks only");
    }

    [Fact]
    public async Task A_branch_that_is_gone_ends_the_run_and_says_so()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();
        run = await lab.Runs.SaveAsync(run with { BaseCommit = new string('1', 40) }, default);

        run = await lab.AdvanceAsync(run);

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason.ShouldNotBeNullOrEmpty();
    }
}
