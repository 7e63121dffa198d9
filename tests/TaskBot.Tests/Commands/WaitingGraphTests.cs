using System.Text.Json;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>A graph that asks a person, and one that asks for resources, run by the real program over its real database.</summary>
public sealed class WaitingGraphTests : IDisposable
{
    const string Asking = """
        taskbot: 1
        default: t
        nodes:
          t:
            nodes:
              draft: { type: command, run: echo drafted }
              approve:
                type: human.approve
                inputs: { subject: { from: /t/draft.log } }
              publish: { type: command, run: echo published, needs: [/t/approve] }
              beside: { type: command, run: echo beside }
        """;

    const string Demanding = """
        taskbot: 1
        default: t
        nodes:
          t:
            nodes:
              train: { type: command, run: echo trained, resources: { gpu: 1, "rate:search": 2 } }
        """;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-waiting-test-");

    public void Dispose() => folder.Delete(recursive: true);

    async Task<TaskBotExit> RunAsync(string task, IReadOnlyDictionary<string, string>? environment, params string[] more)
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.task.yml"), task);
        return await TaskBotProcess.RunAsync(["graph", "run", "a.task.yml", "--cache", "cache", "--json", .. more], environment, folder.FullName);
    }

    static JsonElement Summary(TaskBotExit exit)
    {
        using var summary = JsonDocument.Parse(exit.LastLine);
        return summary.RootElement.Clone();
    }

    [Fact]
    public async Task A_run_that_asked_a_person_has_ended_and_another_process_goes_on_with_the_answer()
    {
        var asking = await RunAsync(Asking, environment: null);
        asking.Code.ShouldBe(1, asking.Error);
        Summary(asking).GetProperty("outcome").GetString().ShouldBe("waiting_for_human");
        asking.Error.ShouldContain("May this go on as it is");
        asking.Error.ShouldContain("/t/beside (command) done");

        // Asked again without an answer it asks again, and does nothing else.
        var again = Summary(await RunAsync(Asking, environment: null));
        again.GetProperty("cached").GetInt32().ShouldBe(2);
        again.GetProperty("outcome").GetString().ShouldBe("waiting_for_human");

        var answered = await RunAsync(Asking, environment: null, "--set", "/t/approve.approvedBy=ann");
        answered.Code.ShouldBe(0, answered.Error);
        answered.Error.ShouldContain("/t/draft (command) taken from the cache");
        answered.Error.ShouldContain("/t/beside (command) taken from the cache");
        answered.Error.ShouldContain("/t/publish (command) done");
        Summary(answered).GetProperty("executed").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task What_nodes_demand_is_there_when_the_command_line_or_the_configuration_says_so()
    {
        var nothing = await RunAsync(Demanding, environment: null);
        nothing.Code.ShouldBe(2, nothing.Error);
        nothing.Error.ShouldContain("/t/train needs gpu, and there is none of it here.");
        nothing.Error.ShouldContain("/t/train needs rate:search, and there is none of it here.");

        var tooLittle = await RunAsync(Demanding, environment: null, "--resource", "gpu=0.5", "--resource", "rate:search=60");
        tooLittle.Code.ShouldBe(2, tooLittle.Error);
        tooLittle.Error.ShouldContain("/t/train needs 1 of gpu, and there is never more than 0.5.");

        (await RunAsync(Demanding, environment: null, "--resource", "gpu=1", "--resource", "rate:search=60")).Code.ShouldBe(0);
        var configured = await RunAsync(
            Demanding.Replace("trained", "again", StringComparison.Ordinal),
            new Dictionary<string, string> { ["TASKBOT_Engine__Resources__gpu"] = "2", ["TASKBOT_Engine__Resources__rate__search"] = "60" });
        configured.Code.ShouldBe(0, configured.Error);
    }

    [Fact]
    public async Task Settings_of_the_engine_that_cannot_be_are_all_told()
    {
        var wrong = await RunAsync(
            Demanding, new Dictionary<string, string> { ["TASKBOT_Engine__Resources__gpu"] = "many", ["TASKBOT_Engine__Resources__lock__db"] = "1" }, "--jobs", "2");
        wrong.Code.ShouldBe(2, wrong.Error);
        wrong.Error.ShouldContain("Engine: Resources has 'many' of 'gpu'. Write a number above 0, or bytes such as 8GB.");
        wrong.Error.ShouldContain("Engine: Resources has 'lock:db'. Locks are there by themselves: leave it out.");

        (await RunAsync(Demanding, new Dictionary<string, string> { ["TASKBOT_Engine__Jobz"] = "2" })).Code.ShouldBe(2);
        (await RunAsync(Demanding, environment: null, "--resource", "gpu")).Code.ShouldBe(2);
    }
}
