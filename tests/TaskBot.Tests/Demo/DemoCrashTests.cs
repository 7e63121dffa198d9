using System.Text.Json;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Demo;

/// <summary>Power cuts: the real program is killed in the middle of its story and started again in the same folder.</summary>
public sealed class DemoCrashTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-crash-test-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Each is the beginning of a thing that the story tells of; the program is killed at the moment that it is told.</summary>
    [Theory]
    [InlineData("put the label")]
    [InlineData("Chose the task")]
    [InlineData("Attempt 1 started")]
    [InlineData("+ /task/implement")]
    [InlineData("+ /task/open-pr")]
    [InlineData("Attempt 1 ran")]
    [InlineData("Pull request #2 stands")]
    [InlineData("failed.")]
    [InlineData("Refined the description")]
    [InlineData("Attempt 2 started")]
    [InlineData("Attempt 2 ran")]
    [InlineData("passed.")]
    public async Task Killed_at_any_moment_and_started_again_it_ends_in_the_same_single_pull_request(string moment)
    {
        string[] command = ["demo", "--once", "--json", "--dir", folder.FullName];
        var told = false;
        using (var first = TaskBotProcess.Start(command))
        {
            first.LineCame += line =>
            {
                if (!line.Contains(moment, StringComparison.Ordinal)) return;
                told = true;
                first.Kill();
            };
            // On a busy machine the story may have ended before it was heard; what follows must hold then too.
            await first.WaitAsync();
            told.ShouldBeTrue($"the story never came to '{moment}'");
        }

        var exit = await TaskBotProcess.RunAsync(command);

        exit.Code.ShouldBe(0, exit.Error);
        using var summary = JsonDocument.Parse(exit.LastLine);
        var attempts = summary.RootElement.GetProperty("attempts").EnumerateArray().ToList();
        attempts.Select(attempt => attempt.GetProperty("outcome").GetString()).ShouldBe(["failed", "succeeded"]);
        attempts[1].GetProperty("nodes_run").GetInt32().ShouldBeLessThan(attempts[0].GetProperty("nodes_run").GetInt32());
        new DemoFolder(folder).ShouldBeFinished();
    }
}
