using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Projects;

/// <summary>What the organisation's repository says lies under what a repository says itself.</summary>
public sealed class ProjectSourceTests
{
    [Fact]
    public async Task The_organisations_file_lies_under_the_repositorys_own_and_is_pinned_with_the_run()
    {
        await using var lab = await RunLab.CreateAsync();
        await lab.SayForOrganisationAsync("test: sh never-run.sh\nprotected: [calc.sh]\n");
        lab.Reply("llm.edit", RunLab.Fix);

        var run = await lab.StartAsync();
        await lab.SayForOrganisationAsync("attempts: 1\n");
        run = await lab.AdvanceAsync(run);

        // The tests that ran were the repository's; what the organisation protects is protected, as it was when the run was asked for.
        run.Outcome.ShouldBe(Outcome.WaitingForHuman, run.Reason);
        run.Reason!.ShouldContain("calc.sh (by 'calc.sh')");
        run.Organisation!.Name.ShouldBe("acme/.github/.github/taskbot/project.yml");
    }

    [Fact]
    public async Task The_gate_asks_the_organisations_lists_as_they_are_now()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);
        (await lab.StartAsync(issue, "ada")).ShouldBeOfType<RunStart.Started>();

        await lab.SayForOrganisationAsync("permissions: { deny: [ada] }\n");
        (await lab.StartAsync(issue, "ada")).ShouldBeOfType<RunStart.Refused>().Reason.ShouldContain("permissions.deny");
    }

    [Fact]
    public async Task A_mistake_in_the_organisations_file_is_told_with_its_place()
    {
        await using var lab = await RunLab.CreateAsync();
        await lab.SayForOrganisationAsync("attempts: many\n");

        var run = await lab.StartAndAdvanceAsync();

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain("acme/.github/.github/taskbot/project.yml:1");
    }
}
