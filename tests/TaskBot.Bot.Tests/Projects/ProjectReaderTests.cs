using TaskBot.Bot.Projects;
using TaskBot.Bot.Tests.Nodes;

namespace TaskBot.Bot.Tests.Projects;

public sealed class ProjectReaderTests
{
    [Fact]
    public async Task A_project_is_read_from_a_tree_over_the_organisations()
    {
        await using var lab = await NodeLab.CreateAsync();
        var tree = await lab.TreeAsync((Project.FilePath, "\uFEFFtest: make check\n"), ("a.py", ""));

        var (project, problems) = await ProjectReader.ReadAsync(lab.Objects.Tree(tree), new ProjectLayer("organisation", "test: make test\nattempts: 7\n"), default);

        problems.ShouldBeEmpty();
        (project.Test, project.Attempts).ShouldBe(("make check", 7));
    }

    [Fact]
    public async Task A_repository_that_says_nothing_has_the_languages_of_its_files()
    {
        await using var lab = await NodeLab.CreateAsync();
        var tree = await lab.TreeAsync(("a.py", ""), ("b.py", ""), ("c.sh", ""), ("README", ""));

        (await ProjectReader.ReadAsync(lab.Objects.Tree(tree), organisation: null, default)).Project.Languages.ShouldBe(["python", "shell"]);
    }
}
