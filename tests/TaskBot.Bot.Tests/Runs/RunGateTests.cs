using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunGateTests
{
    [Theory]
    [InlineData("", "ada", "")]
    [InlineData("", "eve", "takes write permission, and this is read")]
    [InlineData("", "nobody", "takes write permission, and this is read")]
    [InlineData("role: admin", "ada", "takes admin permission, and this is write")]
    [InlineData("allow: [Eve]", "eve", "")]
    [InlineData("deny: ['@ada']", "ada", "'permissions.deny' names them")]
    [InlineData("allow: [eve], deny: [eve]", "eve", "'permissions.deny' names them")]
    public async Task Who_may(string permissions, string login, string refusal)
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", $"test: sh test.sh\npermissions: {{ {permissions} }}\n"));
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        var start = await lab.StartAsync(issue, login);

        if (refusal.Length == 0) start.ShouldBeOfType<RunStart.Started>();
        else start.ShouldBeOfType<RunStart.Refused>().Reason.ShouldContain(refusal);
    }

    [Fact]
    public async Task A_list_that_someone_proposes_on_a_branch_counts_for_nothing()
    {
        await using var lab = await RunLab.CreateAsync();
        await lab.CommitAsync("eves-branch", (".github/taskbot/project.yml", "permissions: { allow: [eve] }\n"));
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        (await lab.StartAsync(issue, "eve")).ShouldBeOfType<RunStart.Refused>();
    }
}
