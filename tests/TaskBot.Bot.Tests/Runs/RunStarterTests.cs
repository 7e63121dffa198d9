using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunStarterTests
{
    [Theory]
    [InlineData("eve", "read")]
    [InlineData("stranger", "read")]
    public async Task Who_may_not_write_starts_nothing(string login, string permission)
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        (await lab.StartAsync(issue, login)).ShouldBeOfType<RunStart.Refused>().Reason
            .ShouldBe($"{login} may not start a run in acme/calculator: that takes write permission, and this is {permission}.");
        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_issue_without_text_starts_nothing()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, " ", "\n\n", "ada", [], default);

        (await lab.StartAsync(issue, "ada")).ShouldBeOfType<RunStart.Refused>().Reason.ShouldContain("has no text");
    }

    [Fact]
    public async Task An_issue_that_is_worked_on_starts_no_second_run()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        (await lab.StartAsync(run.Issue, "ada")).ShouldBeOfType<RunStart.Refused>().Reason.ShouldContain($"being worked on already (run {run.Id})");
        (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_same_trigger_twice_is_one_run()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await lab.StartAsync();

        var again = await lab.Starter.StartAsync(lab.Repository, run.Request, new RunTrigger(run.TriggerKey, "ada"), default);

        again.ShouldBeOfType<RunStart.Started>().Run.Id.ShouldBe(run.Id);
    }

    [Theory]
    [InlineData("nothing", "", true)]
    [InlineData("a push", "-2", false)]
    [InlineData("gone", "-2", false)]
    public async Task Where_no_record_is_left_the_tracking_comment_says_where_the_work_stands_and_what_others_touched_stays(string meanwhile, string ending, bool goesOn)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var pull = run.PullRequest!.Value;
        if (meanwhile == "a push") await lab.CommitAsync(run.Branch!, ("theirs.txt", "theirs\n"));
        if (meanwhile == "gone") File.Delete((await lab.Forge.GetPullRequestAsync(lab.Repository, pull, default)).Url);

        var elsewhere = new MemoryRunStore();
        var reporter = new RunReporter(lab.Forge, elsewhere, lab.Places, lab.Feed, NullLogger<RunReporter>.Instance);
        var starter = new RunStarter(lab.Forge, lab.Forge, elsewhere, new RunGate(lab.Forge, new(lab.Forge, lab.Forge)), new RunControl(elsewhere, reporter, lab.Feed), reporter, lab.Feed, lab.Time);
        var anew = (await starter.StartAsync(lab.Repository, run.Request, new RunTrigger("again", "ada"), default)).ShouldBeOfType<RunStart.Started>().Run;

        (anew.Branch, anew.PullRequest, anew.HeadSha).ShouldBe(goesOn ? (run.Branch, pull, run.HeadSha) : ($"{run.Branch}{ending}", null, null));
    }

    [Theory]
    [InlineData("<!-- taskbot:tracking -->\n<!-- taskbot:at 8 1111111111111111111111111111111111111111 taskbot/issue-7 -->\n### T", 8)]
    [InlineData("<!-- taskbot:tracking -->\n### T\n<!-- taskbot:at 8 1111111111111111111111111111111111111111 taskbot/issue-7 -->\n", null)]
    [InlineData("<!-- taskbot:tracking -->\n<!-- taskbot:at 0 1111111111111111111111111111111111111111 taskbot/issue-7 -->\n", null)]
    [InlineData("<!-- taskbot:tracking -->\n<!-- taskbot:at 8 main taskbot/issue-7 -->\n", null)]
    public void What_a_comment_hides_is_believed_in_its_place_alone(string comment, int? pull) => TrackingState.Read(comment)?.PullRequest.ShouldBe(pull ?? 0);

    [Fact]
    public async Task What_was_done_elsewhere_keeps_its_name_and_never_takes_that_of_another_run()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await StartAsync(lab, new RunTrigger("there", "ada") { Id = new RunId("0123") });
        run.Id.ShouldBe(new RunId("0123"));

        var again = await lab.Starter.StartAsync(lab.Repository, run.Request, new RunTrigger("there", "ada") { Id = run.Id }, default);
        again.ShouldBeOfType<RunStart.Started>().Run.Version.ShouldBe(run.Version);
        var other = await lab.Starter.StartAsync(lab.Repository, run.Request, new RunTrigger("elsewhere", "ada") { Id = run.Id }, default);
        other.ShouldBeOfType<RunStart.Refused>().Reason.ShouldContain("called as another run is");
    }

    static RunTrigger Grouped(string key, bool cancelInProgress = false, bool keepsPending = false) =>
        new(key, "ada") { Concurrency = new ConcurrencyGroup("g") { CancelInProgress = cancelInProgress, KeepsPending = keepsPending } };

    static async Task<RunRecord> StartAsync(RunLab lab, RunTrigger trigger)
    {
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);
        return (await lab.Starter.StartAsync(lab.Repository, await lab.Forge.GetIssueAsync(lab.Repository, issue, default), trigger, default)).ShouldBeOfType<RunStart.Started>().Run;
    }

    [Fact]
    public async Task A_newer_run_takes_the_place_of_a_pending_one_and_lets_the_one_at_work_be()
    {
        await using var lab = await RunLab.CreateAsync();
        var working = await lab.Runs.SaveAsync(await StartAsync(lab, Grouped("one")) with { Layers = [new("issue", "{}", IsTrusted: true)] }, default);
        var pending = await StartAsync(lab, Grouped("two"));
        var newest = await StartAsync(lab, Grouped("three"));

        (await lab.Runs.FindAsync(working.Id, default))!.Stage.ShouldBe(RunStage.Queued);
        (await lab.Runs.FindAsync(newest.Id, default))!.Stage.ShouldBe(RunStage.Queued);
        var stopped = (await lab.Runs.FindAsync(pending.Id, default))!;
        (stopped.Stage, stopped.Outcome).ShouldBe((RunStage.Finished, Outcome.Cancelled));
        stopped.Reason.ShouldBe("A newer run, asked for by @ada, took its place in the concurrency group 'g'.");
        (await lab.CommentAsync(stopped)).ShouldContain("took its place in the concurrency group");
        (await lab.CommentAsync(newest)).ShouldContain("starts when no other run of the concurrency group 'g' works");
    }

    [Fact]
    public async Task A_new_run_stops_the_one_at_work_where_its_group_says_so_even_on_the_same_issue()
    {
        await using var lab = await RunLab.CreateAsync();
        var working = await lab.Runs.SaveAsync(await StartAsync(lab, Grouped("one")) with { Stage = RunStage.WaitingForChecks, Layers = [new("issue", "{}", IsTrusted: true)] }, default);
        var newest = await StartAsync(lab, Grouped("two", cancelInProgress: true));
        (await lab.Runs.FindAsync(working.Id, default))!.Outcome.ShouldBe(Outcome.Cancelled);

        await lab.Starter.StartAsync(lab.Repository, newest.Request, Grouped("three", cancelInProgress: true), default);
        (await lab.Runs.FindAsync(newest.Id, default))!.Outcome.ShouldBe(Outcome.Cancelled);
        (await lab.Runs.ListAsync(RunStage.Queued, 10, default)).Single().TriggerKey.ShouldBe("three");
    }

    [Fact]
    public async Task All_pending_runs_wait_their_turn_where_the_group_keeps_them()
    {
        await using var lab = await RunLab.CreateAsync();
        foreach (var key in new[] { "one", "two", "three" }) await StartAsync(lab, Grouped(key, keepsPending: true));

        (await lab.Runs.ListAsync(RunStage.Queued, 10, default)).Length.ShouldBe(3);
    }

    [Fact]
    public async Task The_projects_group_holds_for_whatever_names_no_other()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nconcurrency: { group: all, queue: max }\nlabels: { docs: { concurrency: docs, delayMinutes: 30 } }\n"));
        (await lab.StartAsync()).Concurrency.ShouldBe(new ConcurrencyGroup("all") { KeepsPending = true });

        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["docs"], default);
        await lab.Dispatcher.HandleAsync(await lab.LabeledAsync(issue, "docs", "ada", "delivery"), default);
        var run = (await lab.Runs.FindByIssueAsync("acme/calculator", issue, default))!;
        (run.Concurrency!.Name, run.NotBefore).ShouldBe(("docs", lab.Time.GetUtcNow().AddMinutes(30)));
        (await lab.CommentAsync(run)).ShouldContain("starts at 1970-01-01 00:30 UTC");
    }

    [Fact]
    public async Task A_branch_that_is_not_there_is_the_forges_to_tell()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = new ForgeIssue(1, "Title", "", "eve", [], IsOpen: true, "");

        (await Should.ThrowAsync<ForgeException>(() => lab.Starter.StartAsync(lab.Repository, issue, new RunTrigger("key", "ada") { BaseBranch = "nowhere" }, default)))
            .Message.ShouldContain("has no branch 'nowhere'");
    }
}
