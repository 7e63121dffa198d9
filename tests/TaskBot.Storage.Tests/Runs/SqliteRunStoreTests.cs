using Dapper;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Runs;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Tests.Runs;

public sealed class SqliteRunStoreTests : IAsyncDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(30);
    readonly TemporaryDatabase temporary = new();

    SqliteRunStore Store => temporary.Runs;

    [Fact]
    public async Task A_run_comes_back_with_all_that_was_saved_after_reopening()
    {
        var saved = await Store.SaveAsync(
            (await Store.CreateAsync(NewRun("a"), default)) with
            {
                Layers = [new RunLayer("issue", "description: fix it", IsTrusted: false)],
                Attempts = [new AttemptRecord(1, Outcome.Failed, 4, 0, 1200, 0.0123m, "Tests failed.", "abc")],
                HeadSha = "deadbeef",
                Stage = RunStage.WaitingForChecks,
                Verdict = new ChecksVerdict("deadbeef", ChecksOutcome.Ours, ["ci"], "1 failed"),
                Task = "taskbot:core/fix-bug",
            },
            default);
        await temporary.ReopenAsync();

        var found = (await Store.FindAsync(saved.Id, default)).ShouldNotBeNull();

        found.Version.ShouldBe(2);
        found.Layers.ShouldBe(saved.Layers);
        found.Attempts.ShouldBe(saved.Attempts);
        (found.Verdict!.Outcome, found.Verdict.Log).ShouldBe((ChecksOutcome.Ours, "1 failed"));
        found.Verdict.Checks.ShouldBe(["ci"]);
        found.Task.ShouldBe("taskbot:core/fix-bug");
        found.CreatedAt.ShouldBe(saved.CreatedAt);
        found.Stage.ShouldBe(RunStage.WaitingForChecks);
    }

    [Fact]
    public async Task A_run_of_a_pull_request_is_found_and_one_that_answers_a_question_is_never_taken_for_it()
    {
        var run = await Store.CreateAsync(NewRun("a"), default);
        run = await Store.SaveAsync(run with { PullRequest = 8, Stage = RunStage.WaitingForChecks, Ending = PullRequestEnding.Merged, Expected = new(["ci"], DateTimeOffset.UnixEpoch, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)) }, default);
        await Store.CreateAsync(NewRun("b") with { Purpose = RunPurpose.Answer, Issue = run.Issue, PullRequest = 8, Stage = RunStage.WaitingForChecks }, default);
        await temporary.ReopenAsync();

        (await Store.FindByPullRequestAsync(run.Repository, 8, default))!.Id.ShouldBe(run.Id);
        (await Store.FindByPullRequestAsync(run.Repository, 9, default)).ShouldBeNull();
        var found = (await Store.FindByIssueAsync(run.Repository, run.Issue, default)).ShouldNotBeNull();
        (found.Id, found.Ending, found.Expected!.Required.Single(), found.Expected.Reruns.IsEmpty).ShouldBe((run.Id, PullRequestEnding.Merged, "ci", true));
        (await Store.ListAsync(RunStage.WaitingForChecks, 10, default)).Length.ShouldBe(2);
        (await Store.ListAsync(RunStage.Queued, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Runs_with_an_open_pull_request_are_listed_newest_first_with_what_people_made_of_them()
    {
        foreach (var (name, number, ending) in new (string, int?, PullRequestEnding?)[] { ("a", 1, null), ("b", 2, PullRequestEnding.Merged), ("c", null, null), ("d", 3, null) })
        {
            var run = await Store.CreateAsync(NewRun(name), default);
            await Store.SaveAsync(run with { PullRequest = number, Ending = ending, Signals = run.Signals.Add("reaction:ada", 0.5), MergedAs = ending is null ? null : "abc" }, default);
        }

        await temporary.ReopenAsync();

        var open = await Store.ListOpenPullRequestsAsync(10, default);
        open.Select(run => run.PullRequest).ShouldBe([3, 1]);
        open.ShouldAllBe(run => run.Signals["reaction:ada"] == 0.5);
        (await Store.ListOpenPullRequestsAsync(1, default)).ShouldHaveSingleItem().PullRequest.ShouldBe(3);
    }

    [Fact]
    public async Task The_same_trigger_is_the_same_run_even_for_many_at_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 32).Select(n => Task.Run(async () =>
            await Store.CreateAsync(NewRun($"run-{n}") with { TriggerKey = "issue 1 labelled" }, default))));

        runs.Select(run => run.Id).Distinct().ShouldHaveSingleItem();
        (await Store.ListAsync(10, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_save_from_an_older_version_is_refused_and_changes_nothing()
    {
        var read = await Store.CreateAsync(NewRun("a"), default);
        await Store.SaveAsync(read with { Reason = "first" }, default);

        await Should.ThrowAsync<StaleRunException>(async () => await Store.SaveAsync(read with { Reason = "second" }, default));

        (await Store.FindAsync(read.Id, default)).ShouldNotBeNull().Reason.ShouldBe("first");
    }

    [Fact]
    public async Task Of_many_saves_of_the_same_version_one_wins()
    {
        var read = await Store.CreateAsync(NewRun("a"), default);

        var won = await Task.WhenAll(Enumerable.Range(0, 32).Select(n => Task.Run(async () =>
        {
            try
            {
                await Store.SaveAsync(read with { Reason = $"{n}" }, default);
                return 1;
            }
            catch (StaleRunException)
            {
                return 0;
            }
        })));

        won.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Saving_a_run_that_was_never_created_is_a_mistake() =>
        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.SaveAsync(NewRun("a"), default));

    [Fact]
    public async Task Runs_are_found_by_issue_and_head_newest_first_and_whatever_the_case_of_the_repository()
    {
        var older = await Store.CreateAsync(NewRun("older") with { HeadSha = "111" }, default);
        var newer = await Store.CreateAsync(NewRun("newer") with { HeadSha = "222" }, default);
        await Store.CreateAsync(NewRun("other") with { Issue = 8 }, default);

        (await Store.FindByIssueAsync("Octo/Cat", 7, default)).ShouldNotBeNull().Id.ShouldBe(newer.Id);
        (await Store.FindByHeadAsync("octo/cat", "111", default)).ShouldNotBeNull().Id.ShouldBe(older.Id);
        (await Store.FindByHeadAsync("octo/cat", "333", default)).ShouldBeNull();
        (await Store.HasHeadAsync("222", default), await Store.HasHeadAsync("333", default)).ShouldBe((true, false));
        (await Store.FindByIssueAsync("octo/dog", 7, default)).ShouldBeNull();
        (await Store.ListAsync(2, default)).Select(run => run.Id.Value).ShouldBe(["other", "newer"]);
    }

    [Fact]
    public async Task Only_queued_runs_that_nobody_holds_are_claimed_oldest_first()
    {
        await Store.CreateAsync(NewRun("waits") with { Stage = RunStage.WaitingForHuman }, default);
        await Store.CreateAsync(NewRun("a"), default);
        await Store.CreateAsync(NewRun("b"), default);

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.Value.ShouldBe("a");
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.Value.ShouldBe("b");
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_held_run_is_free_when_released_and_saving_does_not_release_it()
    {
        await Store.CreateAsync(NewRun("a"), default);
        var claimed = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
        await Store.SaveAsync(claimed with { Reason = "still at it" }, default);
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();

        await Store.ReleaseAsync(claimed.Id, default);

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Reason.ShouldBe("still at it");
    }

    [Fact]
    public async Task A_lease_ends_unless_it_is_renewed()
    {
        var run = await Store.CreateAsync(NewRun("a"), default);
        await Store.ClaimAsync(Lease, default);
        temporary.Time.Advance(Lease / 2);
        (await Store.RenewAsync(run.Id, Lease, default)).ShouldBeTrue();
        temporary.Time.Advance(Lease / 2);
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        temporary.Time.Advance(Lease / 2);

        await using var other = temporary.OpenAnother();
        (await new SqliteRunStore(other, temporary.Time).ClaimAsync(Lease, default)).ShouldNotBeNull();
        (await Store.RenewAsync(run.Id, Lease, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_waiting_worker_wakes_when_a_run_is_queued_again()
    {
        var run = await Store.CreateAsync(NewRun("a") with { Stage = RunStage.WaitingForChecks }, default);
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        var waiting = Store.WaitAsync(default);

        await Store.SaveAsync(run with { Stage = RunStage.Queued }, default);

        await waiting;
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_run_that_is_to_start_later_is_not_claimed_before_and_wakes_who_waits_for_it()
    {
        var at = temporary.Time.GetUtcNow() + TimeSpan.FromSeconds(10);
        await Store.CreateAsync(NewRun("a") with { NotBefore = at }, default);
        await Store.CreateAsync(NewRun("b"), default);
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.Value.ShouldBe("b");
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        await temporary.ReopenAsync();
        await Store.ReleaseAsync(new("b"), default);
        await Store.SaveAsync((await Store.FindAsync(new("b"), default))! with { Stage = RunStage.Finished }, default);

        await Store.WaitAsync(default);
        var waiting = Store.WaitAsync(default);
        waiting.IsCompleted.ShouldBeFalse();
        temporary.Time.Advance(TimeSpan.FromSeconds(10));
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().NotBefore.ShouldBe(at);
    }

    RunRecord Grouped(string id, string group = "g") => NewRun(id) with { Concurrency = new ConcurrencyGroup(group) };

    [Fact]
    public async Task Of_a_group_one_run_works_at_a_time_and_other_groups_and_repositories_go_on()
    {
        foreach (var run in new[] { Grouped("a"), Grouped("b", "G"), Grouped("c", "other"), Grouped("d") with { Repository = "octo/dog" }, NewRun("e") }) await Store.CreateAsync(run, default);

        var claimed = new List<string>();
        while (await Store.ClaimAsync(Lease, default) is { } run) claimed.Add(run.Id.Value);
        claimed.ShouldBe(["a", "c", "d", "e"]);
        await temporary.ReopenAsync();
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.Value.ShouldBe("a");
    }

    [Theory]
    [InlineData(RunStage.WaitingForChecks, false)]
    [InlineData(RunStage.WaitingForHuman, true)]
    [InlineData(RunStage.Finished, true)]
    public async Task A_group_is_free_once_its_run_has_ended_or_waits_for_a_person(RunStage stage, bool isFree)
    {
        await Store.CreateAsync(Grouped("a"), default);
        await Store.CreateAsync(Grouped("b"), default);
        var first = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
        await Store.SaveAsync(first with { Stage = stage }, default);
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull("it is still held");
        await Store.ReleaseAsync(first.Id, default);

        (await Store.ClaimAsync(Lease, default))?.Id.Value.ShouldBe(isFree ? "b" : null);
    }

    [Fact]
    public async Task A_run_that_is_sent_on_gets_its_group_again_when_that_is_free()
    {
        await Store.CreateAsync(Grouped("a"), default);
        var first = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
        first = await Store.SaveAsync(first with { Stage = RunStage.WaitingForHuman }, default);
        await Store.ReleaseAsync(first.Id, default);
        await Store.CreateAsync(Grouped("b"), default);
        var second = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
        first = await Store.SaveAsync(first with { Stage = RunStage.Queued }, default);
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();

        await Store.SaveAsync(second with { Stage = RunStage.Finished }, default);
        await Store.ReleaseAsync(second.Id, default);
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task Whoever_waits_for_a_group_sleeps_until_it_is_free()
    {
        await Store.CreateAsync(Grouped("a"), default);
        var first = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();
        await Store.CreateAsync(Grouped("b"), default);

        // What was set by the claim and the new run is taken; then there is nothing to do.
        var waiting = Store.WaitAsync(default);
        for (var wakes = 0; waiting.IsCompleted && wakes < 3; wakes++) waiting = Store.WaitAsync(default);
        await Task.Yield();
        await Store.SaveAsync(first with { Stage = RunStage.Finished }, default);
        await Store.ReleaseAsync(first.Id, default);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.Value.ShouldBe("b");
    }

    [Fact]
    public async Task However_many_claim_at_once_a_group_has_one_run()
    {
        for (var n = 0; n < 20; n++) await Store.CreateAsync(Grouped($"run-{n}"), default);

        var claimed = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await Store.ClaimAsync(Lease, default))));

        claimed.Count(run => run is not null).ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_record_is_reported_with_the_run_that_it_belongs_to()
    {
        var run = await Store.CreateAsync(NewRun("a"), default);
        await temporary.Database.WriteAsync(connection => connection.Execute("UPDATE run SET record = '{\"id\":'"), default);

        var refusal = await Should.ThrowAsync<DatabaseException>(async () => await Store.FindAsync(run.Id, default));

        refusal.Failure.ShouldBe(DatabaseFailure.Corrupt);
        refusal.Message.ShouldContain("run a");
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    RunRecord NewRun(string id) => new()
    {
        Id = new RunId(id),
        TriggerKey = $"trigger of {id}",
        Repository = "octo/cat",
        Issue = 7,
        RequestedBy = "mona",
        Request = new ForgeIssue(7, "It breaks", "Always.", "hubot", ["bug"], IsOpen: true, "https://example.com/7"),
        Stage = RunStage.Queued,
        BaseBranch = "main",
        BaseCommit = "0123456789",
        CreatedAt = temporary.Time.GetUtcNow(),
    };
}
