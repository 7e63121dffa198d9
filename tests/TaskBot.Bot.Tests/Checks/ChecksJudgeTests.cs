using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Checks;

/// <summary>From what checks say to what becomes of the run.</summary>
public sealed class ChecksJudgeTests
{
    readonly Dictionary<string, ImmutableArray<ForgeCheck>> checks = [];
    readonly List<string> rerun = [];
    string log = "not ok 1 - reads well\n";

    [Fact]
    public async Task A_flake_is_run_again_once_and_costs_no_model()
    {
        await using var lab = await LabAsync();
        var run = await PublishAsync(lab);
        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 1 });

        run = await lab.Coordinator.LookAtChecksAsync(run, default);

        rerun.ShouldBe(["build"]);
        run.Stage.ShouldBe(RunStage.WaitingForChecks);
        (await lab.Coordinator.LookAtChecksAsync(run, default)).ShouldBe(run, "the old failure is still what the forge shows");
        Say(run.HeadSha!, new ForgeCheck("build", "success", "") { Job = 2 });
        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));
        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Attempts.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_fails_when_run_again_is_ours_and_the_description_is_refined()
    {
        await using var lab = await LabAsync();
        lab.Refine("add must add. Read well.");
        lab.Reply("llm.edit", RunLab.Edit("+ 0 +"), "Read well");
        var run = await PublishAsync(lab);
        var first = run.HeadSha;
        Say(first!, new ForgeCheck("build", "failure", "") { Job = 1 });
        run = await lab.Coordinator.LookAtChecksAsync(run, default);
        Say(first!, new ForgeCheck("build", "failure", "") { Job = 2 });

        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));

        rerun.ShouldBe(["build"]);
        run.Attempts.Length.ShouldBe(2, run.Reason);
        run.Attempts[0].Summary.ShouldContain("not ok 1 - reads well");
        run.HeadSha.ShouldNotBe(first);
        run.Expected!.Reruns.ShouldBeEmpty("each head has its own");
    }

    [Fact]
    public async Task A_job_that_may_not_be_run_again_is_ours_at_once()
    {
        await using var lab = await LabAsync(mayRerun: false);
        lab.Refine("add must add.", "Which way should it read?");
        var run = await PublishAsync(lab);
        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 1 });

        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));

        run.Reason.ShouldBe("Which way should it read?");
    }

    [Fact]
    public async Task What_fails_on_the_base_too_is_not_held_against_the_change_and_not_called_green()
    {
        await using var lab = await LabAsync();
        var run = await PublishAsync(lab);
        Say(run.BaseCommit, new ForgeCheck("build", "failure", ""));
        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 1 });

        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));

        rerun.ShouldBeEmpty();
        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Reason.ShouldNotBeNull().ShouldContain("'build' failed, and fails on main");
        CheckReports.Of(run).Conclusion.ShouldBe("neutral");
        (await lab.Forge.GetPullRequestAsync(lab.Repository, run.PullRequest!.Value, default)).IsDraft.ShouldBeFalse();
    }

    [Fact]
    public async Task What_cannot_run_is_run_again_and_then_a_person_is_asked()
    {
        log = "Could not resolve host: registry.example";
        await using var lab = await LabAsync();
        var run = await PublishAsync(lab);
        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 1 });
        run = await lab.Coordinator.LookAtChecksAsync(run, default);
        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 2 });

        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));

        (run.Stage, run.Attempts.Length).ShouldBe((RunStage.WaitingForHuman, 1));
        run.Reason.ShouldNotBeNull().ShouldContain("'build' could not run");

        Say(run.HeadSha!, new ForgeCheck("build", "failure", "") { Job = 2 });
        run = await lab.SayAsync(run, "ada", "/taskbot retry");
        run.Stage.ShouldBe(RunStage.WaitingForChecks);
        rerun.ShouldBe(["build", "build"]);
    }

    [Fact]
    public async Task Only_what_the_base_branch_requires_decides()
    {
        await using var lab = await LabAsync();
        var facts = Path.Combine(lab.Forge.Root, "acme", "calculator", "forge.yml");
        await File.WriteAllTextAsync(facts, (await File.ReadAllTextAsync(facts)).Replace("required: []", "required: [test]", StringComparison.Ordinal));
        var run = await PublishAsync(lab);
        run.Expected!.Required.ShouldBe(["test"]);
        Say(run.HeadSha!, new ForgeCheck("slow", null, ""), new ForgeCheck("optional", "failure", ""));
        (await lab.Coordinator.LookAtChecksAsync(run, default)).ShouldBe(run);

        Say(run.HeadSha!, new ForgeCheck("slow", null, ""), new ForgeCheck("optional", "failure", ""), new ForgeCheck("test", "success", ""));

        (await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default))).Outcome.ShouldBe(Outcome.Succeeded);
    }

    [Fact]
    public async Task A_required_check_that_never_answers_is_asked_about_in_the_end()
    {
        await using var lab = await LabAsync((".github/taskbot/project.yml", "test: sh test.sh\nchecks: { required: [gone], limitMinutes: 30 }\n"));
        var run = await PublishAsync(lab);
        Say(run.HeadSha!, new ForgeCheck("other", "success", ""));

        lab.Time.Advance(TimeSpan.FromMinutes(29));
        await ClockAsync(lab);
        (await lab.Runs.FindAsync(run.Id, default))!.Stage.ShouldBe(RunStage.WaitingForChecks);
        lab.Time.Advance(TimeSpan.FromMinutes(2));
        await ClockAsync(lab);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        run.Stage.ShouldBe(RunStage.WaitingForHuman);
        run.Reason.ShouldNotBeNull().ShouldContain("'gone' did not answer");
    }

    [Fact]
    public async Task Without_any_checks_the_runs_own_tests_speak_for_it()
    {
        await using var lab = await LabAsync();
        var run = await PublishAsync(lab);

        lab.Time.Advance(TimeSpan.FromMinutes(11));
        await ClockAsync(lab);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        CheckReports.Of(run).Conclusion.ShouldBe("success");
    }

    [Fact]
    public async Task Without_any_checks_or_tests_nothing_is_green()
    {
        await using var lab = await LabAsync((".github/taskbot/project.yml", "test: sh test.sh\nlabels: { taskbot: { select: { verify: ci } } }\nchecks: { graceMinutes: 1 }\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync("taskbot");
        run.IsTested.ShouldBeFalse();

        lab.Time.Advance(TimeSpan.FromMinutes(2));
        await ClockAsync(lab);
        run = await lab.AdvanceAsync((await lab.Runs.FindAsync(run.Id, default))!);

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Reason.ShouldNotBeNull().ShouldContain("nothing shows that it works");
        CheckReports.Of(run).Conclusion.ShouldBe("neutral");
    }

    [Fact]
    public async Task A_status_counts_as_a_check_does()
    {
        await using var lab = await LabAsync();
        var run = await PublishAsync(lab);
        Say(run.HeadSha!, new ForgeCheck("ci/legacy", "success", "Build 12"));

        await lab.TellAsync("status", new() { ["sha"] = run.HeadSha, ["state"] = "success", ["context"] = "ci/legacy" });

        (await lab.Runs.FindAsync(run.Id, default))!.Verdict.ShouldNotBeNull().Outcome.ShouldBe(ChecksOutcome.Passed);
    }

    static async Task ClockAsync(RunLab lab)
    {
        using var clock = new ChecksClock(lab.Runs, lab.Coordinator, lab.Time, NullLogger<ChecksClock>.Instance);
        await clock.LookAsync(default);
    }

    void Say(string commit, params ForgeCheck[] said) => checks[commit] = [.. said];

    Task<RunLab> LabAsync(params (string Path, string Text)[] files) => LabAsync(mayRerun: true, files);

    Task<RunLab> LabAsync(bool mayRerun, params (string Path, string Text)[] files) => RunLab.CreateAsync(
        SeenForge.With(
            (nameof(IForge.GetChecksAsync), arguments => Task.FromResult(checks.GetValueOrDefault(((CommitId)arguments[1]!).Value, []))),
            (nameof(IForge.ReadLogAsync), _ => Task.FromResult(log)),
            (nameof(IForge.RerunAsync), arguments => RerunAsync((ForgeCheck)arguments[1]!, mayRerun))),
        files);

    Task<bool> RerunAsync(ForgeCheck check, bool mayRerun)
    {
        if (mayRerun) rerun.Add(check.Name);
        return Task.FromResult(mayRerun);
    }

    static async Task<RunRecord> PublishAsync(RunLab lab)
    {
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        return run;
    }
}
