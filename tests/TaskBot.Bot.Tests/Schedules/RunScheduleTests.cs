using System.Text.Json.Nodes;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Schedules;

/// <summary>What a project starts by the clock, from the push of its file to the run.</summary>
public sealed class RunScheduleTests
{
    const string Weekly = """
        test: sh test.sh
        schedule:
          - cron: "0 6 * * 1"
            task: taskbot:core/fix-bug
            title: Weekly tidying
            body: Tidy what became untidy.
            concurrency: tidying
        """;

    static Task PushAsync(RunLab lab) => lab.TellAsync("push", new JsonObject
    {
        ["ref"] = "refs/heads/main",
        ["before"] = new string('1', 40),
        ["after"] = new string('2', 40),
        ["forced"] = false,
        ["deleted"] = false,
        ["repository"] = new JsonObject
        {
            ["id"] = 1,
            ["name"] = "calculator",
            ["full_name"] = "acme/calculator",
            ["owner"] = new JsonObject { ["id"] = 2, ["login"] = "acme", ["type"] = "Organization" },
            ["default_branch"] = "main",
        },
        ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "ada", ["type"] = "User" },
    });

    static async Task<RunLab> CreateAsync(string project = Weekly)
    {
        var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", project));
        await PushAsync(lab);
        return lab;
    }

    [Fact]
    public async Task A_task_starts_when_its_moment_comes_and_not_before()
    {
        // The lab's clock begins on a Thursday, 1970-01-01.
        await using var lab = await CreateAsync();
        lab.Time.Advance(TimeSpan.FromDays(4) + TimeSpan.FromHours(5.9));
        await lab.Schedule.StartDueAsync(default);
        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();

        lab.Time.Advance(TimeSpan.FromHours(0.1));
        await lab.Schedule.StartDueAsync(default);
        await lab.Schedule.StartDueAsync(default);

        var run = (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
        (run.RequestedBy, run.Wish!.Task, run.Request.Title, run.Request.Body, run.Concurrency).ShouldBe(
            ("taskbot", "taskbot:core/fix-bug", "Weekly tidying", "Tidy what became untidy.", new ConcurrencyGroup("tidying")));
        (await lab.Forge.GetIssueAsync(lab.Repository, run.Issue, default)).Author.ShouldBe("taskbot");
    }

    [Fact]
    public async Task However_many_moments_were_missed_one_run_starts()
    {
        await using var lab = await CreateAsync();
        lab.Time.Advance(TimeSpan.FromDays(100));
        await lab.Schedule.StartDueAsync(default);
        (await lab.Runs.ListAsync(10, default)).Length.ShouldBe(1);

        lab.Time.Advance(TimeSpan.FromDays(1));
        await lab.Schedule.StartDueAsync(default);
        (await lab.Runs.ListAsync(10, default)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task The_issue_is_used_again_while_it_is_open()
    {
        await using var lab = await CreateAsync();
        lab.Time.Advance(TimeSpan.FromDays(5));
        await lab.Schedule.StartDueAsync(default);
        var first = (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
        await lab.Runs.SaveAsync(first with { Stage = RunStage.Finished, Outcome = Outcome.Succeeded }, default);

        lab.Time.Advance(TimeSpan.FromDays(7));
        await lab.Schedule.StartDueAsync(default);

        var runs = await lab.Runs.ListAsync(10, default);
        (runs.Length, runs[0].Issue).ShouldBe((2, first.Issue));
    }

    [Fact]
    public async Task A_crash_before_the_next_moment_was_noted_starts_nothing_twice()
    {
        await using var lab = await CreateAsync();
        lab.Time.Advance(TimeSpan.FromDays(5));
        var due = lab.Schedules.Starts.Single();
        await lab.Schedule.StartDueAsync(default);
        lab.Schedules.Starts.Clear();
        lab.Schedules.Starts.Add(due);

        await lab.Schedule.StartDueAsync(default);

        (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
        lab.Schedules.Starts.Single().DueAt.ShouldBe(due.DueAt.AddDays(7));
        lab.Forge.Issues(lab.Repository).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_the_default_branch_says_no_more_does_not_start_any_more()
    {
        await using var lab = await CreateAsync();
        await lab.CommitAsync("main", (".github/taskbot/project.yml", "test: sh test.sh\n"));
        lab.Time.Advance(TimeSpan.FromDays(30));

        // Though the push was never heard of.
        await lab.Schedule.StartDueAsync(default);

        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
        lab.Schedules.Starts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repository_that_is_archived_starts_nothing_any_more()
    {
        await using var lab = await CreateAsync();
        await lab.TellAsync("repository", new JsonObject { ["action"] = "archived", ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "ada", ["type"] = "User" } });

        lab.Schedules.Starts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_project_file_without_a_push_counts_once_it_is_followed()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", Weekly));
        await lab.Schedule.FollowAsync(lab.Repository, default);

        lab.Schedules.Starts.Single().DueAt.ShouldBe(new DateTimeOffset(1970, 1, 5, 6, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_forge_in_trouble_is_asked_again_and_a_refusal_is_not_asked_each_minute()
    {
        var trouble = TransientFailure.Of("down");
        await using var lab = await RunLab.CreateAsync(SeenForge.With(("PutIssueAsync", _ => throw trouble)), (".github/taskbot/project.yml", Weekly));
        await lab.Schedule.FollowAsync(lab.Repository, default);
        lab.Time.Advance(TimeSpan.FromDays(5));
        await lab.Schedule.StartDueAsync(default);
        lab.Schedules.Starts.Single().DueAt.ShouldBeLessThan(lab.Time.GetUtcNow());

        trouble = new ForgeException("no");
        await lab.Schedule.StartDueAsync(default);
        lab.Schedules.Starts.Single().DueAt.ShouldBe(lab.Time.GetUtcNow().AddDays(1));
    }
}
