using System.Text.Json;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Demo;

/// <summary>The main job, end to end, with the real program.</summary>
public sealed class DemoTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-demo-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_labelled_issue_becomes_a_pull_request_that_passes_at_the_second_attempt()
    {
        var exit = await TaskBotProcess.RunAsync(["demo", "--once", "--json", "--dir", folder.FullName]);

        exit.Code.ShouldBe(0, exit.Error);
        using var summary = JsonDocument.Parse(exit.LastLine);
        var root = summary.RootElement;
        root.GetProperty("outcome").GetString().ShouldBe("succeeded");
        root.GetProperty("model").GetString().ShouldBe("demo");
        root.GetProperty("files_changed").EnumerateArray().Select(file => file.GetString()).ShouldBe(["lib/money.sh"]);
        var attempts = root.GetProperty("attempts").EnumerateArray().ToList();
        attempts.Select(attempt => attempt.GetProperty("outcome").GetString()).ShouldBe(["failed", "succeeded"]);
        attempts[1].GetProperty("nodes_run").GetInt32().ShouldBeLessThan(attempts[0].GetProperty("nodes_run").GetInt32());
        attempts[1].GetProperty("nodes_cached").GetInt32().ShouldBeGreaterThan(0);
        attempts[1].GetProperty("tokens").GetInt64().ShouldBeGreaterThan(0);
        new DemoFolder(folder).ShouldBeFinished();
    }

    [Fact]
    public async Task Started_again_after_its_end_it_tells_the_same_end_and_does_nothing_twice()
    {
        var first = await TaskBotProcess.RunAsync(["demo", "--once", "--json", "--dir", folder.FullName]);
        var again = await TaskBotProcess.RunAsync(["demo", "--once", "--json", "--dir", folder.FullName]);

        again.Code.ShouldBe(0, again.Error);
        again.LastLine.ShouldBe(first.LastLine);
        new DemoFolder(folder).ShouldBeFinished();
    }

    [Fact]
    public async Task Without_json_the_story_is_on_standard_output_and_says_that_the_replies_are_scripted()
    {
        var exit = await TaskBotProcess.RunAsync(["demo", "--once", "--dir", folder.FullName]);

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldContain("the replies are scripted");
        exit.Output.ShouldContain("The checks of");
        exit.Output.ShouldContain("Refined the description");
        exit.Output.ShouldContain("taken from the cache");
        exit.Output.ShouldContain("/runs/");
        exit.Error.ShouldBeEmpty();
    }
}
