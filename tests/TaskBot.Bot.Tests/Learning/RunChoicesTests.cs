using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Tests.Learning;

/// <summary>What a task of the repository leaves open with <c>auto</c>, from the choice to what is believed of it.</summary>
public sealed class RunChoicesTests
{
    const string Task = """
        taskbot: 1
        default: add
        nodes:
          add:
            type: graph
            uses: taskbot:core/fix-bug
            summary: Mend sums.
            tags: [add, wrong]
            select: { strictness: auto, prompt: auto, model: auto }
        """;

    static string Prompt(string name) => $$$"""
        name: {{{name}}}
        tags: [llm.edit, shell]
        messages:
          - role: user
            content: "{{{name}}}: {{description}}"
        """;

    static async Task<RunLab> CreateAsync()
    {
        var lab = await RunLab.CreateAsync(
            (".github/taskbot/tasks/add.task.yml", Task), (".github/taskbot/prompts/one.prompt.yml", Prompt("one")), (".github/taskbot/prompts/two.prompt.yml", Prompt("two")));
        foreach (var (key, value) in new[] { ("Models:Model", ""), ("Models:Profiles:code:0", "first@scripted"), ("Models:Profiles:code:1", "second@scripted") }) lab.Settings[key] = value;
        foreach (var profile in new[] { "fast", "reason" }) lab.Settings[$"Models:Profiles:{profile}:0"] = "only@scripted";
        lab.Reply("one", RunLab.Fix);
        lab.Reply("two", RunLab.Fix);
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", """{"summary": "One.", "missing": [], "context": [], "steps": [{"name": "add", "type": "llm.edit", "description": "Add.", "acceptance": ["3"], "files": ["calc.sh"], "context": [], "after": []}]}""");
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");
        return lab;
    }

    [Fact]
    public async Task Variants_prompts_and_models_that_are_left_open_are_chosen_and_what_was_chosen_is_asked()
    {
        await using var lab = await CreateAsync();

        var run = await lab.StartAndAdvanceAsync("taskbot");

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Task.ShouldNotBeNull().ShouldContain("add.task.yml");
        run.Choices.Select(choice => choice.Set).ShouldBe(["strictness", "prompt llm.edit", "model code"]);
        run.Choices[1].Probabilities.Keys.ShouldBe(["one", "two"]);
        run.Choices[2].Probabilities.Keys.ShouldBe(["first@scripted", "second@scripted"]);
        foreach (var choice in run.Choices)
        {
            choice.Probabilities.Values.Sum().ShouldBe(1, 1e-9);
            (await lab.JournalAsync(run)).ShouldContain(choice.ToString());
        }

        var edit = (await CallsAsync(lab, run)).First(call => call.Prompt is "one" or "two");
        (edit.Prompt, $"{edit.Model}@{edit.Provider}").ShouldBe((run.Choices[1].Option, run.Choices[2].Option));
    }

    [Fact]
    public async Task What_people_say_teaches_every_choice_and_the_statistics_show_each()
    {
        await using var lab = await CreateAsync();
        var run = await lab.StartAndAdvanceAsync("taskbot");
        await lab.Forge.ReactAsAsync(lab.Repository, new ForgeSubject(ForgeSubjectKind.Issue, run.PullRequest!.Value, 0), "ada", "+1", default);

        run = await lab.Feedback.ReadAsync(run, default);

        var statistics = RunStatistics.Of([run], new Dictionary<string, PreferenceModel> { [run.Repository] = lab.Preferences.Model });
        statistics.Options.Select(option => (option.Set, option.Option)).ShouldBe(run.Choices.Select(choice => (choice.Set, choice.Option)), ignoreOrder: true);
        statistics.Options.ShouldAllBe(option => option.Pleases > 0.5 && option.Feedback.Likes == 1);
    }

    static async Task<List<ModelCall>> CallsAsync(RunLab lab, RunRecord run) => await lab.Ledger.ReadCallsAsync(lab.AccountOf(run), default).ToListAsync();
}
