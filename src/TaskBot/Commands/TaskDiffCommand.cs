using System.CommandLine;
using TaskBot.Graphs;

namespace TaskBot.Commands;

/// <summary><c>taskbot task diff</c>: what differs between two tasks as composed, however their layers are written.</summary>
static class TaskDiffCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("before") { Description = "A task file (.task.yml), or a built-in task such as taskbot:core/fix-bug." };
        var after = new Argument<string>("after") { Description = "The one to compare it with." };
        var task = new Option<string?>("--task") { Description = "The task's path in both, such as /fix-bug. Default: each file's 'default'." };
        var command = new Command(
            "diff",
            "Compares two tasks as composed, node by node: '+' came, '-' went, '~' changed. How the layers are written makes no difference. Exit 0: none. Exit 1: "
            + "they differ. Exit 2: one of them has mistakes.")
        { before, after, task };
        command.SetAction(parsed => Diff(parsed.GetValue(before)!, parsed.GetValue(after)!, parsed.GetValue(task)));
        return command;
    }

    static int Diff(string before, string after, string? task)
    {
        var left = TaskFiles.Compose(before, task, []);
        var right = TaskFiles.Compose(after, task, []);
        TaskProblems.Tell(TaskFiles.InOrder(left.Problems.Concat(right.Problems)));
        if (left.Graph is not { } old || right.Graph is not { } now) return ExitCode.WrongInput;
        var diff = TaskDiff.Between(old, now);
        Console.Out.Write(diff.ToString());
        return diff.IsEmpty ? ExitCode.Success : ExitCode.WorkFailed;
    }
}
