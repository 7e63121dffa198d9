using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Tests.Nodes;
using TaskBot.Models.Prompts;

namespace TaskBot.Bot.Tests.Library;

public sealed class BuiltInPromptsTests
{
    [Fact]
    public void Every_node_that_asks_a_model_has_a_prompt_of_its_name() =>
        BuiltInPrompts.Source.Prompts.Select(prompt => prompt.Name).Where(name => !name.Contains(".rules.")).ShouldBe(
            NodeTypes.Schemas.All.Where(type => type.Attributes.Any(attribute => attribute.Name == "prompt")).Select(type => type.Name), ignoreOrder: true);

    [Theory]
    [InlineData("c")]
    [InlineData("cpp")]
    [InlineData("csharp")]
    [InlineData("go")]
    [InlineData("java")]
    [InlineData("javascript")]
    [InlineData("python")]
    [InlineData("rust")]
    [InlineData("shell")]
    [InlineData("typescript")]
    public void An_edit_gets_the_rules_of_the_projects_language_and_of_no_other(string language) =>
        new PromptLibrary([BuiltInPrompts.Source]).Find(null, ["llm.edit.rules", language]).ShouldHaveSingleItem().Prompt.Name.ShouldBe($"llm.edit.rules.{language}");

    [Fact]
    public async Task A_repositorys_own_prompt_wins_and_its_mistakes_are_said()
    {
        await using var lab = await NodeLab.CreateAsync();
        var tree = await lab.TreeAsync(
            (".github/taskbot/prompts/mine.prompt.yml", "name: mine\ntags: [llm.edit]\nmessages: [{ role: user, content: '{{description}}' }]\n"),
            (".github/taskbot/prompts/wrong.prompt.yml", "nmae: wrong\n"));

        var (library, problems) = await BuiltInPrompts.ReadAsync(lab.Objects.Tree(tree), default);

        library.Choose("llm.edit", [])!.Prompt.Name.ShouldBe("mine");
        library.Choose("llm.plan", [])!.Prompt.Name.ShouldBe("llm.plan");
        problems.ShouldContain(problem => problem.File == ".github/taskbot/prompts/wrong.prompt.yml");
    }
}
