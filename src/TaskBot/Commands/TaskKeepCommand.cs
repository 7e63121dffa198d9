using System.CommandLine;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;

namespace TaskBot.Commands;

/// <summary><c>taskbot task keep</c>: the plan of a run as a task of the repository.</summary>
static class TaskKeepCommand
{
    public static Command Create()
    {
        var run = RecordedRuns.RunArgument();
        var (folder, repository) = RecordedRuns.PlaceOptions();
        var command = new Command(
            "keep",
            "Prints the plan of a run as a task file, with its steps and without what planned them. In .github/taskbot/tasks/NAME.task.yml it is chosen for issues like the one it was made for.")
        { run, folder, repository };
        command.SetAction((parsed, cancellationToken) => KeepAsync(parsed.GetValue(run)!, parsed.GetValue(folder), parsed.GetValue(repository), cancellationToken));
        return command;
    }

    static async Task<int> KeepAsync(string named, DirectoryInfo? folder, DirectoryInfo? repository, CancellationToken cancellationToken)
    {
        using var host = await RecordedRuns.OpenAsync(folder, repository, model: null, cancellationToken);
        var run = await RecordedRuns.FindAsync(host, named, cancellationToken);
        if (run.Layers.IsEmpty) throw new UsageException($"Run {run.Id} has no task yet: there is nothing to keep.");
        var (graph, problems) = await host.Services.GetRequiredService<RunViewer>().ComposeAsync(run, cancellationToken);
        if (graph is null)
        {
            TaskProblems.Tell(problems);
            return ExitCode.WrongInput;
        }

        Console.Out.Write(KeptPlan.Write(graph, run));
        return ExitCode.Success;
    }
}
