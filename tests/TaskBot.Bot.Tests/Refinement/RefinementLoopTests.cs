using System.Collections.Immutable;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Refinement;

/// <summary>
/// The whole loop in the languages that it is meant for, each with its own toolchain, and each with a first attempt that is wrong in its own
/// way: the plan sees what it needs before it cuts the task, the failure corrects the description of the step that it speaks against, the branch goes back
/// to its base, the second attempt is right, and the whole run can be played again.
/// </summary>
public sealed class RefinementLoopTests
{
    [ProgramFact("python3")]
    public Task Python_where_the_first_change_is_in_the_wrong_file() => FixedAtSecondAttemptAsync("python", "2 of 3 tests failed: total of none, add");

    [ProgramFact("node")]
    public Task JavaScript_where_the_first_change_is_half_of_it() => FixedAtSecondAttemptAsync("javascript", "1 of 2 tests failed: several words");

    [ProgramFact("sh")]
    public Task Shell_where_the_first_change_breaks_another_test() => FixedAtSecondAttemptAsync("shell", "1 of 2 tests failed: with a name");

    [ProgramFact("javac")]
    public Task Java_where_the_first_change_does_not_compile() => FixedAtSecondAttemptAsync("java", "'javac -d out Numbers.java NumbersTest.java' ended with 1.");

    [ProgramFact("cargo")]
    public Task Rust_where_the_first_change_does_not_apply() => FixedAtSecondAttemptAsync("rust", "The model's edits were refused");

    [ProgramFact("cc")]
    public Task C_where_the_model_gives_up_at_first() => FixedAtSecondAttemptAsync("c", "I was not shown where words are counted.");

    [ProgramFact("perl")]
    public Task Perl_where_the_first_change_touches_a_protected_path() => FixedAtSecondAttemptAsync("perl", "1 of 2 tests failed: both");

    [ProgramFact("c++")]
    public Task Cpp_where_the_first_answer_is_prose() => FixedAtSecondAttemptAsync("cpp", "The model's edits were refused");

    [ProgramFact("dotnet")]
    public Task CSharp_where_the_first_change_turns_everything_round() => FixedAtSecondAttemptAsync("csharp", "3 of 3 tests failed");

    [ProgramFact("tclsh")]
    public Task Tcl_where_the_first_change_weakens_a_test() => FixedAtSecondAttemptAsync("tcl", "1 of 2 tests failed: the expectation itself");

    [ProgramFact("go")]
    public Task Go_where_the_first_change_is_in_the_wrong_branch() => FixedAtSecondAttemptAsync("go", "tests failed");

    static async Task FixedAtSecondAttemptAsync(string language, string failure)
    {
        var bug = PlantedBug.Read(language);
        await using var lab = await RunLab.CreateAsync(bug.Files);
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", Cut(bug.Place), $"- code: {bug.Place}");
        lab.Reply("llm.plan", Look(bug.Place));
        lab.Reply("llm.answer", "It is where the issue says.");
        lab.Reply("llm.edit", bug.Right, bug.Refined);
        lab.Reply("llm.edit", bug.Wrong);
        lab.Reply("review.self", """{"summary": "It does what was asked.", "findings": []}""");
        lab.Refine(bug.Refined);

        var run = await lab.AdvanceAsync(await lab.StartAsync(bug.Title, bug.Body, Thorough));

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.Select(attempt => attempt.Outcome).ShouldBe([Outcome.Failed, Outcome.Succeeded]);
        run.Attempts[0].Summary.ShouldContain(failure);
        var retry = RunStatistics.Of([run], new Dictionary<string, PreferenceModel>()).Retries.ShouldNotBeNull();
        retry.NodesAgain.ShouldBeLessThan(0.4, $"{run.Attempts[1].NodesRun} nodes ran again, {run.Attempts[1].NodesCached} did not");
        retry.TokensAgain.ShouldBeLessThan(0.5, $"{run.Attempts[1].Tokens} of {run.Attempts[0].Tokens} tokens were sent again");
        run = await lab.CheckAsync(run, "success", "");
        run.Outcome.ShouldBe(Outcome.Succeeded);
        (await lab.ReplayAsync(run)).ShouldReproduce(run);
    }

    static TaskWish Thorough => new("taskbot:core/fix-bug", ImmutableSortedDictionary<string, string>.Empty.Add("strictness", "thorough"));

    /// <summary>What a model asks to see before it cuts the task.</summary>
    static string Look(string place) => $$"""
        {"summary": "Where is it?", "missing": [{"name": "code", "type": "context.files", "paths": ["{{place}}"], "query": ""}], "context": [], "steps": []}
        """;

    static string Cut(string place) => $$"""
        {"summary": "Find it, then mend it.", "missing": [], "context": [], "steps": [
          {"name": "cause", "type": "llm.answer", "description": "Where is the cause?", "acceptance": [], "files": [], "context": ["code"], "after": []},
          {"name": "mend", "type": "llm.edit", "description": "Mend what the issue says.", "acceptance": ["All tests pass"], "files": ["{{place}}"], "context": ["cause"], "after": []}]}
        """;
}
