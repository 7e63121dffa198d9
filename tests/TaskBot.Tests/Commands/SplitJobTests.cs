using TaskBot.Testing.Models;

namespace TaskBot.Tests.Commands;

/// <summary>Commands in split jobs: the job that thinks does them and writes nothing, the other one answers.</summary>
public sealed class SplitJobTests : IAsyncLifetime
{
    SplitJobs jobs = null!;

    public async Task InitializeAsync() => jobs = await SplitJobs.StartAsync();

    public async Task DisposeAsync() => await jobs.DisposeAsync();

    [Fact]
    public async Task From_plan_to_pull_request_to_another_attempt_every_command_is_done_and_answered()
    {
        jobs.Model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = OpenIssue("The greeting is planned");
        var branch = $"taskbot/issue-{issue}-the-greeting-is-planned";

        var plan = await jobs.SayAsync(issue, "/taskbot plan fix-bug");
        Works(plan, "waiting_for_human");
        jobs.GitHub.BotReactions(plan.Comment).ShouldBe(["eyes"]);
        var tracking = jobs.GitHub.BotComments(issue).ShouldHaveSingleItem();
        tracking.ShouldContain("This is the plan");
        tracking.ShouldContain("```mermaid\nflowchart TD");
        jobs.GitHub.ReadFile(branch, "greet.sh").ShouldBeNull();

        var approved = await jobs.SayAsync(issue, "/taskbot approve");
        Works(approved, "succeeded");
        jobs.GitHub.BotReactions(approved.Comment).ShouldBe(["eyes", "hooray"]);
        jobs.GitHub.ReadFile(branch, "greet.sh")!.ShouldContain("Hello, $1");
        var pull = jobs.GitHub.PullRequests.ShouldHaveSingleItem().Number;

        jobs.Model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply.Replace("Hello, $1\"\n", "Hello, $1\"\n  # As in a dictionary.\n", StringComparison.Ordinal));
        var refined = await jobs.SayAsync(issue, "/taskbot refine Say where the spelling is from.");
        Works(refined, "succeeded");
        jobs.GitHub.BotReactions(refined.Comment).ShouldBe(["eyes", "hooray"]);
        jobs.GitHub.ReadFile(branch, "greet.sh")!.ShouldContain("# As in a dictionary.");
        jobs.GitHub.PullRequests.ShouldHaveSingleItem().Number.ShouldBe(pull);

        var asked = jobs.Model.Requests.Count;
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
        asked.ShouldBeGreaterThan(1);
    }

    static void Works(SplitEnd end, string outcome)
    {
        end.Plan.Code.ShouldBe(0, end.Plan.Error + end.Plan.Output);
        end.Outputs.GetValueOrDefault("outcome").ShouldBe(outcome, end.Publish!.Error + end.Publish.Output);
    }

    int OpenIssue(string title) => jobs.GitHub.OpenIssue(title, "`greet Ada` says `Helo, Ada` instead of `Hello, Ada`.", "octocat");
}
