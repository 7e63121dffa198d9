using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

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

    [Fact]
    public async Task A_branch_that_is_not_there_is_the_forges_to_tell()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = new ForgeIssue(1, "Title", "", "eve", [], IsOpen: true, "");

        (await Should.ThrowAsync<ForgeException>(() => lab.Starter.StartAsync(lab.Repository, issue, new RunTrigger("key", "ada") { BaseBranch = "nowhere" }, default)))
            .Message.ShouldContain("has no branch 'nowhere'");
    }
}
