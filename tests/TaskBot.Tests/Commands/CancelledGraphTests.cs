using System.Text.Json;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>A graph whose run is ended by a signal while a command works that will not listen to one.</summary>
public sealed class CancelledGraphTests : IDisposable
{
    const string Stubborn = """
        taskbot: 1
        default: t
        nodes:
          t:
            nodes:
              first: { type: command, run: echo first }
              stubborn: { type: command, run: "trap '' TERM INT; (trap '' TERM INT; sleep 86399) & wait; sleep 86399", needs: [/t/first] }
        """;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-cancelled-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_run_that_is_ended_says_how_far_it_came_and_the_next_one_goes_on_from_there()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.task.yml"), Stubborn);
        var works = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var program = TaskBotProcess.Start(["graph", "run", "a.task.yml", "--cache", "cache", "--json"], folder: folder.FullName);
        program.LineCame += line =>
        {
            if (line.Contains("/t/stubborn: Running", StringComparison.Ordinal)) works.TrySetResult();
        };
        await works.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await program.TerminateAsync();
        var ended = await program.WaitAsync().WaitAsync(TimeSpan.FromMinutes(2));

        ended.Code.ShouldBe(130, ended.Error);
        using var summary = JsonDocument.Parse(ended.LastLine);
        summary.RootElement.GetProperty("outcome").GetString().ShouldBe("cancelled");
        summary.RootElement.GetProperty("executed").GetInt32().ShouldBe(1);

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.task.yml"), Stubborn.Replace("sleep 86399", "true", StringComparison.Ordinal));
        var next = await TaskBotProcess.RunAsync(["graph", "run", "a.task.yml", "--cache", "cache", "--json"], folder: folder.FullName);
        next.Code.ShouldBe(0, next.Error);
        next.Error.ShouldContain("/t/first (command) taken from the cache");
    }
}
