using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Tests.Nodes;
using TaskBot.Models.Prompts;

namespace TaskBot.Bot.Tests.Library;

public sealed partial class BuiltInPromptsTests
{
    [Fact]
    public void Every_node_that_asks_a_model_has_a_prompt_of_its_name() =>
        BuiltInPrompts.Source.Prompts.Select(prompt => prompt.Name).Where(name => !name.Contains(".rules.")).ShouldBe(
            NodeTypes.Schemas.All.Where(type => type.Attributes.Any(attribute => attribute.Name == "prompt")).Select(type => type.Name), ignoreOrder: true);

    /// <summary>So that a model's cache of what requests begin with serves every step, and every attempt but for what it adds.</summary>
    [Fact]
    public void What_stays_the_same_comes_first_in_every_prompt_and_what_an_attempt_adds_comes_last()
    {
        string[] ofTheRepository = ["protected", "rules", "maxFiles", "maxSteps", "looks", "further", "maxDepth", "maxNotes", "maxNoteLength"];
        foreach (var prompt in BuiltInPrompts.Source.Prompts.Where(prompt => !prompt.Name.Contains(".rules.")))
        {
            prompt.Messages[0].Role.ShouldBe(ChatRole.System, prompt.Name);
            VariablesOf(prompt.Messages[0].Content).Except(ofTheRepository).ShouldBeEmpty(prompt.Name);
            var said = prompt.Messages.Skip(1).SelectMany(message => VariablesOf(message.Content)).ToList();
            if (prompt.Name != "llm.refine" && said.Contains("notes")) said[^1].ShouldBe("notes", prompt.Name);
        }

        static IEnumerable<string> VariablesOf(string text) => Variable().Matches(text).Select(match => match.Groups[1].Value);
    }

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Variable();

    public static TheoryData<string> Languages => [.. ProjectReader.KnownLanguages];

    [Theory]
    [MemberData(nameof(Languages))]
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
